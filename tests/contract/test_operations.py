"""Every operation of every service: its scope, its documentation, and the limits of its input."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.clock import FixedClock
from shared.errors import PROBLEM_JSON
from shared.identity import AUDIT_WITNESS, COMMON_SCOPES, Purpose
from shared.service import Context, Service
from shared.standing import Standing
from shared.web.routing import path_of
from tests.conftest import NOW
from tests.contract.operations import document_of
from tests.support import ServiceClient, caller

pytestmark = pytest.mark.thorough

# Local services of the gateway are documented as the services are.
DESCRIBED = (*SERVICES, *LOCAL_SERVICES)
A_RECORD_ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
PROBLEM = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}


@dataclass(frozen=True)
class Operation:
    """One operation of a service, as its document describes it."""

    service: Service
    method: str
    path: str
    stated: dict[str, Any]
    components: dict[str, Any]

    @property
    def scopes(self) -> list[str]:
        """The scopes that a caller needs."""
        return [scope for requirement in self.stated.get("security", []) for scope in requirement["officer"]]

    def schemas_taken(self) -> Iterator[tuple[str, Any]]:
        """Yield the schema of each parameter and body, with its place."""
        for parameter in self.stated.get("parameters", []):
            yield parameter["name"], parameter["schema"]
        for content in self.stated.get("requestBody", {}).get("content", {}).values():
            yield "body", content["schema"]


def operations() -> Iterator[Operation]:
    for service in DESCRIBED:
        document = document_of(service)
        for path, stated in document["paths"].items():
            for method in stated:
                yield Operation(service, method.upper(), path, stated[method], document["components"]["schemas"])


OPERATIONS = tuple(operations())
# One without a scope outside the path of its service is public, as the notices that INTERPOL publishes are.
GUARDED = tuple(
    operation
    for operation in OPERATIONS
    if operation.scopes or operation.path.startswith(path_of(operation.service.name))
)
EVERY_OPERATION = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: f"{it.method} {it.path}")
EVERY_GUARDED_OPERATION = pytest.mark.parametrize("operation", GUARDED, ids=lambda it: f"{it.method} {it.path}")


@EVERY_GUARDED_OPERATION
def test_an_operation_needs_exactly_one_scope_of_its_service(operation: Operation) -> None:
    """A new route without a guard fails here; an operation that changes something needs more than the scope to read."""
    (scope,) = operation.scopes
    assert scope in {*operation.service.scopes, *COMMON_SCOPES}
    if operation.method in {"PUT", "PATCH", "DELETE"} or "201" in operation.stated["responses"]:
        assert not scope.endswith(":read")


@pytest.fixture
def client(operation: Operation) -> ServiceClient:
    """Return a client of a service without a store: the officer is checked before the store is used."""
    return _without_store(operation.service)


@cache
def _without_store(service: Service) -> ServiceClient:
    return ServiceClient(service, service.create_app(Context(None, FixedClock(NOW))))


async def sent(operation: Operation, officer: httpx.AsyncClient) -> tuple[int, str]:
    path = re.sub(r"\{[^}]+\}", A_RECORD_ID, operation.path)
    response = await officer.request(operation.method, path)
    return response.status_code, response.json().get("type", "")


@EVERY_GUARDED_OPERATION
async def test_an_officer_without_the_scope_is_refused(operation: Operation, client: ServiceClient) -> None:
    """All other scopes of all services do not help, and the scope is checked before the request is read."""
    others = {*COMMON_SCOPES, *(scope for service in DESCRIBED for scope in service.scopes)} - {*operation.scopes}
    assert await sent(operation, client.officer("FR", *others)) == (403, "urn:i247:problem:scope-missing")


@EVERY_GUARDED_OPERATION
async def test_an_operation_for_a_purpose_that_the_officer_was_not_granted_is_refused(
    operation: Operation, client: ServiceClient
) -> None:
    """Nor may any bureau use the purpose of the Commission: what is shown for it is reported to no bureau."""
    given = frozenset((*operation.scopes, "purpose:warning", "purpose:data-subject-request"))
    refused = (403, "urn:i247:problem:purpose-not-allowed")
    for bureau, purpose in (("FR", Purpose.LOCATE), ("FR", Purpose.DATA_SUBJECT_REQUEST)):
        made = replace(caller(bureau, purpose=purpose), scopes=given)
        assert await sent(operation, client.calling(lambda made=made: made)) == refused


# What a restricted bureau may do besides reading and guarding the log: take back, end, answer. Names of operations.
WHILE_RESTRICTED = re.compile(
    r"(restrict|delete|withdraw(?!_notice_question)|answer)_.*|create_.*_subscription"
    r"|mark_((vehicle|vessel|work|valuable|firearm|travel_document)_recovered|missing_person_found|body_identified)|submit_.*_field_searches"
)


# An application of a bureau's own gateway enters nothing into the network.
@pytest.mark.parametrize("standing", ["restricted", "supervised"])
@pytest.mark.parametrize(
    "operation", [each for each in GUARDED if each.service in SERVICES], ids=lambda it: f"{it.method} {it.path}"
)
async def test_a_restricted_bureau_reads_and_takes_back_but_enters_nothing(
    operation: Operation, client: ServiceClient, standing: Standing
) -> None:
    """An operation that does not say otherwise is refused, that of a new service too, before its body is read."""
    [scope], name = operation.scopes, operation.stated["operationId"]
    is_allowed = scope.endswith(":read") or scope == AUDIT_WITNESS or WHILE_RESTRICTED.fullmatch(name)
    officer = client.measured("FR", standing, *COMMON_SCOPES)
    member = client.officer("FR", *operation.service.scopes, *COMMON_SCOPES)
    if standing == "restricted" and not is_allowed:
        assert await sent(operation, officer) == (403, "urn:i247:problem:bureau-restricted")
    else:
        assert await _outcome(operation, officer) == await _outcome(operation, member)


async def _outcome(operation: Operation, officer: httpx.AsyncClient) -> tuple[int, str] | type[Exception]:
    """Return the problem of a request that is let in, or its error: there is no store to answer from."""
    try:
        return await sent(operation, officer)
    except (RuntimeError, AttributeError) as error:
        return type(error)


@EVERY_OPERATION
def test_an_operation_is_documented(operation: Operation) -> None:
    """It has an operation id, a summary, and a status of success; the gateway adds to the description."""
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", operation.stated["operationId"])
    assert operation.stated["summary"][0].isupper()
    assert re.fullmatch(r"|.*\.", operation.stated["description"].strip(), re.DOTALL)
    assert any(status.startswith("2") for status in operation.stated["responses"])


@EVERY_GUARDED_OPERATION
def test_the_refusals_of_an_operation_are_documented(operation: Operation) -> None:
    """Each possible status is documented as a problem, with its possible codes."""
    expected = {"401", "403", "500"}
    if list(operation.schemas_taken()):
        expected |= {"400", "422"}
    if "requestBody" in operation.stated:
        expected |= {"415"}
    changes = operation.method.upper() != "GET" and not operation.scopes[0].endswith(":read")
    if changes and operation.service in SERVICES:
        # A service carries out a signed request once; a message is sent once by its Idempotency-Key.
        expected |= {"409"}
    refused = {status: stated for status, stated in operation.stated["responses"].items() if status >= "400"}
    assert refused.keys() >= expected
    for stated in refused.values():
        assert stated["content"] == PROBLEM
        assert stated["description"].startswith("`")


def test_operation_ids_are_unique_across_services() -> None:
    """Clients generated from the merged document get one function for each operation."""
    counted = Counter(operation.stated["operationId"] for operation in OPERATIONS)
    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("service", DESCRIBED, ids=lambda service: service.name)
def test_every_reference_of_a_document_resolves_to_a_schema(service: Service) -> None:
    """FastAPI's own error schema is not in the document."""
    document = document_of(service)
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert referred <= document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in document["components"]["schemas"]


@EVERY_OPERATION
def test_every_input_of_an_operation_is_bounded(operation: Operation) -> None:
    """No text, list or number is unbounded, at any depth."""
    unbounded = [
        place for name, schema in operation.schemas_taken() for place in _unbounded(schema, operation.components, name)
    ]
    assert unbounded == []


def _unbounded(schema: dict[str, Any], components: dict[str, Any], place: str) -> Iterator[str]:
    if reference := schema.get("$ref"):
        schema = components[reference.rpartition("/")[2]]
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _unbounded(alternative, components, place)
    for name, member in schema.get("properties", {}).items():
        yield from _unbounded(member, components, f"{place}/{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _unbounded(schema[name], components, f"{place}/{name}")
    if not _is_bounded(schema):
        yield place


def _is_bounded(schema: dict[str, Any]) -> bool:
    if schema.keys() & {"enum", "const"}:
        return True
    match schema.get("type"):
        case "string":
            outside_classes = re.sub(r"\[[^]]*\]", "", schema.get("pattern", ""))
            of_limited_form = re.fullmatch(r"\^[^*+]+\$", outside_classes) is not None
            return of_limited_form or "maxLength" in schema or schema.get("format") in {"date", "date-time", "binary"}
        case "integer" | "number":
            return bool(
                schema.keys() & {"minimum", "exclusiveMinimum"} and schema.keys() & {"maximum", "exclusiveMaximum"}
            )
        case "array":
            return "maxItems" in schema or "prefixItems" in schema
        case _:
            return True
