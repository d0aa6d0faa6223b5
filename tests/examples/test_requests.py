"""Each operation answers the request that `/docs` shows for it, on a running mesh with the example records."""

import json

import pytest

from deploy.generated.files import PROJECT
from gateway.openapi.answer_examples import recorded
from tests.examples.schemas import different_members, faults
from tests.examples.shown import Document
from tests.examples.tour import COPIES, NOT_FOR_OFFICERS, OF_PARTNERS, SERVICES, TAKEN, Tour

pytestmark = pytest.mark.thorough

DOCUMENT = Document(json.loads((PROJECT / "docs" / "openapi.json").read_text()))
OPERATIONS = {str(operation): operation for operation in DOCUMENT.operations()}
FOR_OFFICERS = [name for name in OPERATIONS if name not in NOT_FOR_OFFICERS]
# A list or a search has one of these members.
FOUND = ("items", "hits", "candidates", "_embedded")
# What is entered by requests of the documents, and not by `i247 seed`.
SENT_BEFORE = {
    "GET /api/notices/statistics": "POST /api/notices/{record_id}/refusal",
    **{f"GET {path}": f"POST {path}" for path in COPIES},
    "GET /api/hits": "GET /api/hits/{hit_id}",
    "GET /api/subject-requests": "POST /api/subject-requests",
    "GET /api/traces": "POST /api/traces",
}
# Of the lists of red notices and of those of the Security Council, which have each filters of their own; and of packs.
NOT_TOGETHER = {
    "GET /api/notices/extracts": {"un_reference", "un_resolution"},
    **{f"GET {path}": {"post_key"} for path in COPIES},
    "GET /api/travel-documents/search": {"mrz"},
}
# No example record is a red notice that is being processed; a check of a VIN looks for no record.
NOT_SEEDED = frozenset({"GET /api/notices/requests", "GET /api/stolen-vehicles/vin-check"})
# What reads one thing, or changes one that the mesh makes: what it names is there, or is taken from elsewhere.
OF_ONE = [name for name in FOR_OFFICERS if "{" in name and (name.startswith("GET") or name in TAKEN)]


def finds_records(name: str) -> bool:
    """Return whether an operation looks for records by what it is asked, or for something that others enter."""
    place = OPERATIONS[name].path.removeprefix("/api/").partition("/")[0]
    looks = OPERATIONS[name].method == "GET" and bool(OPERATIONS[name].shown("query"))
    in_services = place in (*SERVICES, "") and "/audit" not in name and "{" not in name
    return looks and name not in NOT_SEEDED and (in_services or name in SENT_BEFORE)


# These come first: later tests change the example records.
@pytest.mark.parametrize("name", [*filter(finds_records, FOR_OFFICERS)])
def test_all_that_a_query_shows_finds_what_is_there(tour: Tour, name: str) -> None:
    """Its parameters describe one record: it is found by what the page fills in, and by all examples at once."""
    operation = OPERATIONS[name]
    if name in SENT_BEFORE:
        tour.answer(SENT_BEFORE[name]).raise_for_status()
    shown = operation.shown("query")
    all_of_them = {each: value for each, value in shown.items() if each not in NOT_TOGETHER.get(name, ())}
    for query in (operation.filled_in("query"), all_of_them):
        answer = tour.send_query(operation, query)
        assert answer.is_success, answer.text
        [found] = [answer.json()[member] for member in FOUND if member in answer.json()]
        assert found, query


@pytest.mark.parametrize("name", OF_ONE)
def test_a_path_that_names_nothing_is_said_to_be_an_example(tour: Tour, name: str) -> None:
    """With where to take what a mesh makes, as nobody can know that it has to be replaced."""
    operation = OPERATIONS[name]
    answer = tour.send(operation, tour.who(operation), {})
    is_said = "shown here is an example: take " in operation.stated.get("description", "")
    assert answer.status_code != 404 or is_said, answer.text


@pytest.mark.parametrize("name", FOR_OFFICERS)
def test_an_operation_answers_what_its_documents_show(tour: Tour, name: str) -> None:
    """It succeeds with what the page fills in; the answer fits its schema, and has the members of its example."""
    answer = tour.answer(name)
    assert answer.is_success, answer.text
    described = OPERATIONS[name].answers[str(answer.status_code)].get("content", {})
    media = answer.headers.get("content-type", "").partition(";")[0]
    assert bool(answer.content) is bool(described)
    if not described:
        return
    assert media in described
    if media == "application/json":
        assert faults(DOCUMENT, described[media].get("schema", {}), answer.json()) == []
        if name in recorded():
            assert [*different_members(recorded()[name], answer.json())] == []


@pytest.mark.parametrize("name", sorted(OF_PARTNERS))
def test_what_only_partners_send_is_refused_to_officers(tour: Tour, name: str) -> None:
    """An officer of a bureau searches instead."""
    assert tour.answer(name).status_code == 403


@pytest.mark.parametrize("name", sorted(NOT_FOR_OFFICERS - OF_PARTNERS))
def test_what_only_gateways_ask_is_refused_to_officers(tour: Tour, name: str) -> None:
    """What the documents show cannot be sent by anyone who reads them, and the refusal says why."""
    refused = tour.answer(name)
    assert refused.status_code == 403
    assert "audit:witness" in refused.json()["detail"]
