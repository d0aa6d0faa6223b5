"""What an auditor sees of a log: all requests of their own bureau, and of others what concerned its records."""

from datetime import timedelta
from typing import Any, Final

import pytest

from shared.audit import queries
from shared.audit.models import LeafQuery
from shared.audit.queries import EXPLAINED_RECORDS, LISTED_RECORDS, LeafStore
from shared.audit.tree import TreeStore
from shared.bureaus import BureauCode
from shared.disclosure import FOUND_LATER, How
from shared.identity import Purpose
from tests.conftest import NOW
from tests.shared.audit.logged_service import LoggedService, record

FRENCH, POLISH, OTHER_FRENCH = record("FR", number=1), record("PL", number=2), record("FR", number=3)
COMMISSION = Purpose.DATA_SUBJECT_REQUEST


@pytest.fixture
async def log(service: LoggedService) -> LoggedService:
    """Return a log in which bureaus were shown each other's records."""
    await service.answer("DE", FRENCH, POLISH)
    entered = record("PL", "change", number=2)
    await service.answer("PL", entered, operation="enter_thing", purpose=Purpose.IDENTIFICATION)
    await service.answer("DE", OTHER_FRENCH, officer="de.other")
    await service.answer("DE")
    await service.answer("CCF", FRENCH, POLISH, purpose=COMMISSION)
    await service.answer("IPSG", POLISH)
    return service


def store(log: LoggedService, bureau: str) -> LeafStore:
    return LeafStore(log.database.reading, BureauCode(bureau))


async def seen(log: LoggedService, auditor_of: str, **query: Any) -> dict[int, str]:
    """Return the leaves that an auditor of a bureau sees, in order, with the owners of the records in each."""
    found = (await store(log, auditor_of).page(LeafQuery(**query))).leaves
    return {leaf.number: " ".join(each.shown.owner for each in leaf.records) for leaf in found}


async def test_an_auditor_sees_requests_of_their_bureau_and_disclosures_of_its_records(log: LoggedService) -> None:
    """Newest first; of an answer to another bureau only the own records are visible."""
    assert await seen(log, "DE") == {3: "", 2: "FR", 0: "FR PL"}
    assert await seen(log, "FR") == {2: "FR", 0: "FR"}
    assert await seen(log, "PL") == {5: "PL", 1: "PL", 0: "PL"}
    assert await seen(log, "KE") == {}


@pytest.mark.both_databases
async def test_disclosures_to_the_commission_are_visible_to_the_commission_alone(log: LoggedService) -> None:
    """Owners and the Secretariat, which sees all else, see neither the leaf nor its records, by no filter."""
    assert await seen(log, "IPSG") == {5: "PL", 3: "", 2: "FR", 1: "PL", 0: "FR PL"}
    assert await seen(log, "CCF") == {4: "FR PL"}
    for other in ("FR", "PL", "IPSG"):
        for query in ({"purpose": COMMISSION}, {"bureau": "CCF"}, {"purpose": COMMISSION, "owner": "FR"}):
            assert await seen(log, other, **query) == {}
        assert await store(log, other).find(4) is None


@pytest.mark.both_databases
@pytest.mark.parametrize("how", FOUND_LATER)
async def test_a_hit_of_an_earlier_search_is_not_visible_to_the_owner(service: LoggedService, how: How) -> None:
    """Nor that the finder then read it: made-up records would reveal interest. The Secretariat's auditors see both."""
    requests = [
        await service.answer("DE", record("FR", how, number=1), operation="match_inquiry"),
        await service.answer("DE", record("FR", "read", number=1)),
    ]
    await service.answer("DE", record("FR", "search", number=1))
    await service.answer("PL", record("FR", "read", number=1))
    assert await seen(service, "FR") == {3: "FR", 2: "FR"}
    assert await seen(service, "FR", record=FRENCH.record, bureau="DE") == {2: "FR"}
    leaves = await store(service, "FR").in_order(await TreeStore(service.database.reading).head(), 0, 10)
    assert [leaf.found is not None for leaf in leaves] == [False, False, True, True]
    for request in requests:
        assert await store(service, "FR").find_request(request) is None
    assert await seen(service, "DE") == {2: "FR", 1: "FR", 0: "FR"}
    assert [*await seen(service, "IPSG")] == [3, 2, 1, 0]


FOUND: Final[list[tuple[dict[str, Any], list[int]]]] = [
    ({}, [5, 3, 2, 1, 0]),
    ({"bureau": "DE"}, [3, 2, 0]),
    ({"officer": "de.other"}, [2]),
    ({"purpose": Purpose.IDENTIFICATION}, [1]),
    ({"operation": "enter_thing"}, [1]),
    ({"record": POLISH.record}, [5, 1, 0]),
    ({"owner": "FR"}, [2, 0]),
    ({"owner": "FR", "record": POLISH.record}, []),
    ({"owner": "PL", "bureau": "DE"}, [0]),
    ({"since": NOW + timedelta(seconds=5)}, [5]),
    ({"until": NOW + timedelta(seconds=3)}, [1, 0]),
    ({"since": NOW + timedelta(hours=3)}, []),
    ({"until": NOW - timedelta(hours=3)}, []),
    ({"officer": "de.officer", "since": NOW + timedelta(seconds=2)}, [3]),
    ({"after": 3}, [2, 1, 0]),
]


@pytest.mark.parametrize(("query", "leaves"), FOUND, ids=str)
async def test_leaves_are_found_by_each_filter(log: LoggedService, query: dict[str, Any], leaves: list[int]) -> None:
    """Among all leaves but those of the Commission, which an auditor of the Secretariat sees."""
    assert [*await seen(log, "IPSG", **query)] == leaves


async def test_a_page_has_the_cursor_of_the_next_page(log: LoggedService) -> None:
    """The last page has none."""
    pages = [await store(log, "IPSG").page(LeafQuery(after=after, limit=2)) for after in (3, 2)]
    assert [([leaf.number for leaf in page.leaves], page.next) for page in pages] == [([2, 1], 1), ([1, 0], None)]


@pytest.mark.thorough
@pytest.mark.both_databases
@pytest.mark.parametrize("bureau", ["IPSG", "DE", "FR", "PL", "KE", "CCF"])
async def test_a_page_searches_a_part_of_the_log_and_the_next_page_continues(
    log: LoggedService, bureau: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filters without an index find all leaves, page by page; a page ends at the same leaf for every auditor."""
    whole = {str(query): [*await seen(log, bureau, **query)] for query, _ in FOUND}
    monkeypatch.setattr(queries, "PART", 2)
    for query, _ in FOUND:
        assert await read_on(log, bureau, query) == whole[str(query)]
    page = await store(log, bureau).page(LeafQuery(officer="nobody"))
    assert (page.leaves, page.next) == ([], 4)
    page = await store(log, bureau).page(LeafQuery(officer="nobody", record=POLISH.record))
    assert (page.leaves, page.next) == ([], None)


async def read_on(log: LoggedService, bureau: str, query: dict[str, Any]) -> list[int]:
    """Return the numbers of the leaves on all pages."""
    read: list[int] = []
    while True:
        page = await store(log, bureau).page(LeafQuery(**{"limit": 3, **query}))
        read += [leaf.number for leaf in page.leaves]
        if page.next is None:
            return read
        assert page.next == read[-1] if len(page.leaves) == 3 else page.next % queries.PART == 0
        query = {**query, "after": page.next}


@pytest.mark.both_databases
async def test_no_filter_reveals_leaves_that_an_auditor_may_not_see(log: LoggedService) -> None:
    """A filter for another owner's records finds only answers to the auditor's own bureau."""
    assert await seen(log, "FR", record=POLISH.record) == {}
    assert await seen(log, "FR", owner="PL") == {}
    assert await seen(log, "DE", owner="PL") == {0: "FR PL"}
    assert await seen(log, "PL", owner="FR") == {}
    assert await seen(log, "PL", bureau="DE", officer="de.other") == {}


@pytest.mark.both_databases
async def test_a_leaf_is_found_by_its_index_or_its_request(service: LoggedService) -> None:
    """By auditors who may see it, with the records that they may see."""
    request = await service.answer("DE", FRENCH, POLISH)
    for bureau, owners in (("DE", ["FR", "PL"]), ("PL", ["PL"]), ("IPSG", ["FR", "PL"])):
        by_place, by_request = await store(service, bureau).find(0), await store(service, bureau).find_request(request)
        assert by_place is not None
        assert by_place == by_request
        assert [each.shown.owner for each in by_place.records] == owners
    assert await store(service, "KE").find(0) is None
    assert await store(service, "KE").find_request(request) is None


async def test_a_leaf_can_be_read_with_one_of_its_records(service: LoggedService) -> None:
    """An answer may have shown thousands."""
    await service.answer("DE", FRENCH, POLISH)
    found = await store(service, "DE").find(0, POLISH.record)
    assert found is not None
    assert [each.shown for each in found.records] == [POLISH]


async def test_the_number_of_records_of_a_leaf_is_limited(service: LoggedService) -> None:
    """A list of leaves has fewer for each than the answer about one leaf."""
    await service.answer("DE", *(record("FR", number=number) for number in range(EXPLAINED_RECORDS + 1)))
    [listed] = (await store(service, "FR").page(LeafQuery())).leaves
    read = await store(service, "FR").find(0)
    assert read is not None
    assert (len(listed.records), len(read.records)) == (LISTED_RECORDS, EXPLAINED_RECORDS)


@pytest.mark.both_databases
async def test_every_auditor_gets_all_hashes_and_the_texts_that_they_may_read(log: LoggedService) -> None:
    """All leaves in order, or the log could not be verified."""
    head = await TreeStore(log.database.reading).head()
    leaves = await store(log, "FR").in_order(head, 1, 4)
    assert [(leaf.index, leaf.found is not None) for leaf in leaves] == [(1, False), (2, True), (3, False), (4, False)]
    texts = [leaf.found is not None for leaf in await store(log, "IPSG").in_order(head, 0, 100)]
    assert texts == [True, True, True, True, False, True]
