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
from tests.shared.records.searchable_kind import Lamp, LampSearch, LampStore, Seeking, lamps, metadata
from tests.stores import Tables, move_rows
from tests.support import always

A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def store_tables() -> Tables:
    """Return those of lamps."""
    return metadata


@pytest.mark.both_databases
async def test_a_record_entered_after_a_search_is_disclosed_to_the_searcher(seeking: Seeking) -> None:
    """With a leaf of its own, in the name of the officer who searched, for their purpose."""
    searcher = await seeking.search("DE", purpose=Purpose.MISSING_PERSON)
    await seeking.search("DE", "green")
    lamp = await seeking.enter()
    assert await seeking.told() == [("DE", "de.officer", lamp.id, searcher.request_id, "delayed-inquiry")]
    leaf = await seeking.last_leaf()
    assert (leaf.operation, leaf.status, leaf.query, leaf.answer) == ("match_inquiry", NOT_ANSWERED, None, None)
    assert (leaf.bureau, leaf.officer, leaf.purpose) == ("DE", "de.officer", "missing-person")
    assert (leaf.request, leaf.records is None) == (searcher.request_id, False)


async def test_a_searcher_is_notified_of_a_record_once(seeking: Seeking) -> None:
    """However often the record is changed, and however often it is matched."""
    await seeking.search("DE")
    lamp = await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]
    await seeking.change(lamp, handling=Handling.RESTRICTED)
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_record_that_the_search_itself_found_is_not_notified_again(seeking: Seeking) -> None:
    """Nor after a change; another search of the same bureau, which did not find it, is notified."""
    lamp = await seeking.enter()
    await seeking.search("DE")
    await seeking.search("DE", "green")
    changed = await seeking.change(lamp, handling=Handling.RESTRICTED)
    assert await seeking.bureaus_told() == []
    await seeking.change(changed, colour="green")
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_record_that_becomes_visible_is_notified(seeking: Seeking) -> None:
    """To a bureau that was barred when it searched, and to all when the audience is widened."""
    barred = await seeking.enter(restricted=["DE"])
    drafted = await seeking.change(await seeking.enter("green"), known_to=Audience.OWNER)
    await seeking.search("DE")
    await seeking.search("KE", "green")
    assert await seeking.bureaus_told() == []
    await seeking.change(barred, restricted=())
    await seeking.change(drafted, known_to=Audience.ALL)
    assert await seeking.bureaus_told() == ["DE", "KE"]


@pytest.mark.both_databases
async def test_a_bureau_is_not_notified_of_a_record_that_it_may_not_see(seeking: Seeking) -> None:
    """Neither barred bureaus, nor those outside the audience, nor any of a deleted record; nor the owner of its own."""
    for bureau in ("DE", "KE", "FR"):
        await seeking.search(bureau)
    await seeking.change(await seeking.enter(), known_to=Audience.OWNER)
    await seeking.enter(restricted=["DE"])
    gone = await seeking.enter()
    async with seeking.database.writing() as session:
        await LampStore(session, seeking.searcher("FR"), seeking.now).forget(gone, "deleted")
    assert await seeking.bureaus_told() == ["KE"]


async def test_visibility_is_checked_when_the_match_is_made(seeking: Seeking) -> None:
    """A bureau that is barred after the record was entered, but before it is matched, is not notified."""
    await seeking.search("DE")
    lamp = await seeking.enter()
    await seeking.change(lamp, restricted=("DE",))
    assert await seeking.bureaus_told() == []


async def test_a_bureau_that_is_barred_during_matching_is_not_notified(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner bars it after the record was read."""
    await seeking.search("DE")
    lamp = await seeking.enter()
    matcher = LampStore.matcher

    async def then_barred(session: Session, record: Lamp, at: datetime) -> Any:
        if record == lamp:
            await seeking.change(lamp, restricted=("DE",))
        return await matcher(session, record, at)

    with monkeypatch.context() as patched:
        patched.setattr(LampStore, "matcher", then_barred)
        assert await seeking.bureaus_told() == []


async def test_searches_of_the_commission_are_not_saved(seeking: Seeking) -> None:
    """Its disclosures are not notified to owners, so it is not notified either."""
    await seeking.search("IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)
    await seeking.enter()
    assert await seeking.bureaus_told() == []
    assert await seeking.kept() == (0, 0)


@pytest.mark.parametrize(("after", "told"), [(KEPT_FOR - A_MOMENT, ["DE"]), (KEPT_FOR, [])])
async def test_a_search_is_matched_for_72_hours(
    seeking: Seeking, clock: FixedClock, after: timedelta, told: list[str]
) -> None:
    """A record entered one second before the end is notified, at the end it is not."""
    await seeking.search("DE")
    clock.advance(after)
    await seeking.enter()
    assert await seeking.bureaus_told() == told


@pytest.mark.both_databases
async def test_a_record_entered_within_72_hours_is_notified_even_if_it_is_matched_later(
    seeking: Seeking, clock: FixedClock
) -> None:
    """As when the service was not running meanwhile."""
    await seeking.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    await seeking.enter()
    clock.advance(timedelta(hours=5))
    await SearchExpiry(seeking.database, clock, always).turn()
    assert await seeking.bureaus_told() == ["DE"]
    await seeking.forgetting.turn()
    assert await seeking.kept() == (0, 0)


async def test_a_saved_search_is_deleted_after_72_hours(seeking: Seeking, clock: FixedClock) -> None:
    """With its keys, and not before its time."""
    await seeking.search("DE")
    clock.advance(A_MOMENT)
    await seeking.search("DE", "green")
    clock.advance(KEPT_FOR - A_MOMENT)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (1, 1)
    clock.advance(A_MOMENT)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (0, 0)


async def test_saved_searches_are_deleted_in_batches(
    seeking: Seeking, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other writers get their turn in between; the rest is deleted the next time."""
    monkeypatch.setattr("shared.records.search.saved_searches.EXPIRY_BATCH_SIZE", 2)
    monkeypatch.setattr("shared.records.search.saved_searches.MAX_FORGOTTEN", 4)
    await seeking.keep_many("DE", 7)
    clock.advance(KEPT_FOR + A_MOMENT)
    left = []
    for _ in range(3):
        await seeking.forgetting.turn()
        left.append(await seeking.kept())
    assert left == [(3, 3), (0, 0), (0, 0)]


async def test_a_saved_search_is_deleted_though_matching_is_stalled(seeking: Seeking, clock: FixedClock) -> None:
    """Its deletion waits an hour for matching, and no longer."""
    await seeking.search("DE")
    await seeking.enter()
    clock.advance(KEPT_FOR)
    await seeking.forgetting.turn()
    clock.advance(MAX_STALL - A_MOMENT)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (1, 1)
    clock.advance(A_MOMENT)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (0, 0)


async def test_a_repeated_search_is_saved_once_and_kept_as_long_as_the_last(
    seeking: Seeking, clock: FixedClock
) -> None:
    """A search of another officer, or for another purpose, is another one."""
    await seeking.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    again = await seeking.search("DE")
    assert await seeking.kept() == (1, 1)
    clock.advance(KEPT_FOR - A_MOMENT)
    lamp = await seeking.enter()
    assert await seeking.told() == [("DE", "de.officer", lamp.id, again.request_id, "delayed-inquiry")]
    await seeking.search("DE", officer="de.other")
    await seeking.search("DE", purpose=Purpose.WARNING)
    assert await seeking.kept() == (3, 3)


@pytest.mark.both_databases
async def test_a_request_with_several_searches_is_notified_of_a_record_once(
    seeking: Seeking,
) -> None:
    """For example a check of many vehicles by number and by plate."""
    searcher = seeking.searcher("DE")
    store = LampStore(seeking.database.reading, searcher, seeking.now)
    for query in (LampSearch(colour="red"), LampSearch(colour="red", at_least=3)):
        await store.search(query)
    await seeking.append_request(searcher, None)
    assert await seeking.kept() == (2, 2)
    await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_bureau_cannot_suppress_a_notification_to_another_by_reusing_its_request_id(seeking: Seeking) -> None:
    """A bureau chooses the ids of its requests."""
    lamp = await seeking.enter("green")
    searcher = await seeking.search("DE")
    hostile = Caller(BureauCode("KE"), "ke.officer", frozenset(), Purpose.WARNING, searcher.request_id)
    found = await LampStore(seeking.database.reading, hostile, seeking.now).find(LampSearch(colour="green"))
    await seeking.append_request(hostile, found)
    await seeking.change(lamp, colour="red")
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_search_in_progress_while_a_record_is_entered_is_matched_later(
    seeking: Seeking, clock: FixedClock
) -> None:
    """It did not find the record and was not saved when that was matched; one that began later found it."""
    searcher = seeking.searcher("DE")
    found = await LampStore(seeking.database.reading, searcher, seeking.now).search(LampSearch(colour="red"))
    clock.advance(A_MOMENT)
    lamp = await seeking.enter()
    assert await seeking.told() == []
    await seeking.append_request(searcher, found)
    await seeking.search("KE")
    clock.advance(UNDER_WAY_FOR)
    assert await seeking.told() == []
    clock.advance(A_MOMENT)
    expected = [("DE", "de.officer", lamp.id, searcher.request_id, "delayed-inquiry")]
    assert await seeking.told() == expected
    assert await seeking.told() == expected


async def test_each_searcher_is_notified_once_though_the_process_is_killed(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any write, after each batch, and before the cursor is stored: the next process continues."""
    monkeypatch.setattr(matching, "MATCH_BATCH_SIZE", 2)
    for number in range(5):
        await seeking.search("DE", officer=f"de.{number}")
    await seeking.enter()
    told = []
    for writes in (0, 1, 1, 1):
        await end_after(writes, seeking.database, seeking.another_process(), monkeypatch)
        told.append(await seeking.officers_told())
    assert [len(officers) for officers in told] == [0, 2, 4, 5]
    await seeking.matching.turn()
    assert await seeking.officers_told() == told[-1]
    assert len(set(told[-1])) == 5


async def end_after(
    writes: int, database: Database, process: SavedSearchMatching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let a process work until it has written so often, and end it before it does so once more."""
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
    seeking: Seeking, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reads all changes, and what the others have notified."""
    monkeypatch.setattr(matching, "MATCH_BATCH_SIZE", 2)
    for number in range(7):
        await seeking.search("DE", officer=f"de.{number}")
    others = [open_database(database_url) for _ in range(3)]
    for colour in ("red", "green", "red"):
        await seeking.enter(colour)
    await asyncio.gather(*(seeking.another_process(other).turn() for other in others))
    for other in others:
        await other.close()
    told = [(officer, record) for _, officer, record, *_ in await seeking.told()]
    assert len(told) == len(set(told)) == 14


@pytest.mark.both_databases
async def test_changes_are_matched_in_order_and_in_batches(seeking: Seeking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the store keeps the rows in another order."""
    monkeypatch.setattr(matching, "CHANGE_BATCH_SIZE", 2)
    await seeking.search("DE")
    entered = [(await seeking.enter()).id for _ in range(5)]
    await move_rows(seeking.database, disclosures.c.number)
    assert [record for _, _, record, *_ in await seeking.told()] == entered


async def test_a_process_skips_changes_that_another_has_matched_meanwhile(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It notifies no searcher again, and does not set the cursor back."""
    await seeking.search("DE")
    first, rival = await seeking.enter(), seeking.another_process()
    entered = [first.id]

    usual = LampStore.matcher

    async def overtaken(reading: Session, record: Lamp, at: datetime) -> Any:
        monkeypatch.undo()
        entered.append((await seeking.enter()).id)
        await rival.turn()
        return await usual(reading, record, at)

    monkeypatch.setattr(LampStore, "matcher", overtaken)
    await seeking.matching.turn()
    assert [record for _, _, record, *_ in await seeking.told()] == entered


async def test_the_newest_searches_of_each_bureau_are_compared(seeking: Seeking) -> None:
    """However many one bureau makes, those of another are compared as well."""
    lamp = await seeking.enter()
    await seeking.keep_many("DE", MAX_COMPARED + 1)
    await seeking.keep_many("KE", 1)
    officers = await seeking.compared_with(lamp)
    assert len(officers) == MAX_COMPARED + 1
    assert {"KE 0", f"DE {MAX_COMPARED}"} <= officers
    assert "DE 0" not in officers


async def test_each_bureau_has_its_share_when_there_are_too_many_searches(seeking: Seeking) -> None:
    """The newest of each bureau before the second newest of any."""
    lamp = await seeking.enter()
    for bureau, how_many in (("DE", 9), ("KE", 2), ("PL", 1)):
        await seeking.keep_many(bureau, how_many)
    assert await seeking.compared_with(lamp, at_most=3) == {"DE 8", "KE 1", "PL 0"}
    assert await seeking.compared_with(lamp, at_most=7) == {"DE 8", "DE 7", "DE 6", "DE 5", "KE 1", "KE 0", "PL 0"}


async def test_the_number_of_skipped_searches_is_logged(seeking: Seeking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any search or searcher."""
    monkeypatch.setattr(LampStore, "max_compared", 3)
    for number in range(5):
        await seeking.search("DE", officer=f"officer {number}")
    await seeking.enter("green")
    await seeking.enter()
    assert len(await seeking.told()) == 3
    [event] = seeking.events("searches-passed-over")
    assert {name: event[name] for name in event.keys() - {"at", "level", "part", "event"}} == {
        "kind": "lamp",
        "compared": 3,
        "passed_over": 2,
    }


@pytest.mark.both_databases
async def test_an_unreadable_search_does_not_block_the_others(seeking: Seeking) -> None:
    """As one that was damaged in the store."""
    await seeking.search("DE")
    await seeking.search("KE")
    async with seeking.database.writing() as session:
        await session.execute(
            sa.update(saved_searches).where(saved_searches.c.bureau == "DE").values(query=b'{"hue":"red"}')
        )
    await seeking.enter()
    with pytest.raises(ValidationError):
        await seeking.matching.turn()
    assert await seeking.officers_told() == ["ke.officer"]


async def test_a_search_whose_match_cannot_be_written_does_not_block_the_others(
    seeking: Seeking, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are notified at once, of this record and of the next; it expires as they do."""
    match = LampStore.match

    def spoilt(record: Lamp, query: LampSearch, at: datetime) -> Hit[Lamp] | None:
        if query.at_least:
            # Half a pair is no text that any store could keep.
            return Hit.model_construct(score=1.0, match="\ud800", record=record)
        return match(record, query, at)

    for bureau, at_least in (("DE", None), ("KE", 1), ("PL", None)):
        await seeking.search(bureau, at_least=at_least)
    monkeypatch.setattr(LampStore, "match", spoilt)
    entered = [await seeking.enter(), await seeking.enter()]
    for _ in range(matching.TRIES - 1):
        with pytest.raises(UnicodeEncodeError):
            await seeking.matching.turn()
        assert sorted(await seeking.officers_told()) == ["de.officer"] * 2 + ["pl.officer"] * 2
    assert sorted(await seeking.bureaus_told()) == ["DE"] * 2 + ["PL"] * 2
    assert [event["record"] for event in seeking.events("change-not-matched")] == [lamp.id for lamp in entered]
    clock.advance(KEPT_FOR)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (0, 0)


@pytest.mark.both_databases
async def test_an_unreadable_record_does_not_block_the_others(seeking: Seeking) -> None:
    """It is skipped after some tries, and the log states its id."""
    await seeking.search("DE")
    spoilt, _ = await seeking.enter(), await seeking.enter()
    async with seeking.database.writing() as session:
        await session.execute(sa.update(lamps).where(lamps.c.id == spoilt.id).values(content="{}"))
    for _ in range(matching.TRIES - 1):
        with pytest.raises(ValidationError):
            await seeking.matching.turn()
        assert await seeking.officers_told() == ["de.officer"]
    await seeking.matching.turn()
    [event] = seeking.events("change-not-matched")
    assert (event["kind"], event["record"], event["error"]) == ("lamp", spoilt.id, "ValidationError")
    await seeking.enter()
    assert await seeking.bureaus_told() == ["DE", "DE"]


async def test_no_searcher_is_skipped_while_the_store_cannot_be_written(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while its disk is full: notifications wait, and have all their tries afterwards."""
    await seeking.search("DE")
    await seeking.enter()
    for _ in range(2 * matching.TRIES + 1):
        await end_after(0, seeking.database, seeking.matching, monkeypatch)

    async def fail(*_: Any) -> None:
        raise OSError("the store is busy")

    with monkeypatch.context() as patched:
        patched.setattr(LampStore, "present", fail)
        with pytest.raises(OSError, match="busy"):
            await seeking.matching.turn()
    assert await seeking.bureaus_told() == ["DE"]


async def test_the_matching_cursor_is_stored_only_after_changes(seeking: Seeking) -> None:
    """Searches, of which there are thousands a second, are passed without a write."""
    reading, seen = seeking.database.reading, []
    for _ in range(2):
        await seeking.enter()
        await seeking.matching.turn()
        seen.append(await position(reading, matching.PROMPT))
        await seeking.search("DE", "red")
        await seeking.matching.turn()
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
        recent.note(fresh, caller)
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
    recent.note([search], caller)
    clock.step(leap)
    caller.recorder.searches.append(SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp()))
    assert len(recent.fresh(caller)) == 1


async def test_a_clock_that_is_set_deletes_no_search_that_is_still_to_be_matched(
    seeking: Seeking, clock: FixedClock
) -> None:
    """The wait for stalled matching is measured in elapsed seconds."""
    await seeking.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    await seeking.enter()
    await seeking.forgetting.turn()
    clock.step(MAX_STALL)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (1, 1)


def test_the_number_of_remembered_recent_searches_is_limited(clock: FixedClock) -> None:
    """Those noted longest ago are forgotten first, and saved again if they are made again."""
    recent, at = RecentSearches(), clock.now().timestamp()
    caller = Caller(BureauCode("DE"), "de.officer", frozenset(), Purpose.WARNING, "request")
    searches = [SavedSearch("lamp", str(number).encode(), lambda: (1,), at) for number in range(MAX_RECENT + 1)]
    recent.note(searches, caller)
    caller.recorder.searches.extend([searches[0], searches[1], searches[-1]])
    assert recent.fresh(caller) == [searches[0]]
