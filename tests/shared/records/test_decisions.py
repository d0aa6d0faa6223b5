"""A decision of the Commission is carried out once, however often it arrives. On both databases."""

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
async def test_a_repeated_decision_is_carried_out_once_and_has_the_same_outcome(
    keeping: Keeping, decision: dict[str, Any]
) -> None:
    """Also a day later; bureaus are notified once."""
    thing = await keeping.enter()
    keeping.clock.advance(timedelta(microseconds=123_457))
    done = await keeping.decide(thing.id, **decision)
    assert (done.id, done.version, done.at) == (thing.id, 2, keeping.now)
    keeping.clock.advance(timedelta(days=1))
    assert await keeping.decide(thing.id, **decision) == done
    assert len(await keeping.told()) == 1


async def test_corrections_in_another_order_are_the_same_decision(keeping: Keeping) -> None:
    """The members of a JSON object have no order."""
    thing = await keeping.enter()
    done = await keeping.decide(thing.id, decision="correct", corrections={"colour": "blue", "size": 4})
    again = await keeping.decide(thing.id, decision="correct", corrections={"size": 4, "colour": "blue"})
    assert again == done


@pytest.mark.parametrize("other", [CORRECTION | {"corrections": {"colour": "green"}}, DELETION])
async def test_another_decision_under_the_same_reference_is_refused(keeping: Keeping, other: dict[str, Any]) -> None:
    """A decision is final; under another reference another one may be made."""
    thing = await keeping.enter()
    await keeping.decide(thing.id, **CORRECTION)
    with pytest.raises(DecidedOtherwise, match="CCF/2026/12"):
        await keeping.decide(thing.id, **other)
    assert (await newest(keeping)).colour == "blue"
    assert (await keeping.decide(thing.id, reference="CCF/2026/13", **other)).version == 3


async def test_a_change_by_the_owner_is_not_mistaken_for_a_decision(keeping: Keeping) -> None:
    """Although the owner gives the reference, which is easily guessed, as the reason of a renewal."""
    thing = await keeping.change(await keeping.enter())
    await say(keeping, thing, "CCF/2026/12")
    assert (await keeping.decide(thing.id, **CORRECTION)).version == 3
    assert (await newest(keeping)).colour == "blue"


@pytest.mark.both_databases
@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_a_decision_that_arrives_several_times_at_once_is_carried_out_once(
    keeping: Keeping, decision: dict[str, Any]
) -> None:
    """The other requests get the same outcome or a conflict."""
    thing = await keeping.enter()
    outcomes = await asyncio.gather(*(keeping.decide(thing.id, **decision) for _ in range(5)), return_exceptions=True)
    done = await keeping.decide(thing.id, **decision)
    assert [each for each in outcomes if each != done and not isinstance(each, Conflict)] == []
    assert done in outcomes
    assert len(await keeping.told()) == 1


async def test_an_invalid_correction_does_not_count_as_a_decision(keeping: Keeping) -> None:
    """A valid one may follow under the same reference."""
    thing = await keeping.enter()
    with pytest.raises(Invalid):
        await keeping.decide(thing.id, decision="correct", corrections={"size": "large"})
    assert (await keeping.decide(thing.id, **CORRECTION)).version == 2


@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_a_decision_on_a_deleted_record_is_refused_with_how_the_record_ended(
    keeping: Keeping, decision: dict[str, Any]
) -> None:
    """For a record that never existed NotFound is raised."""
    thing = await keeping.enter()
    await keeping.delete(thing)
    with pytest.raises(RecordGone, match=f"record {thing.id} is gone: deleted on 2026-06-01"):
        await keeping.decide(thing.id, **decision)
    with pytest.raises(NotFound):
        await keeping.decide(f"{thing.id[:-4]}0000", **decision)


@pytest.mark.both_databases
async def test_the_digest_of_a_decision_is_erased_when_the_record_is_deleted(keeping: Keeping) -> None:
    """The decision stays; with its digest one could test guesses of what was corrected."""
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
