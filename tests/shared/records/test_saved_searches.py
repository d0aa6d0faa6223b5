"""New and changed records are matched with earlier searches: which searchers are notified of them, and how often."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import names
from shared.audit.writer import NOT_ANSWERED
from shared.bureaus import PUBLIC, BureauCode
from shared.clock import FixedClock
from shared.handling import Handling
from shared.identity import HANDLING_CONFIDENTIAL, Caller, Purpose
from shared.records.policy import Audience
from shared.records.rules import NotPublic
from shared.records.search.matching import UNDER_WAY_FOR
from shared.storage import Session
from tests.shared.records.searchable_kind import Lamp, LampSearch, LampService, LampStore, metadata
from tests.stores import Tables
from tests.support import caller

A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


@pytest.mark.both_databases
async def test_a_record_entered_after_a_search_is_disclosed_to_the_searcher(service: LampService) -> None:
    """With a leaf of its own, in the name of the officer who searched, for their purpose."""
    searcher = await service.search("DE", purpose=Purpose.LOCATE)
    await service.search("DE", "green")
    lamp = await service.enter()
    assert await service.matches() == [("DE", "de.officer", lamp.id, searcher.request_id, "delayed-inquiry")]
    leaf = await service.last_leaf()
    assert (leaf.operation, leaf.status, leaf.query, leaf.answer) == ("match_inquiry", NOT_ANSWERED, None, None)
    assert (leaf.bureau, leaf.officer, leaf.purpose) == ("DE", "de.officer", "locate")
    assert (leaf.request, leaf.records is None) == (searcher.request_id, False)


async def test_a_searcher_is_notified_of_a_record_once(service: LampService) -> None:
    """However often the record is changed, and however often it is matched."""
    await service.search("DE")
    lamp = await service.enter()
    assert await service.matched_bureaus() == ["DE"]
    await service.change(lamp, handling=Handling.RESTRICTED)
    assert await service.matched_bureaus() == ["DE"]


async def test_a_record_that_the_search_itself_found_is_not_notified_again(service: LampService) -> None:
    """Nor after a change; another search of the same bureau, which did not find it, is notified."""
    lamp = await service.enter()
    await service.search("DE")
    await service.search("DE", "green")
    changed = await service.change(lamp, handling=Handling.RESTRICTED)
    assert await service.matched_bureaus() == []
    await service.change(changed, colour="green")
    assert await service.matched_bureaus() == ["DE"]


async def test_a_record_that_becomes_visible_is_notified(service: LampService) -> None:
    """To a bureau that was barred when it searched, and to all when the audience is widened."""
    barred = await service.enter(restricted=["DE"])
    drafted = await service.change(await service.enter("green"), known_to=Audience.OWNER)
    await service.search("DE")
    await service.search("KE", "green")
    assert await service.matched_bureaus() == []
    await service.change(barred, restricted=())
    await service.change(drafted, known_to=Audience.ALL)
    assert await service.matched_bureaus() == ["DE", "KE"]


@pytest.mark.both_databases
async def test_a_bureau_is_not_notified_of_a_record_that_it_may_not_see(service: LampService) -> None:
    """Neither barred bureaus, nor those outside the audience, nor any of a deleted record; nor the owner of its own."""
    for bureau in ("DE", "KE", "FR"):
        await service.search(bureau)
    await service.change(await service.enter(), known_to=Audience.OWNER)
    await service.enter(restricted=["DE"])
    gone = await service.enter()
    async with service.database.writing() as session:
        await LampStore(session, service.searcher("FR"), service.now).delete(gone, "deleted")
    assert await service.matched_bureaus() == ["KE"]


async def test_visibility_is_checked_when_the_match_is_made(service: LampService) -> None:
    """A bureau that is barred after the record was entered, but before it is matched, is not notified."""
    await service.search("DE")
    lamp = await service.enter()
    await service.change(lamp, restricted=("DE",))
    assert await service.matched_bureaus() == []


async def test_a_bureau_that_is_barred_during_matching_is_not_notified(
    service: LampService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner bars it after the record was read."""
    await service.search("DE")
    lamp = await service.enter()
    matcher = LampStore.matcher

    async def then_barred(session: Session, record: Lamp, at: datetime) -> Any:
        if record == lamp:
            await service.change(lamp, restricted=("DE",))
        return await matcher(session, record, at)

    with monkeypatch.context() as patched:
        patched.setattr(LampStore, "matcher", then_barred)
        assert await service.matched_bureaus() == []


async def test_searches_of_those_who_are_never_notified_are_not_saved(service: LampService) -> None:
    """The Commission's and partners'; the public is refused where a kind has nothing public."""
    await service.search("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)
    with pytest.raises(NotPublic):
        await service.search("PUBLIC", purpose=Purpose.WARNING)
    await service.search("PARTNER-ICC", purpose=Purpose.WARNING)
    await service.enter()
    assert await service.matched_bureaus() == []
    assert await service.saved() == (0, 0)


@pytest.mark.both_databases
async def test_a_request_with_several_searches_is_notified_of_a_record_once(
    service: LampService,
) -> None:
    """For example a check of many vehicles by number and by plate."""
    searcher = service.searcher("DE")
    store = LampStore(service.database.reading, searcher, service.now)
    for query in (LampSearch(colour="red"), LampSearch(colour="red", at_least=3)):
        await store.search(query)
    await service.append_request(searcher, None)
    assert await service.saved() == (2, 2)
    await service.enter()
    assert await service.matched_bureaus() == ["DE"]


async def test_a_bureau_cannot_suppress_a_notification_to_another_by_reusing_its_request_id(
    service: LampService,
) -> None:
    """A bureau chooses the ids of its requests."""
    lamp = await service.enter("green")
    searcher = await service.search("DE")
    hostile = Caller(BureauCode("KE"), "ke.officer", frozenset(), Purpose.WARNING, searcher.request_id)
    found = await LampStore(service.database.reading, hostile, service.now).find(LampSearch(colour="green"))
    await service.append_request(hostile, found)
    await service.change(lamp, colour="red")
    assert await service.matched_bureaus() == ["DE"]


async def test_a_search_in_progress_while_a_record_is_entered_is_matched_later(
    service: LampService, clock: FixedClock
) -> None:
    """It did not find the record and was not saved when that was matched; one that began later found it."""
    searcher = service.searcher("DE")
    found = await LampStore(service.database.reading, searcher, service.now).search(LampSearch(colour="red"))
    clock.advance(A_MOMENT)
    lamp = await service.enter()
    assert await service.matches() == []
    await service.append_request(searcher, found)
    await service.search("KE")
    clock.advance(UNDER_WAY_FOR)
    assert await service.matches() == []
    clock.advance(A_MOMENT)
    expected = [("DE", "de.officer", lamp.id, searcher.request_id, "delayed-inquiry")]
    assert await service.matches() == expected
    assert await service.matches() == expected


word = st.text("abcdeé", min_size=1, max_size=7)


@given(sought=st.lists(word, min_size=1, max_size=3), held=st.lists(word, min_size=1, max_size=4))
def test_a_name_that_matches_a_search_shares_a_search_term_with_it(sought: list[str], held: list[str]) -> None:
    """Despite a misspelling: no search that would find a record is missed."""
    if names.match_names(" ".join(sought), held):
        assert names.query_terms(" ".join(sought)) & names.record_terms(held)


async def test_a_search_leaves_out_confidential_records_and_says_how_many(service: LampService) -> None:
    """Unless the officer holds the scope; neither hits nor total nor the audit log has them, nor any that is hidden."""
    await service.enter()
    confidential = [await service.enter(handling="CONFIDENTIAL", restricted=barred) for barred in ([], [], ["DE"])]
    cleared, other = (caller("DE", *scopes) for scopes in ([HANDLING_CONFIDENTIAL], []))
    whole, found = [
        await LampStore(service.database.reading, who, service.now).search(LampSearch(colour="red"))
        for who in (cleared, other)
    ]
    assert (whole.total, len(whole.hits), whole.warnings) == (3, 3, ())
    assert (found.total, len(found.hits)) == (1, 1)
    [warning] = found.warnings
    assert (warning.code, warning.pointer) == ("withheld", "")
    assert warning.detail.startswith("2 of the records found")
    assert HANDLING_CONFIDENTIAL in warning.detail
    assert not {record.id for record in confidential} & {shown.record for shown in found.disclosed("search")}


async def test_a_search_of_the_public_is_not_saved(service: LampService) -> None:
    """It gets no hits, so nothing of it is kept; it cannot search what no kind shows to it."""
    who = caller(PUBLIC)
    store = LampStore(service.database.reading, who, service.now)
    store.save_search(LampSearch(colour="red"))
    with pytest.raises(NotPublic):
        await store.search(LampSearch(colour="red"))
    assert who.recorder.searches == []


@pytest.mark.both_databases
async def test_a_search_without_terms_is_saved_and_no_record_finds_it(
    service: LampService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request that made it is logged as any other."""
    monkeypatch.setattr(LampStore, "query_terms", lambda *_: [])
    await service.search("DE")
    assert (await service.last_leaf()).operation == "search_lamps"
    await service.enter()
    assert await service.matches() == []
