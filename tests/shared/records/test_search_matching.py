"""The job that matches changes with saved searches: in batches, in several processes, and despite failures."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from shared.audit.tables import disclosures
from shared.bureaus import PARTICIPATING
from shared.clock import FixedClock
from shared.records.cursor import position
from shared.records.results import Hit
from shared.records.search import matching
from shared.records.search.matching import SavedSearchMatching, changes_in
from shared.records.search.saved_searches import KEPT_FOR, MAX_COMPARED, MAX_COSTLY, MAX_COSTLY_TOTAL
from shared.records.tables import saved_searches
from shared.storage import Database, Session, open_database
from tests.shared.records.searchable_kind import Lamp, LampSearch, LampService, LampStore, lamps, metadata
from tests.stores import Tables, move_rows


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


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
    await service.matching.run_once()
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
            await process.run_once()


@pytest.mark.thorough
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
    await asyncio.gather(*(service.another_process(other).run_once() for other in others))
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


def test_owners_take_turns_among_the_changes_that_are_matched() -> None:
    """So that the record of one does not wait for hundreds of another; each owner's stay in their order."""
    entered = [("a1", "FR"), ("a2", "FR"), ("a3", "FR"), ("b1", "IT"), ("a1", "FR"), ("b2", "IT")]
    rows: Any = [
        SimpleNamespace(kind="lamp", record_id=record, owner=owner, leaf=leaf, at=0.0)
        for leaf, (record, owner) in enumerate(entered)
    ]
    changes = changes_in(rows, {})
    assert [change.record_id for change in changes] == ["a1", "b1", "a2", "b2", "a3"]
    assert changes[0].leaf == 0
    assert [change.record_id for change in changes_in(rows, {"FR": 1})] == ["b1", "a1", "b2", "a2", "a3"]


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
        await rival.run_once()
        return await usual(reading, record, at)

    monkeypatch.setattr(LampStore, "matcher", overtaken)
    await service.matching.run_once()
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


@pytest.mark.both_databases
async def test_few_of_the_searches_that_take_long_are_compared(service: LampService) -> None:
    """Of a bureau those that share most keys with the record, the newest of equal ones; others lose no place."""
    await service.save_many("DE", MAX_COSTLY + 5, shades=lambda number: 9 if number in (0, 1) else 3)
    await service.save_many("KE", 3)
    officers = await service.compared_with(await service.enter(), at_most=3)
    assert officers == {f"DE {number}" for number in (0, 1, *range(7, MAX_COSTLY + 5))} | {f"KE {n}" for n in range(3)}
    await service.matching.run_once()
    assert [event["passed_over"] for event in service.events("searches-passed-over")] == [5]


async def test_few_of_all_bureaus_searches_that_take_long_are_compared(service: LampService) -> None:
    """However many bureaus work together; each has its share."""
    bureaus = sorted(PARTICIPATING - {"FR"})[: MAX_COSTLY_TOTAL // MAX_COSTLY + 1]
    for bureau in bureaus:
        await service.save_many(bureau, MAX_COSTLY, shades=lambda _: 1)
    officers = await service.compared_with(await service.enter())
    assert len(officers) == MAX_COSTLY_TOTAL
    assert min(Counter(officer[:2] for officer in officers).values()) >= MAX_COSTLY_TOTAL // len(bureaus)


async def test_how_far_matching_is_and_what_is_new_is_seen_while_it_takes_long(
    service: LampService, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searches that wait for it do not expire unmatched, and a newer change waits for one other, not for hundreds."""
    await service.search("DE")
    entered, reached = [(await service.enter()).id for _ in range(4)], list[int]()
    usual = LampStore.matcher

    async def slowly(reading: Session, record: Lamp, at: datetime) -> Any:
        reached.append(await position(reading, matching.CURRENT))
        if record.id == entered[0]:
            entered.append((await service.enter(owner="IT")).id)
        clock.advance(timedelta(seconds=matching.LOOKS_AGAIN_SECONDS))
        return await usual(reading, record, at)

    monkeypatch.setattr(LampStore, "matcher", slowly)
    await service.matching.run_once()
    # That of Italy is matched second, and is the last of the log.
    assert (len(reached), reached == sorted(reached), len(set(reached))) == (5, True, 4)
    matched = [record for _, _, record, *_ in await service.matches()]
    assert matched.index(entered[-1]) == 1


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
        await service.matching.run_once()
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
            await service.matching.run_once()
        assert sorted(await service.matched_officers()) == ["de.officer"] * 2 + ["pl.officer"] * 2
    assert sorted(await service.matched_bureaus()) == ["DE"] * 2 + ["PL"] * 2
    assert [event["record"] for event in service.events("change-not-matched")] == [lamp.id for lamp in entered]
    clock.advance(KEPT_FOR)
    await service.expiry.run_once()
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
            await service.matching.run_once()
        assert await service.matched_officers() == ["de.officer"]
    await service.matching.run_once()
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
            await service.matching.run_once()
    assert await service.matched_bureaus() == ["DE"]


async def test_the_matching_cursor_is_stored_only_after_changes(service: LampService) -> None:
    """Searches, of which there are thousands a second, are passed without a write."""
    reading, seen = service.database.reading, []
    for _ in range(2):
        await service.enter()
        await service.matching.run_once()
        seen.append(await position(reading, matching.CURRENT))
        await service.search("DE", "red")
        await service.matching.run_once()
        assert await position(reading, matching.CURRENT) == seen[-1]
    assert seen[0] < seen[1]
