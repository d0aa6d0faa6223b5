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
from tests.shared.records.record_kind import Thing, ThingRecords, ThingStore

CORRECTION: dict[str, Any] = {"decision": "correct", "corrections": {"colour": "blue"}}
DELETION: dict[str, Any] = {"decision": "delete"}


async def held(records: ThingRecords, table: sa.Table) -> list[Any]:
    return list(await records.database.reading.fetch(sa.select(table).order_by(*table.primary_key)))


async def newest(records: ThingRecords) -> Thing:
    [row] = await held(records, ThingStore.table)
    return Thing.model_validate_json(row.content)


@pytest.mark.both_databases
@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_a_repeated_decision_is_carried_out_once_and_has_the_same_outcome(
    records: ThingRecords, decision: dict[str, Any]
) -> None:
    """Also a day later; bureaus are notified once."""
    thing = await records.enter()
    records.clock.advance(timedelta(microseconds=123_457))
    done = await records.decide(thing.id, **decision)
    assert (done.id, done.version, done.at) == (thing.id, 2, records.now)
    records.clock.advance(timedelta(days=1))
    assert await records.decide(thing.id, **decision) == done
    assert len(await records.notifications()) == 1


async def test_corrections_in_another_order_are_the_same_decision(records: ThingRecords) -> None:
    """The members of a JSON object have no order."""
    thing = await records.enter()
    done = await records.decide(thing.id, decision="correct", corrections={"colour": "blue", "size": 4})
    again = await records.decide(thing.id, decision="correct", corrections={"size": 4, "colour": "blue"})
    assert again == done


@pytest.mark.parametrize("other", [CORRECTION | {"corrections": {"colour": "green"}}, DELETION])
async def test_another_decision_under_the_same_reference_is_refused(
    records: ThingRecords, other: dict[str, Any]
) -> None:
    """A decision is final; under another reference another one may be made."""
    thing = await records.enter()
    await records.decide(thing.id, **CORRECTION)
    with pytest.raises(DecidedOtherwise, match="CCF/2026/12"):
        await records.decide(thing.id, **other)
    assert (await newest(records)).colour == "blue"
    assert (await records.decide(thing.id, reference="CCF/2026/13", **other)).version == 3


async def test_a_change_by_the_owner_is_not_mistaken_for_a_decision(records: ThingRecords) -> None:
    """Although the owner gives the reference, which is easily guessed, as the reason of a renewal."""
    thing = await records.change(await records.enter())
    await state_reason(records, thing, "CCF/2026/12")
    assert (await records.decide(thing.id, **CORRECTION)).version == 3
    assert (await newest(records)).colour == "blue"


@pytest.mark.both_databases
@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_a_decision_that_arrives_several_times_at_once_is_carried_out_once(
    records: ThingRecords, decision: dict[str, Any]
) -> None:
    """The other requests get the same outcome or a conflict."""
    thing = await records.enter()
    outcomes = await asyncio.gather(*(records.decide(thing.id, **decision) for _ in range(5)), return_exceptions=True)
    done = await records.decide(thing.id, **decision)
    assert [each for each in outcomes if each != done and not isinstance(each, Conflict)] == []
    assert done in outcomes
    assert len(await records.notifications()) == 1


async def test_an_invalid_correction_does_not_count_as_a_decision(records: ThingRecords) -> None:
    """A valid one may follow under the same reference."""
    thing = await records.enter()
    with pytest.raises(Invalid):
        await records.decide(thing.id, decision="correct", corrections={"size": "large"})
    assert (await records.decide(thing.id, **CORRECTION)).version == 2


@pytest.mark.parametrize("decision", [CORRECTION, DELETION], ids=lambda each: each["decision"])
async def test_a_decision_on_a_deleted_record_is_refused_with_how_the_record_ended(
    records: ThingRecords, decision: dict[str, Any]
) -> None:
    """For a record that never existed NotFound is raised."""
    thing = await records.enter()
    await records.delete(thing)
    with pytest.raises(RecordGone, match=f"record {thing.id} is gone: deleted on 2026-06-01"):
        await records.decide(thing.id, **decision)
    with pytest.raises(NotFound):
        await records.decide(f"{thing.id[:-4]}0000", **decision)


@pytest.mark.both_databases
async def test_the_digest_of_a_decision_is_erased_when_the_record_is_deleted(records: ThingRecords) -> None:
    """The decision stays; with its digest one could test guesses of what was corrected."""
    thing = await records.enter()
    done = await records.decide(thing.id, **CORRECTION)
    [before] = await held(records, tables.decisions)
    await records.delete(await newest(records))
    [after] = await held(records, tables.decisions)
    assert (before.digest != "", after.digest) == (True, "")
    assert await records.decide(thing.id, **CORRECTION) == done


async def state_reason(records: ThingRecords, thing: Thing, reason: str) -> None:
    async with records.database.writing() as session:
        await give_reason(session, thing, reason)
