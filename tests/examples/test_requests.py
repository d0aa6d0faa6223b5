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
QUERIED = [
    name
    for name in FOR_OFFICERS
    if OPERATIONS[name].method == "GET"
    and OPERATIONS[name].shown("query")
    and any(name in recorded() for name in [name])
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
