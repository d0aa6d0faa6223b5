"""What is entered is matched against what was sought before: who is told, how often, and what is forgotten."""

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
async def test_who_searched_in_vain_is_told_of_what_is_entered_later(seeking: Seeking) -> None:
    """It is a disclosure: a leaf of its own, in the name of the officer who searched, for his purpose."""
    searcher = await seeking.search("DE", purpose=Purpose.MISSING_PERSON)
    await seeking.search("DE", "green")
    lamp = await seeking.enter()
    assert await seeking.told() == [("DE", "de.officer", lamp.id, searcher.request_id, "delayed-inquiry")]
    leaf = await seeking.last_leaf()
    assert (leaf.operation, leaf.status, leaf.query, leaf.answer) == ("match_inquiry", NOT_ANSWERED, None, None)
    assert (leaf.bureau, leaf.officer, leaf.purpose) == ("DE", "de.officer", "missing-person")
    assert (leaf.request, leaf.records is None) == (searcher.request_id, False)


async def test_he_is_told_once(seeking: Seeking) -> None:
    """However often the record is changed, and however often it is looked at."""
    await seeking.search("DE")
    lamp = await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]
    await seeking.change(lamp, handling=Handling.RESTRICTED)
    assert await seeking.bureaus_told() == ["DE"]


async def test_what_the_search_itself_showed_is_not_told_again(seeking: Seeking) -> None:
    """Nor when it is changed; another search of the same bureau, which did not show it, is told."""
    lamp = await seeking.enter()
    await seeking.search("DE")
    await seeking.search("DE", "green")
    changed = await seeking.change(lamp, handling=Handling.RESTRICTED)
    assert await seeking.bureaus_told() == []
    await seeking.change(changed, colour="green")
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_record_that_becomes_visible_is_told(seeking: Seeking) -> None:
    """To those who were barred when they searched, and to all when it is opened to them."""
    barred = await seeking.enter(restricted=["DE"])
    drafted = await seeking.change(await seeking.enter("green"), known_to=Audience.OWNER)
    await seeking.search("DE")
    await seeking.search("KE", "green")
    assert await seeking.bureaus_told() == []
    await seeking.change(barred, restricted=())
    await seeking.change(drafted, known_to=Audience.ALL)
    assert await seeking.bureaus_told() == ["DE", "KE"]


@pytest.mark.both_databases
async def test_nobody_is_told_of_what_he_may_not_see(seeking: Seeking) -> None:
    """Neither the barred, nor any but the owner of a draft, nor anybody of what is gone; nor the owner of his own."""
    for bureau in ("DE", "KE", "FR"):
        await seeking.search(bureau)
    await seeking.change(await seeking.enter(), known_to=Audience.OWNER)
    await seeking.enter(restricted=["DE"])
    gone = await seeking.enter()
    async with seeking.database.writing() as session:
        await LampStore(session, seeking.searcher("FR"), seeking.now).forget(gone, "deleted")
    assert await seeking.bureaus_told() == ["KE"]


async def test_the_rules_of_the_moment_decide_and_not_those_of_the_search(seeking: Seeking) -> None:
    """A bureau that is barred before the match is made is not told, though it was not when the record was entered."""
    await seeking.search("DE")
    lamp = await seeking.enter()
    await seeking.change(lamp, restricted=("DE",))
    assert await seeking.bureaus_told() == []


async def test_what_is_changed_while_it_is_matched_is_not_told_as_it_was(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner bars the searcher after the record was read."""
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


async def test_nothing_is_kept_of_what_the_commission_seeks(seeking: Seeking) -> None:
    """What it is shown is told to nobody, so nothing is told to it either."""
    await seeking.search("IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)
    await seeking.enter()
    assert await seeking.bureaus_told() == []
    assert await seeking.kept() == (0, 0)


@pytest.mark.parametrize(("after", "told"), [(KEPT_FOR - A_MOMENT, ["DE"]), (KEPT_FOR, [])])
async def test_a_search_is_matched_for_72_hours(
    seeking: Seeking, clock: FixedClock, after: timedelta, told: list[str]
) -> None:
    """What is entered one second before the end is told, at the end no more."""
    await seeking.search("DE")
    clock.advance(after)
    await seeking.enter()
    assert await seeking.bureaus_told() == told


@pytest.mark.both_databases
async def test_what_is_entered_in_time_is_told_however_late_it_is_matched(seeking: Seeking, clock: FixedClock) -> None:
    """As when the service was not running meanwhile."""
    await seeking.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    await seeking.enter()
    clock.advance(timedelta(hours=5))
    await SearchExpiry(seeking.database, clock, always).turn()
    assert await seeking.bureaus_told() == ["DE"]
    await seeking.forgetting.turn()
    assert await seeking.kept() == (0, 0)


async def test_what_was_sought_is_forgotten_after_72_hours(seeking: Seeking, clock: FixedClock) -> None:
    """The search and its keys, and nothing before its time."""
    await seeking.search("DE")
    clock.advance(A_MOMENT)
    await seeking.search("DE", "green")
    clock.advance(KEPT_FOR - A_MOMENT)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (1, 1)
    clock.advance(A_MOMENT)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (0, 0)


async def test_no_more_than_so_many_searches_are_forgotten_at_once(
    seeking: Seeking, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may write in between; the rest is forgotten the next time."""
    monkeypatch.setattr("shared.records.search.saved_searches.EXPIRY_BATCH_SIZE", 2)
    monkeypatch.setattr("shared.records.search.saved_searches.MAX_FORGOTTEN", 4)
    await seeking.keep_many("DE", 7)
    clock.advance(KEPT_FOR + A_MOMENT)
    left = []
    for _ in range(3):
        await seeking.forgetting.turn()
        left.append(await seeking.kept())
    assert left == [(3, 3), (0, 0), (0, 0)]


async def test_what_was_sought_is_forgotten_though_nothing_is_matched(seeking: Seeking, clock: FixedClock) -> None:
    """Who follows the changes may be behind for an hour; what was sought waits for no other who does not get on."""
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


async def test_the_same_search_again_is_kept_once_and_as_long_as_the_last(seeking: Seeking, clock: FixedClock) -> None:
    """Of another officer, or for another purpose, it is another."""
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
async def test_a_request_that_asked_for_several_things_is_told_once_of_a_record_that_fits_them(
    seeking: Seeking,
) -> None:
    """As a check of many vehicles by number and by plate may be."""
    searcher = seeking.searcher("DE")
    store = LampStore(seeking.database.reading, searcher, seeking.now)
    for query in (LampSearch(colour="red"), LampSearch(colour="red", at_least=3)):
        await store.search(query)
    await seeking.append_request(searcher, None)
    assert await seeking.kept() == (2, 2)
    await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]


async def test_another_bureau_cannot_keep_one_from_being_told_by_the_id_of_its_request(seeking: Seeking) -> None:
    """A bureau chooses the ids of its requests."""
    lamp = await seeking.enter("green")
    searcher = await seeking.search("DE")
    hostile = Caller(BureauCode("KE"), "ke.officer", frozenset(), Purpose.WARNING, searcher.request_id)
    found = await LampStore(seeking.database.reading, hostile, seeking.now).find(LampSearch(colour="green"))
    await seeking.append_request(hostile, found)
    await seeking.change(lamp, colour="red")
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_search_under_way_while_a_record_is_entered_is_matched_later(
    seeking: Seeking, clock: FixedClock
) -> None:
    """It did not see the record, and was not kept when that was matched; one that began later saw it."""
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


async def test_all_are_told_once_though_the_process_ends_in_the_middle(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any write, after each that tells some, and before it is noted that all are told: the next goes on."""
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
async def test_several_processes_tell_everybody_once(
    seeking: Seeking, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each looks at all that was changed, and at what the others told."""
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
async def test_changes_are_followed_in_their_order_however_many_there_are(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of them at a time, and none is left out where the store keeps them in another order."""
    monkeypatch.setattr(matching, "CHANGE_BATCH_SIZE", 2)
    await seeking.search("DE")
    entered = [(await seeking.enter()).id for _ in range(5)]
    await move_rows(seeking.database, disclosures.c.number)
    assert [record for _, _, record, *_ in await seeking.told()] == entered


async def test_a_process_leaves_to_another_what_that_has_followed_meanwhile(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither tells anybody again nor takes the other back to where it is itself."""
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
    """However many one bureau makes, those of another have their turn."""
    lamp = await seeking.enter()
    await seeking.keep_many("DE", MAX_COMPARED + 1)
    await seeking.keep_many("KE", 1)
    officers = await seeking.compared_with(lamp)
    assert len(officers) == MAX_COMPARED + 1
    assert {"KE 0", f"DE {MAX_COMPARED}"} <= officers
    assert "DE 0" not in officers


async def test_where_too_many_were_made_each_bureau_has_its_share(seeking: Seeking) -> None:
    """The newest of each before the second newest of any."""
    lamp = await seeking.enter()
    for bureau, how_many in (("DE", 9), ("KE", 2), ("PL", 1)):
        await seeking.keep_many(bureau, how_many)
    assert await seeking.compared_with(lamp, at_most=3) == {"DE 8", "KE 1", "PL 0"}
    assert await seeking.compared_with(lamp, at_most=7) == {"DE 8", "DE 7", "DE 6", "DE 5", "KE 1", "KE 0", "PL 0"}


async def test_it_is_logged_how_many_searches_are_passed_over(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a number, without any search or searcher."""
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
async def test_a_search_that_cannot_be_read_keeps_no_other_from_being_told(seeking: Seeking) -> None:
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


async def test_a_search_whose_match_cannot_be_written_keeps_nobody_else_from_being_told(
    seeking: Seeking, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are told at once, of this record and of the next; it is forgotten in its time as they are."""
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
async def test_a_record_that_cannot_be_read_keeps_no_other_from_being_told(seeking: Seeking) -> None:
    """It is passed over when it was tried often enough, and the log says which it is."""
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


async def test_nobody_is_passed_over_however_long_the_store_cannot_be_written(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while its disk is full: what is to be told waits, and has as many tries after that as anything."""
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


async def test_how_far_it_has_come_is_written_down_where_something_was_changed(seeking: Seeking) -> None:
    """Searches, of which there are thousands a second, are passed over without a write."""
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
def test_a_name_that_fits_a_search_is_looked_up_under_what_that_is_kept_under(
    sought: list[str], held: list[str]
) -> None:
    """Whatever the slip in it: no search that would find a record is missed."""
    tokens = {token for part in held for token in names.fold(part)}
    fits = all(any(names.similarity(token, other) for other in tokens) for token in names.fold(" ".join(sought)))
    if fits:
        assert names.query_terms(" ".join(sought)) & names.record_terms(held)


async def test_what_was_sought_a_moment_ago_is_not_written_down_again(clock: FixedClock) -> None:
    """A camera's search is kept once a minute; that of another officer, or for another purpose, by itself."""
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
def test_a_search_is_written_down_again_where_the_clock_was_set(clock: FixedClock, leap: timedelta) -> None:
    """Or what is entered meanwhile would be told to nobody."""
    recent, caller = RecentSearches(), Caller(BureauCode("DE"), "camera", frozenset(), Purpose.WARNING, "request")
    search = SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp())
    recent.note([search], caller)
    clock.step(leap)
    caller.recorder.searches.append(SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp()))
    assert len(recent.fresh(caller)) == 1


async def test_a_clock_that_is_set_forgets_no_search_that_is_still_to_be_matched(
    seeking: Seeking, clock: FixedClock
) -> None:
    """What keeps the matching from it is waited for by the seconds that pass."""
    await seeking.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    await seeking.enter()
    await seeking.forgetting.turn()
    clock.step(MAX_STALL)
    await seeking.forgetting.turn()
    assert await seeking.kept() == (1, 1)


def test_no_more_than_so_many_recent_searches_are_remembered(clock: FixedClock) -> None:
    """Those noted longest ago are forgotten first, and written down again if they are made again."""
    recent, at = RecentSearches(), clock.now().timestamp()
    caller = Caller(BureauCode("DE"), "de.officer", frozenset(), Purpose.WARNING, "request")
    searches = [SavedSearch("lamp", str(number).encode(), lambda: (1,), at) for number in range(MAX_RECENT + 1)]
    recent.note(searches, caller)
    caller.recorder.searches.extend([searches[0], searches[1], searches[-1]])
    assert recent.fresh(caller) == [searches[0]]
