"""Every member of every JSON body must have the documented type: `false` is no age, and `0` is no boolean."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from gateway.local_services import LOCAL_SERVICES
from gateway.subject_requests import SERVICE as SUBJECT_REQUESTS
from gateway.tables import GATEWAY_TABLES
from services import SERVICES
from shared.bureaus import COMMISSION, BureauCode
from shared.clock import FixedClock
from shared.disclosure import DisclosureRecorder
from shared.identity import AUDIT_WITNESS, Purpose
from shared.service import Service
from shared.service_process import RecordKeeping
from tests.conftest import store_of
from tests.contract.example_mailbox import handling_mail
from tests.contract.operations import Operation, Schemas, document_of, operations_of
from tests.gateway.mesh import Mesh
from tests.stores import make_file
from tests.support import ServiceClient, caller

JSON = "application/json"
DEEPEST = 6
# Values of other types, by the type that is required.
OTHERS: dict[str, tuple[Any, ...]] = {
    "integer": (False, True, "5", 5.5, [5], {}),
    "number": (False, True, "0.5", [0.5], {}),
    "boolean": (0, 1, "true", "false", "", [], {}),
    "string": (0, 1, False, 5.5, ["text"], {}),
    "array": ("text", 0, False, {"0": "text"}),
    "object": ("text", 0, False, []),
}
Place = tuple[str | int, ...]


class Member(NamedTuple):
    """A member of the body of an operation, and a body that contains it."""

    operation: Operation
    place: Place
    types: frozenset[str]
    body: Any

    def __str__(self) -> str:
        return f"{self.operation} {self.place}"

    def is_named_by(self, pointer: str) -> bool:
        """Return whether a refusal points to it, and to nothing else."""
        return pointer == "".join(f"/{step}" for step in self.place)

    @property
    def path(self) -> str:
        """A path to the operation."""
        return re.sub(r"[{}]", "", self.operation.path)

    def with_value(self, value: Any) -> Any:
        """Return the body with a value in this place."""
        return _placed(self.body, self.place, value)


def members(service: Service) -> Iterator[Member]:
    for operation in operations_of(document_of(service)):
        schema = operation.bodies.get(JSON)
        if schema is not None:
            for place, types, body in _members(operation.schemas, schema, (), 0):
                yield Member(operation, place, types, body)


def _members(schemas: Schemas, schema: Any, place: Place, depth: int) -> Iterator[tuple[Place, frozenset[str], Any]]:
    """Yield each place below a schema with the types that it takes, and a value that reaches there."""
    alternatives = _alternatives(schemas, schema)
    types = frozenset(kind for each in alternatives for kind in _types(each))
    for each in alternatives if depth < DEEPEST else ():
        for name, member in each.get("properties", {}).items():
            for below, wanted, value in _members(schemas, member, (*place, name), depth + 1):
                yield below, wanted, {**_required(schemas, each), name: value}
        if isinstance(each.get("items"), dict):
            for below, wanted, value in _members(schemas, each["items"], (*place, 0), depth + 1):
                yield below, wanted, [value]
    if place:
        yield place, types, None


def _required(schemas: Schemas, schema: Any) -> dict[str, Any]:
    """Return a constant for each member that selects one of several schemas."""
    stated = {name: schemas.resolved(member) for name, member in schema.get("properties", {}).items()}
    return {name: member["const"] for name, member in stated.items() if "const" in member}


def _alternatives(schemas: Schemas, schema: Any) -> list[Any]:
    resolved = schemas.resolved(schema)
    nested = (*resolved.get("anyOf", ()), *resolved.get("oneOf", ()), *resolved.get("allOf", ()))
    return [found for each in nested for found in _alternatives(schemas, each)] if nested else [resolved]


def _types(schema: Any) -> Iterator[str]:
    if "enum" in schema or "const" in schema:
        for value in schema.get("enum", [schema.get("const")]):
            yield {str: "string", bool: "boolean", int: "integer", type(None): "null"}[type(value)]
    elif "type" in schema:
        yield schema["type"]
        if schema["type"] == "number":
            yield "integer"


def wrong_values(types: frozenset[str]) -> list[Any]:
    """Return values that are of none of these types, each once."""
    every = {json.dumps(value): value for kind in types for value in OTHERS.get(kind, ())}
    return [value for value in every.values() if _type_of(value) not in types]


def _type_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", str: "string", float: "number", list: "array", dict: "object"}
    return kinds[type(value)]


def _placed(body: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    if isinstance(body, list):
        return [_placed(body[0], place[1:], value)]
    return {**body, place[0]: _placed(body[place[0]], place[1:], value)}


@asynccontextmanager
async def serving(service: Service, folder: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    """Run a service with its audit log, or a local service of a gateway."""
    url = f"sqlite:///{folder / 'store.db'}"
    if service in SERVICES:
        async with store_of(service, url) as database:
            participant = Mesh(clock).join(service.name, "service", 100)
            app = service.create_app(RecordKeeping(service, database, participant, None).context(1))
            async with app.router.lifespan_context(app):
                yield ServiceClient(service, app)
    else:
        make_file(GATEWAY_TABLES, url)
        async with handling_mail(service, url, COMMISSION if service is SUBJECT_REQUESTS else BureauCode("FR")) as app:
            yield ServiceClient(service, app)


def pointers_in(answer: Any, place: Sequence[Any]) -> Iterator[str]:
    """Yield the pointers of a refusal, or those of the lines of a batch that were refused: the rest is answered."""
    if answer.get("status") == 422:
        yield from (each["pointer"] for each in answer.get("errors", ()))
    for number, line in enumerate(answer.get("results", ())):
        if line["error"] and line.get("hits") is None:
            yield f"/{place[0]}/{number}{line['error']['pointer']}"


@pytest.mark.thorough
@pytest.mark.parametrize("service", [*SERVICES, *LOCAL_SERVICES], ids=lambda service: service.name)
async def test_a_value_of_another_type_is_refused_with_its_pointer(
    service: Service, tmp_path: Path, clock: FixedClock
) -> None:
    """With a 422 that names the member, whatever else is missing; members are found by walking the document."""
    not_refused = []
    async with serving(service, tmp_path, clock) as client:
        commission = caller("CCF", *service.scopes, AUDIT_WITNESS, purpose=Purpose.DATA_SUBJECT_REQUEST)
        bureau = caller("FR", *service.scopes, AUDIT_WITNESS)
        for member in members(service):
            is_of_commission = service is SUBJECT_REQUESTS or member.operation.scope.endswith(":decide")
            who = commission if is_of_commission else bureau
            officer = client.calling(lambda who=who: replace(who, recorder=DisclosureRecorder()))
            for value in wrong_values(member.types):
                answer = await officer.request(member.operation.method, member.path, json=member.with_value(value))
                pointers = [*pointers_in(answer.json(), member.place)]
                if not any(map(member.is_named_by, pointers)):
                    not_refused.append((str(member), value, answer.status_code, pointers))
    assert not_refused == []
