"""What a page of documents such as `/docs` fills in for an operation that enters something is accepted as it stands."""

from pathlib import Path
from typing import Any, Final

import pytest

from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.clock import FixedClock
from shared.service import Service
from tests.contract.operations import Operation, Schema, Schemas, document_of, operations_of
from tests.contract.samples import JSON
from tests.contract.test_single_mistakes import officer_of
from tests.contract.test_strict_types import serving

# Its example is the name of a host, which must exist.
ASKS_THE_DNS: Final = "POST /api/messages/webhooks"
OF_A_TYPE: Final = {"string": "string", "integer": 0, "number": 0, "boolean": True, "null": None}


def prefilled(schemas: Schemas, schema: Schema) -> Any:
    """Return what a page fills in: the first example, else the default, else the first choice, or a value of the type.

    All members are filled in, required or not.
    """
    resolved = schemas.resolved(schema)
    for stated in (schema, resolved):
        if "examples" in stated or "default" in stated:
            return stated["examples"][0] if "examples" in stated else stated["default"]
    if several := resolved.get("anyOf") or resolved.get("oneOf") or resolved.get("allOf"):
        return prefilled(schemas, several[0])
    if "properties" in resolved:
        return {name: prefilled(schemas, member) for name, member in resolved["properties"].items()}
    if "items" in resolved:
        return [prefilled(schemas, resolved["items"])]
    of_its_type = resolved.get("minimum", OF_A_TYPE.get(resolved.get("type", "null")))
    return resolved.get("const", resolved.get("enum", [of_its_type])[0])


def enters(operation: Operation) -> bool:
    """Return whether an operation enters something of its own, described in JSON."""
    creates = operation.method == "POST" and "201" in operation.stated["responses"]
    return creates and JSON in operation.bodies and "{" not in operation.path and str(operation) != ASKS_THE_DNS


@pytest.mark.parametrize("service", [*SERVICES, *LOCAL_SERVICES], ids=lambda service: service.name)
async def test_what_the_documents_fill_in_is_accepted(service: Service, tmp_path: Path, clock: FixedClock) -> None:
    """A newcomer sends it unchanged: records, subscriptions, messages, requests of data subjects."""
    refused = {}
    async with serving(service, tmp_path, clock) as client:
        for operation in filter(enters, operations_of(document_of(service))):
            officer = officer_of(service, operation, client)
            body = prefilled(operation.schemas, operation.bodies[JSON])
            answer = await officer.request(operation.method, operation.path, json=body)
            if answer.status_code != 201:
                refused[str(operation)] = answer.json().get("errors", answer.text)
    assert refused == {}


def test_every_kind_of_record_has_an_operation_that_is_tried() -> None:
    tried = {service.name: sum(map(enters, operations_of(document_of(service)))) for service in SERVICES}
    assert all(tried.values())
