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
from tests.shared.records.record_kind import Keeping, Thing, ThingStore
from tests.stores import move_rows


def notifier_of(keeping: Keeping) -> HitNotifier:
    return HitNotifier("things", [ThingStore], keeping.database, keeping.clock, ChangeSignal(), keeping.noted)


async def hits_told(keeping: Keeping) -> list[tuple[str, int]]:
    """Let some time pass, and return the record of each hit that was told then, with how often it was found."""
    keeping.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    await notifier_of(keeping).turn()
    told = [letter.form for letter in await keeping.told()]
    return [(hit.record, hit.times) for form in told if isinstance(form, HitsNotice) for hit in form.hits]


async def find_often(keeping: Keeping, thing: Thing, *, gathered: bool) -> None:
    """Let Germany find a thing, of which both are told, and twice more, of which they are to be told together."""
    notifier = notifier_of(keeping)
    await keeping.show("DE", thing, how="search", match="name: Nobody")
    await notifier.turn()
    for _ in range(2):
        await keeping.show("DE", thing, how="search", match="name: Nobody")
    if gathered:
        await notifier.turn()


@pytest.mark.parametrize("gathered", [True, False])
@pytest.mark.parametrize("way", ["restricted", "deleted"])
async def test_gathered_repeats_are_not_notified_to_the_finder_after_a_withdrawal(
    keeping: Keeping, way: str, *, gathered: bool
) -> None:
    """Whether they were gathered before or after it; those of another record are notified."""
    thing, other = await keeping.enter(), await keeping.enter()
    for each in (thing, other):
        await find_often(keeping, each, gathered=gathered)
    if way == "deleted":
        await keeping.delete(thing)
    else:
        await keeping.change(thing, restricted=("DE",))
    await notifier_of(keeping).turn()
    await keeping.told()
    assert await hits_told(keeping) == [(other.id, 2)]
    assert await hits_told(keeping) == []
    assert await keeping.database.reading.fetch(sa.select(hit_repeats)) == []


async def test_repeats_of_a_record_that_is_visible_again_are_notified(keeping: Keeping) -> None:
    """Those that were found since."""
    thing = await keeping.enter()
    restricted = await keeping.change(thing, restricted=("DE",))
    opened = await keeping.change(restricted, restricted=())
    await find_often(keeping, opened, gathered=True)
    await keeping.told()
    assert await hits_told(keeping) == [(thing.id, 2)]


async def test_neither_notifications_nor_gathered_repeats_contain_the_match(keeping: Keeping) -> None:
    """It may be a name, and a sent message cannot be erased with the record."""
    thing = await keeping.enter()
    await find_often(keeping, thing, gathered=True)
    for table in (outgoing, hit_repeats):
        rows = await keeping.database.reading.fetch(sa.select(table))
        assert rows
        assert "Nobody" not in str(rows)
    await keeping.delete(thing)
    assert "Nobody" not in str([payloads.write(letter.form) for letter in await keeping.told()])


@pytest.mark.both_databases
async def test_gathered_repeats_are_notified_in_batches(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those notified longest ago come first."""
    monkeypatch.setattr("shared.records.hits.deduplication.BATCH_SIZE", 2)
    found = [await keeping.enter() for _ in range(5)]
    for thing in found:
        await find_often(keeping, thing, gathered=True)
    await move_rows(keeping.database, hit_repeats.c.notified)
    await keeping.told()
    told = [await hits_told(keeping) for _ in range(3)]
    assert [sorted(each) for each in told] == [
        sorted((thing.id, 2) for thing in some) for some in (found[:2], found[2:4], found[4:])
    ]
