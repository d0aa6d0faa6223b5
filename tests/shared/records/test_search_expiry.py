"""How long a search is saved, and when a repeated one is saved again."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.disclosure import SavedSearch
from shared.identity import Caller, Purpose
from shared.records.search.matching import MAX_STALL, SearchExpiry
from shared.records.search.saved_searches import KEPT_FOR, MAX_RECENT, RECENT_SECONDS, RecentSearches
from shared.storage import Session
from tests.shared.records.searchable_kind import LampService, metadata
from tests.stores import Tables
from tests.support import always

A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


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
    await SearchExpiry(service.database, clock, always).run_once()
    assert await service.matched_bureaus() == ["DE"]
    await service.expiry.run_once()
    assert await service.saved() == (0, 0)


async def test_a_saved_search_is_deleted_after_72_hours(service: LampService, clock: FixedClock) -> None:
    """With its keys, and not before its time."""
    await service.search("DE")
    clock.advance(A_MOMENT)
    await service.search("DE", "green")
    clock.advance(KEPT_FOR - A_MOMENT)
    await service.expiry.run_once()
    assert await service.saved() == (1, 1)
    clock.advance(A_MOMENT)
    await service.expiry.run_once()
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
        await service.expiry.run_once()
        left.append(await service.saved())
    assert left == [(3, 3), (0, 0), (0, 0)]


async def test_searches_of_many_keys_are_deleted_in_small_batches(
    service: LampService, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of so many keys each, as the whole service waits for the store meanwhile, and outside the event loop."""
    monkeypatch.setattr("shared.records.search.saved_searches.EXPIRY_BATCH_KEYS", 20)
    monkeypatch.setattr("shared.records.search.saved_searches.FEW_KEYS", 19)
    await service.save_many("DE", 7, shades=lambda _: 9)
    clock.advance(KEPT_FOR + A_MOMENT)
    left, threads = list[int](), list[bool]()
    writing = service.database.writing

    @asynccontextmanager
    async def watched(**options: Any) -> AsyncIterator[Session]:
        async with writing(**options) as session:
            execute = session.execute

            async def noted(*arguments: Any, in_thread: bool = False) -> int:
                threads.append(in_thread)
                return await execute(*arguments, in_thread=in_thread)

            monkeypatch.setattr(session, "execute", noted)
            yield session
        left.append((await service.saved())[1])

    monkeypatch.setattr(service.database, "writing", watched)
    await service.expiry.run_once()
    assert left == [50, 30, 10, 0]
    assert threads == [True, False] * 3 + [False, False]


@pytest.mark.both_databases
async def test_the_oldest_searches_of_many_keys_give_way(
    service: LampService, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those of the same bureau, and no subscription or search of few keys; what was entered before is a hit."""
    monkeypatch.setattr("shared.records.search.saved_searches.MAX_COSTLY_KEPT", 2)
    for shades in (1, 2):
        await service.search("DE", shades=shades)
    clock.advance(A_MOMENT)
    lamp = await service.enter()
    for bureau, shades in (("DE", 0), ("KE", 1), ("DE", 3), ("DE", 4)):
        clock.advance(A_MOMENT)
        await service.search(bureau, shades=shades)
    clock.advance(A_MOMENT)
    later = await service.enter()
    matched = Counter((record, bureau) for bureau, _, record, *_ in await service.matches())
    assert matched == {(lamp.id, "DE"): 2, (later.id, "DE"): 3, (later.id, "KE"): 1}
    await service.expiry.run_once()
    assert await service.saved() == (4, 1 + 2 + 4 + 5)


async def test_a_saved_search_is_deleted_though_matching_is_stalled(service: LampService, clock: FixedClock) -> None:
    """Its deletion waits an hour for matching, and no longer."""
    await service.search("DE")
    await service.enter()
    clock.advance(KEPT_FOR)
    await service.expiry.run_once()
    clock.advance(MAX_STALL - A_MOMENT)
    await service.expiry.run_once()
    assert await service.saved() == (1, 1)
    clock.advance(A_MOMENT)
    await service.expiry.run_once()
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


async def test_a_recent_identical_search_is_not_saved_again(clock: FixedClock) -> None:
    """A camera's search is saved once a minute; that of another officer, or for another purpose, separately."""
    recent = RecentSearches()

    def searched(officer: str, purpose: Purpose = Purpose.WARNING) -> int:
        caller = Caller(BureauCode("DE"), officer, frozenset(), purpose, "request")
        caller.recorder.searches.append(SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp()))
        fresh = recent.fresh(caller)
        recent.remember(fresh)
        return len(fresh)

    assert [searched("camera"), searched("camera"), searched("other"), searched("other")] == [1, 0, 1, 0]
    assert searched("camera", Purpose.SECURITY_CHECK) == 1
    clock.advance(timedelta(seconds=RECENT_SECONDS))
    assert searched("camera") == 1


@pytest.mark.parametrize("leap", [timedelta(days=-1), timedelta(days=1)], ids=str)
def test_a_search_is_saved_again_after_the_clock_was_set(clock: FixedClock, leap: timedelta) -> None:
    """Otherwise records entered meanwhile would not be notified."""
    recent, caller = RecentSearches(), Caller(BureauCode("DE"), "camera", frozenset(), Purpose.WARNING, "request")
    caller.recorder.searches.append(SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp()))
    recent.remember(recent.fresh(caller))
    clock.step(leap)
    caller.recorder.searches[:] = [SavedSearch("lamp", b"green", lambda: (1,), clock.now().timestamp())]
    assert len(recent.fresh(caller)) == 1


async def test_a_clock_that_is_set_deletes_no_search_that_is_still_to_be_matched(
    service: LampService, clock: FixedClock
) -> None:
    """The wait for stalled matching is measured in elapsed seconds."""
    await service.search("DE")
    clock.advance(KEPT_FOR - A_MOMENT)
    await service.enter()
    await service.expiry.run_once()
    clock.step(MAX_STALL)
    await service.expiry.run_once()
    assert await service.saved() == (1, 1)


def test_the_number_of_remembered_recent_searches_is_limited(clock: FixedClock) -> None:
    """Those remembered longest ago are forgotten first, and saved again if they are made again."""
    recent, at = RecentSearches(), clock.now().timestamp()
    caller = Caller(BureauCode("DE"), "de.officer", frozenset(), Purpose.WARNING, "request")
    searches = [SavedSearch("lamp", str(number).encode(), lambda: (1,), at) for number in range(MAX_RECENT + 1)]
    caller.recorder.searches.extend(searches)
    recent.remember(recent.fresh(caller))
    caller.recorder.searches[:] = [searches[0], searches[1], searches[-1]]
    assert [each.search for each in recent.fresh(caller)] == [searches[0]]
