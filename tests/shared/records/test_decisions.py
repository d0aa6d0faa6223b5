"""What the Commission decided is done once, whoever asks again, and by nobody else's words. On both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.errors import Conflict, Invalid, NotFound
from shared.records import tables
from shared.records.rules import DecidedOtherwise, RecordGone
from shared.records.versions import give_reason
from tests.shared.records.record_kind import Keeping, Thing, ThingStore

CORRECTION: dict[str, Any] = {"decision": "correct", "corrections": {"colour": "blue"}}
DELETION: dict[str, Any] = {"decision": "delete"}


async def held(keeping: Keeping, table: sa.Table) -> list[Any]:
    return list(await keeping.database.reading.fetch(sa.select(table).order_by(*table.primary_key)))


async def newest(keeping: Keeping) -> Thing:
    [row] = await held(keeping, ThingStore.table)
    return Thing.model_validate_json(row.content)


@pytest.mark.both_databases
@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_the_same_decision_is_carried_out_once_and_answered_the_same(
    keeping: Keeping, decision: dict[str, Any]
) -> None:
    """To the moment, also later; nobody is told twice."""
    thing = await keeping.enter()
    keeping.clock.advance(timedelta(microseconds=123_457))
    done = await keeping.decide(thing.id, **decision)
    assert (done.id, done.version, done.at) == (thing.id, 2, keeping.now)
    keeping.clock.advance(timedelta(days=1))
    assert await keeping.decide(thing.id, **decision) == done
    assert len(await keeping.told()) == 1


async def test_corrections_are_the_same_in_whatever_order_they_are_stated(keeping: Keeping) -> None:
    """JSON knows no order."""
    thing = await keeping.enter()
    done = await keeping.decide(thing.id, decision="correct", corrections={"colour": "blue", "size": 4})
    again = await keeping.decide(thing.id, decision="correct", corrections={"size": 4, "colour": "blue"})
    assert again == done


@pytest.mark.parametrize("other", [CORRECTION | {"corrections": {"colour": "green"}}, DELETION])
async def test_nothing_else_is_done_under_the_same_reference(keeping: Keeping, other: dict[str, Any]) -> None:
    """A decision is final; under another reference another one may be made."""
    thing = await keeping.enter()
    await keeping.decide(thing.id, **CORRECTION)
    with pytest.raises(DecidedOtherwise, match="CCF/2026/12"):
        await keeping.decide(thing.id, **other)
    assert (await newest(keeping)).colour == "blue"
    assert (await keeping.decide(thing.id, reference="CCF/2026/13", **other)).version == 3


async def test_what_an_owner_writes_is_not_taken_for_a_decision(keeping: Keeping) -> None:
    """Although the owner gives the reference, which is easily guessed, as the reason of a renewal."""
    thing = await keeping.change(await keeping.enter())
    await say(keeping, thing, "CCF/2026/12")
    assert (await keeping.decide(thing.id, **CORRECTION)).version == 3
    assert (await newest(keeping)).colour == "blue"


@pytest.mark.both_databases
@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_of_those_who_decide_at_once_one_does_it(keeping: Keeping, decision: dict[str, Any]) -> None:
    """The others are answered the same, or told to ask again."""
    thing = await keeping.enter()
    outcomes = await asyncio.gather(*(keeping.decide(thing.id, **decision) for _ in range(5)), return_exceptions=True)
    done = await keeping.decide(thing.id, **decision)
    assert [each for each in outcomes if each != done and not isinstance(each, Conflict)] == []
    assert done in outcomes
    assert len(await keeping.told()) == 1


async def test_corrections_that_do_not_fit_are_not_taken_for_done(keeping: Keeping) -> None:
    """Others may be stated under the same reference."""
    thing = await keeping.enter()
    with pytest.raises(Invalid):
        await keeping.decide(thing.id, decision="correct", corrections={"size": "large"})
    assert (await keeping.decide(thing.id, **CORRECTION)).version == 2


@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_to_a_record_that_is_deleted_nothing_need_be_done(keeping: Keeping, decision: dict[str, Any]) -> None:
    """It is told how it ended, and of a record that was never there only that there is none."""
    thing = await keeping.enter()
    await keeping.delete(thing)
    with pytest.raises(RecordGone, match=f"record {thing.id} is gone: deleted on 2026-06-01"):
        await keeping.decide(thing.id, **decision)
    with pytest.raises(NotFound):
        await keeping.decide(f"{thing.id[:-4]}0000", **decision)


@pytest.mark.both_databases
async def test_of_a_deleted_record_nothing_tells_what_it_was_corrected_to(keeping: Keeping) -> None:
    """That it was corrected before stays, and by which decision; not the digest, as one could try what fits it."""
    thing = await keeping.enter()
    done = await keeping.decide(thing.id, **CORRECTION)
    [before] = await held(keeping, tables.decisions)
    await keeping.delete(await newest(keeping))
    [after] = await held(keeping, tables.decisions)
    assert (before.digest != "", after.digest) == (True, "")
    assert await keeping.decide(thing.id, **CORRECTION) == done


async def say(keeping: Keeping, thing: Thing, reason: str) -> None:
    async with keeping.database.writing() as session:
        await give_reason(session, thing, reason)
