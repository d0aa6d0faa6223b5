"""Repeated hits are gathered for a while and then notified together, to bureaus that may still see the record."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shared.background import ChangeSignal
from shared.protocol import payloads
from shared.protocol.payloads import HitsNotice
from shared.records.hits.deduplication import REPEATS_SECONDS
from shared.records.hits.notifier import HitNotifier
from shared.records.tables import hit_repeats, outgoing
from tests.shared.records.record_kind import Thing, ThingRecords, ThingStore
from tests.stores import move_rows


def notifier_of(records: ThingRecords) -> HitNotifier:
    return HitNotifier("things", [ThingStore], records.database, records.clock, ChangeSignal(), records.service_log)


async def notified_hits(records: ThingRecords) -> list[tuple[str, int]]:
    """Advance the clock, and return the record of each hit notified then, with its count."""
    records.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    await notifier_of(records).run_once()
    notified = [message.form for message in await records.notifications()]
    return [(hit.record, hit.times) for form in notified if isinstance(form, HitsNotice) for hit in form.hits]


async def find_often(records: ThingRecords, thing: Thing, *, gathered: bool) -> None:
    """Let Germany find a thing, which is notified at once, and twice more, which are notified together."""
    notifier = notifier_of(records)
    await records.show("DE", thing, how="search", match="name: Nobody")
    await notifier.run_once()
    for _ in range(2):
        await records.show("DE", thing, how="search", match="name: Nobody")
    if gathered:
        await notifier.run_once()


@pytest.mark.parametrize("gathered", [True, False])
@pytest.mark.parametrize("way", ["restricted", "deleted"])
async def test_gathered_repeats_are_not_notified_to_the_finder_after_a_withdrawal(
    records: ThingRecords, way: str, *, gathered: bool
) -> None:
    """Whether they were gathered before or after it; those of another record are notified."""
    thing, other = await records.enter(), await records.enter()
    for each in (thing, other):
        await find_often(records, each, gathered=gathered)
    if way == "deleted":
        await records.delete(thing)
    else:
        await records.change(thing, restricted=("DE",))
    await notifier_of(records).run_once()
    await records.notifications()
    assert await notified_hits(records) == [(other.id, 2)]
    assert await notified_hits(records) == []
    assert await records.database.reading.fetch(sa.select(hit_repeats)) == []


async def test_repeats_of_a_record_that_is_visible_again_are_notified(records: ThingRecords) -> None:
    """Those that were found since."""
    thing = await records.enter()
    restricted = await records.change(thing, restricted=("DE",))
    opened = await records.change(restricted, restricted=())
    await find_often(records, opened, gathered=True)
    await records.notifications()
    assert await notified_hits(records) == [(thing.id, 2)]


async def test_neither_notifications_nor_gathered_repeats_contain_the_match(records: ThingRecords) -> None:
    """It may be a name, and a sent message cannot be erased with the record."""
    thing = await records.enter()
    await find_often(records, thing, gathered=True)
    for table in (outgoing, hit_repeats):
        rows = await records.database.reading.fetch(sa.select(table))
        assert rows
        assert "Nobody" not in str(rows)
    await records.delete(thing)
    assert "Nobody" not in str([payloads.write(message.form) for message in await records.notifications()])


@pytest.mark.both_databases
async def test_gathered_repeats_are_notified_in_batches(records: ThingRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those notified longest ago come first."""
    monkeypatch.setattr("shared.records.repeats.BATCH_SIZE", 2)
    found = [await records.enter() for _ in range(5)]
    for thing in found:
        await find_often(records, thing, gathered=True)
    await move_rows(records.database, hit_repeats.c.notified)
    await records.notifications()
    notified = [await notified_hits(records) for _ in range(3)]
    assert [sorted(each) for each in notified] == [
        sorted((thing.id, 2) for thing in some) for some in (found[:2], found[2:4], found[4:])
    ]
