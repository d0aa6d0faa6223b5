"""What is found again a moment after it was told: gathered, and told together, to who may know of it still."""

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
async def test_nothing_that_was_gathered_is_told_to_the_finder_after_the_withdrawal(
    keeping: Keeping, way: str, *, gathered: bool
) -> None:
    """Whether it was gathered before or after; the officer is notified of another record."""
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


async def test_what_is_found_in_a_record_that_is_open_again_is_told(keeping: Keeping) -> None:
    """With what was gathered of it since."""
    thing = await keeping.enter()
    restricted = await keeping.change(thing, restricted=("DE",))
    opened = await keeping.change(restricted, restricted=())
    await find_often(keeping, opened, gathered=True)
    await keeping.told()
    assert await hits_told(keeping) == [(thing.id, 2)]


async def test_no_letter_says_what_met_what(keeping: Keeping) -> None:
    """As that may be a name, and a letter cannot be emptied with the record; nor does what is gathered for one."""
    thing = await keeping.enter()
    await find_often(keeping, thing, gathered=True)
    for table in (outgoing, hit_repeats):
        rows = await keeping.database.reading.fetch(sa.select(table))
        assert rows
        assert "Nobody" not in str(rows)
    await keeping.delete(thing)
    assert "Nobody" not in str([payloads.write(letter.form) for letter in await keeping.told()])


@pytest.mark.both_databases
async def test_however_much_was_gathered_a_little_of_it_is_told_at_once(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told longest ago first."""
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
