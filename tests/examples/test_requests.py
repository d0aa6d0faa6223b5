"""Each operation answers the request that `/docs` shows for it, on a running mesh with the example records."""

import json

import pytest

from deploy.generated.files import PROJECT
from gateway.openapi.answer_examples import recorded
from tests.examples.schemas import different_members, faults
from tests.examples.shown import Document
from tests.examples.tour import NOT_FOR_OFFICERS, STREAM, Tour

DOCUMENT = Document(json.loads((PROJECT / "docs" / "openapi.json").read_text()))
OPERATIONS = {str(operation): operation for operation in DOCUMENT.operations()}
FOR_OFFICERS = [name for name in OPERATIONS if name not in NOT_FOR_OFFICERS]
# A list or a search has these members.
FOUND = ("items", "hits", "_embedded", "results")
# Of a search or a list of records, its filters; others page through what there is.
# Lists of what the mesh has not yet, or has no more: releases to FR, decisions, and what nobody has sent.
EMPTY = frozenset(
    {
        "GET /api/messages",
        "GET /api/messages/releases",
        "GET /api/messages/webhooks/{webhook_id}/deliveries",
        "GET /api/notices/requests",
    }
)
QUERIED = [
    name
    for name in FOR_OFFICERS
    if OPERATIONS[name].method == "GET" and OPERATIONS[name].shown("query") and "/audit" not in name
]


@pytest.mark.parametrize("name", FOR_OFFICERS)
def test_an_operation_answers_what_its_documents_show(tour: Tour, name: str) -> None:
    """It succeeds with what the page fills in; the answer fits its schema, and has the members of its example."""
    answer = tour.answer(name)
    assert answer.is_success, answer.text
    described = OPERATIONS[name].answers[str(answer.status_code)].get("content", {})
    media = answer.headers.get("content-type", "").partition(";")[0]
    if not described:
        assert answer.content == b""
        return
    assert media in described
    if media == "application/json":
        assert faults(DOCUMENT, described[media].get("schema", {}), answer.json()) == []
        if name in recorded():
            assert [*different_members(recorded()[name], answer.json())] == []
    elif name != STREAM:
        assert answer.content


@pytest.mark.parametrize("name", sorted(NOT_FOR_OFFICERS))
def test_what_only_gateways_ask_is_refused_to_officers(tour: Tour, name: str) -> None:
    """What the documents show cannot be sent by anyone who reads them, and the refusal says why."""
    refused = tour.answer(name)
    assert refused.status_code == 403
    assert "audit:witness" in refused.json()["detail"]


@pytest.mark.parametrize("name", QUERIED)
def test_all_that_a_query_shows_finds_something(tour: Tour, name: str) -> None:
    """Its parameters describe one record that is there: with each of them it is found, and with all at once."""
    operation = OPERATIONS[name]
    tour.answer(name).raise_for_status()
    answer = tour.send_query(operation, {**operation.shown("query")})
    assert answer.is_success, answer.text
    found = [answer.json()[member] for member in FOUND if member in answer.json()]
    assert all(found) or name in EMPTY, answer.text
