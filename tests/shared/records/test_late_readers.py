"""A bureau whose answer was in progress while a record was withdrawn or corrected is notified as well."""

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from shared.audit.list_integrity import require_as_logged
from shared.audit.rules import LogDamaged
from shared.audit.tables import disclosures
from shared.records.policy import Audience
from shared.records.tables import recall_checks
from shared.records.withdrawals.late_readers import UNDER_WAY_FOR
from tests.shared.records.record_kind import SECOND, Thing, ThingRecords, late_readers_of
from tests.support import Counting


async def hide(records: ThingRecords, thing: Thing, way: str) -> None:
    if way == "deleted":
        await records.delete(thing)
    else:
        await records.change(thing, restricted=("DE",))


@pytest.mark.parametrize("way", ["restricted", "deleted"])
@pytest.mark.parametrize("had_it", [False, True])
async def test_an_answer_in_progress_during_a_withdrawal_is_withdrawn_too(
    records: ThingRecords, way: str, had_it: bool
) -> None:
    """Read before and logged after: its reader is notified once, when no more such answers can come."""
    thing = await records.enter()
    if had_it:
        await records.show("DE", thing)
    await hide(records, thing, way)
    assert await records.withdrawn_from() == ({"DE"} if had_it else set())
    await records.show("DE", thing, match="name: Nobody")
    await late_readers_of(records).run_once()
    assert await records.notifications() == []
    records.clock.advance(UNDER_WAY_FOR)
    for _ in range(2):
        await late_readers_of(records).run_once()
    assert [(message.recipients, message.form.record) for message in await records.notifications()] == [
        (("DE",), thing.id)
    ]


async def test_a_withdrawal_from_a_late_reader_does_not_reveal_its_reason(records: ThingRecords) -> None:
    """The notifications for a restricted and for a deleted record differ in the id alone."""
    notified = []
    for way in ("restricted", "deleted"):
        thing = await records.enter()
        await hide(records, thing, way)
        await records.show("DE", thing)
        records.clock.advance(UNDER_WAY_FOR)
        await late_readers_of(records).run_once()
        [message] = await records.notifications()
        visible = (message.subject, message.purpose, message.recipients, message.form.version, message.form.act)
        notified.append(tuple(str(part).replace(thing.id, "ID") for part in visible))
    assert notified[0] == notified[1]


async def test_the_match_in_an_answer_in_progress_is_erased_after_the_deletion(records: ThingRecords) -> None:
    """It may contain a name; the salt is erased as well, since guesses could be tested with it."""
    thing = await records.enter()
    await records.show("DE", thing, match="name: Nobody")
    await records.delete(thing)
    await records.show("DE", thing, match="name: Nobody")
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    await late_readers_of(records).run_once()
    rows = await records.database.reading.fetch(sa.select(disclosures))
    assert {(row.match, row.salt) for row in rows} == {("", None)}


@pytest.mark.both_databases
async def test_two_processes_withdraw_a_record_from_a_late_reader_once(records: ThingRecords) -> None:
    """Both find the same check that is due."""
    thing = await records.enter()
    await hide(records, thing, "restricted")
    await records.show("DE", thing)
    records.clock.advance(UNDER_WAY_FOR)
    for late_readers in (late_readers_of(records), late_readers_of(records)):
        await late_readers.run_once()
    assert len(await records.notifications()) == 1


async def test_a_record_that_is_visible_again_is_not_withdrawn(records: ThingRecords) -> None:
    """After a restriction that was lifted in time, the copies stay."""
    thing = await records.enter()
    restricted = await records.change(thing, restricted=("DE",))
    await records.show("DE", thing)
    await records.change(restricted, restricted=())
    records.clock.advance(UNDER_WAY_FOR)
    await late_readers_of(records).run_once()
    assert await records.notifications() == []


async def test_a_correction_by_the_commission_is_notified_to_the_owner_and_all_recipients(
    records: ThingRecords,
) -> None:
    """From a bureau that may not see it the record is withdrawn; none is notified twice."""
    thing = await records.enter()
    for bureau in ("DE", "PL"):
        await records.show(bureau, thing)
    await records.correct(thing, colour="blue", restricted=("PL",))
    assert await records.recalls() == {"withdrawn": {"PL"}, "corrected": {"DE", "FR"}}
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    await late_readers_of(records).run_once()
    assert await records.recalls() == {"withdrawn": set(), "corrected": set()}


async def test_an_answer_in_progress_during_a_correction_is_replaced(records: ThingRecords) -> None:
    """Whether its reader had a copy before or not; the reader of the corrected version is not notified."""
    thing = await records.enter()
    await records.show("DE", thing)
    corrected = await records.correct(thing, colour="blue", restricted=("BR",))
    assert await records.recalls() == {"withdrawn": set(), "corrected": {"DE", "FR"}}
    for bureau in ("DE", "PL"):
        await records.show(bureau, thing)
    await records.show("KE", corrected)
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    for _ in range(2):
        await late_readers_of(records).run_once()
    assert await records.recalls() == {"withdrawn": set(), "corrected": {"DE", "PL"}}


async def test_an_unreadable_record_does_not_block_the_withdrawal_of_others(records: ThingRecords) -> None:
    """It is tried again at each run."""
    corrupted, other = await records.enter(), await records.enter()
    for thing in (corrupted, other):
        await records.change(thing, restricted=("DE",))
        await records.show("DE", thing)
    await records.corrupt(corrupted)
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    with pytest.raises(ValidationError):
        await late_readers_of(records).run_once()
    assert [message.form.record for message in await records.notifications()] == [other.id]
    assert [row.record_id for row in await records.database.reading.fetch(recall_checks.select())] == [corrupted.id]


async def test_disclosures_are_compared_with_the_log_in_batches(
    records: ThingRecords, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them: one that differs from the log is found wherever it is."""
    monkeypatch.setattr("shared.audit.list_integrity.BATCH_SIZE", 2)
    thing = await records.enter()
    for bureau in ("DE", "IT", "KE", "PL", "SE"):
        await records.show(bureau, thing)
    await require_as_logged(counted, thing.id)
    assert counted.most == 2
    for bureau in ("SE", "DE"):
        async with records.database.writing() as session:
            await session.execute(sa.update(disclosures).where(disclosures.c.bureau == bureau).values(version=7))
        with pytest.raises(LogDamaged, match="the log has others than the store"):
            await require_as_logged(counted, thing.id)


async def test_hidden_records_are_checked_for_late_readers_in_batches(
    records: ThingRecords, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them in a few turns."""
    monkeypatch.setattr("shared.records.withdrawals.late_readers.BATCH_SIZE", 2)
    for _ in range(5):
        await records.change(await records.enter(), known_to=Audience.OWNER)
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    late_readers, left = late_readers_of(records), list[int]()
    for _ in range(3):
        await late_readers.run_once()
        async with records.database.writing() as session:
            left.append(len(await session.fetch(sa.select(recall_checks))))
    assert (left, counted.most) == ([3, 1, 0], 2)
