"""Who can call the operations of the document: a demo officer, with a token of `i247 token`, or a gateway alone."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from deploy.provisioning.demo_accounts import demo_accounts, demo_roles
from gateway.local_services import LOCAL_SERVICES
from gateway.openapi.gateway_additions import OF_GATEWAYS
from services import SERVICES
from shared.bureaus import COMMISSION, REVIEWING_UNIT, SECRETARIAT, BureauCode
from shared.identity import GATEWAY_SCOPES
from tests.gateway.described import document_of_sandbox

# Of a mesh that `i247 up` starts, and a partner that was added.
BUREAUS: Final = (BureauCode("FR"), SECRETARIAT, COMMISSION, REVIEWING_UNIT, BureauCode("PARTNER-ICC"))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the document of a sandbox, which has most."""
    return document_of_sandbox()


def needed_by(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """Yield each operation that needs a token, with its scopes."""
    for of_path in document["paths"].values():
        for operation in of_path.values():
            for way in operation["security"]:
                yield operation, frozenset(scope for scopes in way.values() for scope in scopes)


@pytest.mark.thorough
def test_an_operation_can_be_called_by_a_demo_officer_or_says_that_only_gateways_can(document: dict[str, Any]) -> None:
    """So that the page for trying requests can try all that officers do."""
    held = [
        frozenset(account.scopes)
        for bureau in BUREAUS
        for role in demo_roles(bureau)
        for account in demo_accounts(bureau, role, "", (*SERVICES, *LOCAL_SERVICES))
        if account.kind == "officer"
    ]
    operations = list(needed_by(document))
    assert len(operations) > 100
    for operation, needed in operations:
        assert needed, operation["operationId"]
        can_be_tried = any(needed <= scopes for scopes in held)
        says_so = OF_GATEWAYS in operation["description"]
        assert can_be_tried is not says_so, operation["operationId"]
        assert says_so is bool(needed & GATEWAY_SCOPES)


@pytest.mark.thorough
def test_each_scope_of_the_document_is_needed_by_an_operation_or_a_purpose(document: dict[str, Any]) -> None:
    """`handling:confidential` opens records, and no operation of its own."""
    flows = document["components"]["securitySchemes"]["officer"]["flows"].values()
    needed = frozenset(scope for _, scopes in needed_by(document) for scope in scopes)
    for flow in flows:
        others = flow["scopes"].keys() - needed
        assert {scope for scope in others if not scope.startswith("purpose:")} == {"handling:confidential"}
