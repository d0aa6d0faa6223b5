"""New and changed records are matched with earlier searches: who is notified, how often, and what is deleted."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared import names
from shared.audit.tables import disclosures
from shared.audit.writer import NOT_ANSWERED
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.disclosure import SavedSearch
from shared.identity import Caller, Purpose
from shared.records.cursor import position
from shared.records.policy import Audience, Handling
from shared.records.results import Hit
from shared.records.search import matching
from shared.records.search.matching import MAX_STALL, UNDER_WAY_FOR, SavedSearchMatching, SearchExpiry
from shared.records.search.saved_searches import KEPT_FOR, MAX_COMPARED, MAX_RECENT, RECENT_SECONDS, RecentSearches
from shared.records.tables import saved_searches
from shared.storage import Database, Session, open_database
from tests.shared.records.searchable_kind import Lamp, LampSearch, LampService, LampStore, lamps, metadata
from tests.stores import Tables, move_rows
from tests.support import always

A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


@pytest.mark.both_databases
async def test_a_record_entered_after_a_search_is_disclosed_to_the_searcher(service: LampService) -> None:
    """With a leaf of its own, in the name of the officer who searched, for their purpose."""
    searcher = await service.search("DE", purpose=Purpose.MISSING_PERSON)
    await service.search("DE", "green")
    lamp = await service.enter()
    assert await service.matches() == [("DE", "de.officer", lamp.id, searcher.request_id, "delayed-inquiry")]
    leaf = await service.last_leaf()
    assert (leaf.operation, leaf.status, leaf.query, leaf.answer) == ("match_inquiry", NOT_ANSWERED, None, None)
    assert (leaf.bureau, leaf.officer, leaf.purpose) == ("DE", "de.officer", "missing-person")
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
        await LampStore(session, service.searcher("FR"), service.now).forget(gone, "deleted")
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


async def test_searches_of_the_commission_are_not_saved(service: LampService) -> None:
    """Its disclosures are not notified to owners, so it is not notified either."""
    await service.search("IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)
    await service.enter()
    assert await service.matched_bureaus() == []
    assert await service.saved() == (0, 0)


@pytest.mark.parametrize(("after", "notified"), [(KEPT_FOR - A_MOMENT, ["DE"]), (KEPT_FOR, [])])
async def test_a_search_is_matched_for_72_hours(
    service: LampService, clock: FixedClock, after: timedelta, notified: list[str]
) -> None:
    """A record entered one second before the end is notified, at the end it is not."""
    await service.search("DE")
    clock.advance(after)
    await service.enter()
    assert await service.matched_bureaus() == notified


@pytest.mark.both_databases
async def test_a_record_entered_within_72_hours_is_notified_even_if_it_is_matched_later(
    service: LampService, clock: FixedClock
) -> None:
    """As when the service was not running meanwhile."""
    await service.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    await service.enter()
    clock.advance(timedelta(hours=5))
    await SearchExpiry(service.database, clock, always).turn()
    assert await service.matched_bureaus() == ["DE"]
    await service.expiry.turn()
    assert await service.saved() == (0, 0)


async def test_a_saved_search_is_deleted_after_72_hours(service: LampService, clock: FixedClock) -> None:
    """With its keys, and not before its time."""
    await service.search("DE")
    clock.advance(A_MOMENT)
    await service.search("DE", "green")
    clock.advance(KEPT_FOR - A_MOMENT)
    await service.expiry.turn()
    assert await service.saved() == (1, 1)
    clock.advance(A_MOMENT)
    await service.expiry.turn()
    assert await service.saved() == (0, 0)


async def test_saved_searches_are_deleted_in_batches(
    service: LampService, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other writers get their turn in between; the rest is deleted the next time."""
    monkeypatch.setattr("shared.records.search.saved_searches.EXPIRY_BATCH_SIZE", 2)
    monkeypatch.setattr("shared.records.search.saved_searches.MAX_FORGOTTEN", 4)
    await service.save_many("DE", 7)
    clock.advance(KEPT_FOR + A_MOMENT)
    left = []
    for _ in range(3):
        await service.expiry.turn()
        left.append(await service.saved())
    assert left == [(3, 3), (0, 0), (0, 0)]


async def test_a_saved_search_is_deleted_though_matching_is_stalled(service: LampService, clock: FixedClock) -> None:
    """Its deletion waits an hour for matching, and no longer."""
    await service.search("DE")
    await service.enter()
    clock.advance(KEPT_FOR)
    await service.expiry.turn()
    clock.advance(MAX_STALL - A_MOMENT)
    await service.expiry.turn()
    assert await service.saved() == (1, 1)
    clock.advance(A_MOMENT)
    await service.expiry.turn()
    assert await service.saved() == (0, 0)


async def test_a_repeated_search_is_saved_once_and_kept_as_long_as_the_last(
    service: LampService, clock: FixedClock
) -> None:
    """A search of another officer, or for another purpose, is another one."""
    await service.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    again = await service.search("DE")
    assert await service.saved() == (1, 1)
    clock.advance(KEPT_FOR - A_MOMENT)
    lamp = await service.enter()
    assert await service.matches() == [("DE", "de.officer", lamp.id, again.request_id, "delayed-inquiry")]
    await service.search("DE", officer="de.other")
    await service.search("DE", purpose=Purpose.WARNING)
    assert await service.saved() == (3, 3)


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


async def test_each_searcher_is_notified_once_though_the_process_is_killed(
    service: LampService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any write, after each batch, and before the cursor is stored: the next process continues."""
    monkeypatch.setattr(matching, "MATCH_BATCH_SIZE", 2)
    for number in range(5):
        await service.search("DE", officer=f"de.{number}")
    await service.enter()
    notified = []
    for writes in (0, 1, 1, 1):
        await end_after(writes, service.database, service.another_process(), monkeypatch)
        notified.append(await service.matched_officers())
    assert [len(officers) for officers in notified] == [0, 2, 4, 5]
    await service.matching.turn()
    assert await service.matched_officers() == notified[-1]
    assert len(set(notified[-1])) == 5


async def end_after(
    writes: int, database: Database, process: SavedSearchMatching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run a process, and kill it before its next write after so many."""
    writing, left = database.writing, writes

    def until_the_end(**options: Any) -> Any:
        nonlocal left
        if left == 0:
            raise OSError("the process is killed")
        left -= 1
        return writing(**options)

    with monkeypatch.context() as patched:
        patched.setattr(database, "writing", until_the_end)
        with pytest.raises(OSError, match="killed"):
            await process.turn()


@pytest.mark.both_databases
async def test_several_processes_notify_each_searcher_once(
    service: LampService, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reads all changes, and what the others have notified."""
    monkeypatch.setattr(matching, "MATCH_BATCH_SIZE", 2)
    for number in range(7):
        await service.search("DE", officer=f"de.{number}")
    others = [open_database(database_url) for _ in range(3)]
    for colour in ("red", "green", "red"):
        await service.enter(colour)
    await asyncio.gather(*(service.another_process(other).turn() for other in others))
    for other in others:
        await other.close()
    notified = [(officer, record) for _, officer, record, *_ in await service.matches()]
    assert len(notified) == len(set(notified)) == 14


@pytest.mark.both_databases
async def test_changes_are_matched_in_order_and_in_batches(
    service: LampService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the store keeps the rows in another order."""
    monkeypatch.setattr(matching, "CHANGE_BATCH_SIZE", 2)
    await service.search("DE")
    entered = [(await service.enter()).id for _ in range(5)]
    await move_rows(service.database, disclosures.c.number)
    assert [record for _, _, record, *_ in await service.matches()] == entered


async def test_a_process_skips_changes_that_another_has_matched_meanwhile(
    service: LampService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It notifies no searcher again, and does not set the cursor back."""
    await service.search("DE")
    first, rival = await service.enter(), service.another_process()
    entered = [first.id]

    usual = LampStore.matcher

    async def overtaken(reading: Session, record: Lamp, at: datetime) -> Any:
        monkeypatch.undo()
        entered.append((await service.enter()).id)
        await rival.turn()
        return await usual(reading, record, at)

    monkeypatch.setattr(LampStore, "matcher", overtaken)
    await service.matching.turn()
    assert [record for _, _, record, *_ in await service.matches()] == entered


async def test_the_newest_searches_of_each_bureau_are_compared(service: LampService) -> None:
    """However many one bureau makes, those of another are compared as well."""
    lamp = await service.enter()
    await service.save_many("DE", MAX_COMPARED + 1)
    await service.save_many("KE", 1)
    officers = await service.compared_with(lamp)
    assert len(officers) == MAX_COMPARED + 1
    assert {"KE 0", f"DE {MAX_COMPARED}"} <= officers
    assert "DE 0" not in officers


async def test_each_bureau_has_its_share_when_there_are_too_many_searches(service: LampService) -> None:
    """The newest of each bureau before the second newest of any."""
    lamp = await service.enter()
    for bureau, how_many in (("DE", 9), ("KE", 2), ("PL", 1)):
        await service.save_many(bureau, how_many)
    assert await service.compared_with(lamp, at_most=3) == {"DE 8", "KE 1", "PL 0"}
    assert await service.compared_with(lamp, at_most=7) == {"DE 8", "DE 7", "DE 6", "DE 5", "KE 1", "KE 0", "PL 0"}


async def test_the_number_of_skipped_searches_is_logged(service: LampService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any search or searcher."""
    monkeypatch.setattr(LampStore, "max_compared", 3)
    for number in range(5):
        await service.search("DE", officer=f"officer {number}")
    await service.enter("green")
    await service.enter()
    assert len(await service.matches()) == 3
    [event] = service.events("searches-passed-over")
    assert {name: event[name] for name in event.keys() - {"at", "level", "part", "event"}} == {
        "kind": "lamp",
        "compared": 3,
        "passed_over": 2,
    }


@pytest.mark.both_databases
async def test_an_unreadable_search_does_not_block_the_others(service: LampService) -> None:
    """As one that was damaged in the store."""
    await service.search("DE")
    await service.search("KE")
    async with service.database.writing() as session:
        await session.execute(
            sa.update(saved_searches).where(saved_searches.c.bureau == "DE").values(query=b'{"hue":"red"}')
        )
    await service.enter()
    with pytest.raises(ValidationError):
        await service.matching.turn()
    assert await service.matched_officers() == ["ke.officer"]


async def test_a_search_whose_match_cannot_be_written_does_not_block_the_others(
    service: LampService, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are notified at once, of this record and of the next; it expires as they do."""
    match = LampStore.match

    def corrupted(record: Lamp, query: LampSearch, at: datetime) -> Hit[Lamp] | None:
        if query.at_least:
            # A lone surrogate is not valid text, and cannot be stored.
            return Hit.model_construct(score=1.0, match="\ud800", record=record)
        return match(record, query, at)

    for bureau, at_least in (("DE", None), ("KE", 1), ("PL", None)):
        await service.search(bureau, at_least=at_least)
    monkeypatch.setattr(LampStore, "match", corrupted)
    entered = [await service.enter(), await service.enter()]
    for _ in range(matching.TRIES - 1):
        with pytest.raises(UnicodeEncodeError):
            await service.matching.turn()
        assert sorted(await service.matched_officers()) == ["de.officer"] * 2 + ["pl.officer"] * 2
    assert sorted(await service.matched_bureaus()) == ["DE"] * 2 + ["PL"] * 2
    assert [event["record"] for event in service.events("change-not-matched")] == [lamp.id for lamp in entered]
    clock.advance(KEPT_FOR)
    await service.expiry.turn()
    assert await service.saved() == (0, 0)


@pytest.mark.both_databases
async def test_an_unreadable_record_does_not_block_the_others(service: LampService) -> None:
    """It is skipped after some tries, and the log states its id."""
    await service.search("DE")
    corrupted, _ = await service.enter(), await service.enter()
    async with service.database.writing() as session:
        await session.execute(sa.update(lamps).where(lamps.c.id == corrupted.id).values(content="{}"))
    for _ in range(matching.TRIES - 1):
        with pytest.raises(ValidationError):
            await service.matching.turn()
        assert await service.matched_officers() == ["de.officer"]
    await service.matching.turn()
    [event] = service.events("change-not-matched")
    assert (event["kind"], event["record"], event["error"]) == ("lamp", corrupted.id, "ValidationError")
    await service.enter()
    assert await service.matched_bureaus() == ["DE", "DE"]


async def test_no_searcher_is_skipped_while_the_store_cannot_be_written(
    service: LampService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while its disk is full: notifications wait, and have all their tries afterwards."""
    await service.search("DE")
    await service.enter()
    for _ in range(2 * matching.TRIES + 1):
        await end_after(0, service.database, service.matching, monkeypatch)

    async def fail(*_: Any) -> None:
        raise OSError("the store is busy")

    with monkeypatch.context() as patched:
        patched.setattr(LampStore, "present", fail)
        with pytest.raises(OSError, match="busy"):
            await service.matching.turn()
    assert await service.matched_bureaus() == ["DE"]


async def test_the_matching_cursor_is_stored_only_after_changes(service: LampService) -> None:
    """Searches, of which there are thousands a second, are passed without a write."""
    reading, seen = service.database.reading, []
    for _ in range(2):
        await service.enter()
        await service.matching.turn()
        seen.append(await position(reading, matching.PROMPT))
        await service.search("DE", "red")
        await service.matching.turn()
        assert await position(reading, matching.PROMPT) == seen[-1]
    assert seen[0] < seen[1]


word = st.text("abcdeé", min_size=1, max_size=7)


@given(sought=st.lists(word, min_size=1, max_size=3), held=st.lists(word, min_size=1, max_size=4))
def test_a_name_that_matches_a_search_shares_a_search_term_with_it(sought: list[str], held: list[str]) -> None:
    """Despite a misspelling: no search that would find a record is missed."""
    tokens = {token for part in held for token in names.fold(part)}
    fits = all(any(names.similarity(token, other) for other in tokens) for token in names.fold(" ".join(sought)))
    if fits:
        assert names.query_terms(" ".join(sought)) & names.record_terms(held)


async def test_a_recent_identical_search_is_not_saved_again(clock: FixedClock) -> None:
    """A camera's search is saved once a minute; that of another officer, or for another purpose, separately."""
    recent = RecentSearches()

    def searched(officer: str, purpose: Purpose = Purpose.WARNING) -> int:
        caller = Caller(BureauCode("DE"), officer, frozenset(), purpose, "request")
        caller.recorder.searches.append(SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp()))
        fresh = recent.fresh(caller)
        recent.remember(fresh, caller)
        return len(fresh)

    assert [searched("camera"), searched("camera"), searched("other"), searched("other")] == [1, 0, 1, 0]
    assert searched("camera", Purpose.SECURITY_CHECK) == 1
    clock.advance(timedelta(seconds=RECENT_SECONDS))
    assert searched("camera") == 1


@pytest.mark.parametrize("leap", [timedelta(days=-1), timedelta(days=1)], ids=str)
def test_a_search_is_saved_again_after_the_clock_was_set(clock: FixedClock, leap: timedelta) -> None:
    """Otherwise records entered meanwhile would not be notified."""
    recent, caller = RecentSearches(), Caller(BureauCode("DE"), "camera", frozenset(), Purpose.WARNING, "request")
    search = SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp())
    recent.remember([search], caller)
    clock.step(leap)
    caller.recorder.searches.append(SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp()))
    assert len(recent.fresh(caller)) == 1


async def test_a_clock_that_is_set_deletes_no_search_that_is_still_to_be_matched(
    service: LampService, clock: FixedClock
) -> None:
    """The wait for stalled matching is measured in elapsed seconds."""
    await service.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    await service.enter()
    await service.expiry.turn()
    clock.step(MAX_STALL)
    await service.expiry.turn()
    assert await service.saved() == (1, 1)


def test_the_number_of_remembered_recent_searches_is_limited(clock: FixedClock) -> None:
    """Those remembered longest ago are forgotten first, and saved again if they are made again."""
    recent, at = RecentSearches(), clock.now().timestamp()
    caller = Caller(BureauCode("DE"), "de.officer", frozenset(), Purpose.WARNING, "request")
    searches = [SavedSearch("lamp", str(number).encode(), lambda: (1,), at) for number in range(MAX_RECENT + 1)]
    recent.remember(searches, caller)
    caller.recorder.searches.extend([searches[0], searches[1], searches[-1]])
    assert recent.fresh(caller) == [searches[0]]
