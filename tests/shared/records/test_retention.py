"""Retention: an expired record is deleted, its deletion is announced first. On both databases."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from shared.audit import tables as audit_tables
from shared.audit.format.leaf import decode
from shared.audit.writer import NOT_ANSWERED
from shared.protocol.payloads import Withdrawal
from shared.records.policy import REVIEWED_BEFORE
from shared.records.retention import BATCH_SIZE, EXPIRE, Retention
from shared.records.tombstones import proven_deletion, tombstone_of
from shared.rpc.irreversible import LARGE_SHARE_WAITS
from tests.shared.records.record_kind import SECOND, TERM, ThingRecords, ThingStore, retention_of, reviews_due
from tests.support import events_in


@pytest.fixture
def retention(records: ThingRecords) -> Retention:
    return retention_of(records)


async def end(retention: Retention) -> None:
    """Run the job twice: expired records are announced, then deleted."""
    await retention.run_once()
    await retention.run_once()


async def stored(records: ThingRecords) -> list[str]:
    rows = await records.database.reading.fetch(sa.select(ThingStore.table.c.id))
    return sorted(row.id for row in rows)


@pytest.mark.both_databases
async def test_an_expired_record_is_deleted_with_a_tombstone_and_a_leaf(
    records: ThingRecords, retention: Retention
) -> None:
    """In the name of its owner and by the service; neither contains what the record stated."""
    thing = await records.enter(colour="ultramarine")
    records.clock.advance(TERM - SECOND)
    await retention.run_once()
    assert await stored(records) == [thing.id]
    records.clock.advance(SECOND)
    await end(retention)
    assert await stored(records) == []
    leaves = audit_tables.audit_leaves
    [row] = await records.database.reading.fetch(sa.select(leaves).order_by(leaves.c.number))
    leaf = decode(row.leaf)
    assert (leaf.bureau, leaf.officer, leaf.operation, leaf.status, leaf.query, leaf.answer) == (
        ("FR", "things", EXPIRE, NOT_ANSWERED, None, None)
    )
    assert leaf.records is not None
    trace = await tombstone_of(records.database.reading, "thing", thing.id)
    deletion = await proven_deletion(records.database.reading, trace)
    assert (deletion.act, deletion.leaf, trace.version) == ("expired", row.number, 2)
    assert "ultramarine" not in repr(row)


async def test_a_deletion_is_announced_in_the_service_log_one_turn_before(
    records: ThingRecords, retention: Retention
) -> None:
    """With the number of records."""
    await records.enter()
    records.clock.advance(TERM)
    await retention.run_once()
    assert len(await stored(records)) == 1
    [announced] = events_in(records.log_output, "deletion-announced")
    assert (announced["what"], announced["due"], announced["left_at_least"], announced["in_seconds"]) == (
        "things",
        1,
        0,
        0,
    )
    await retention.run_once()
    assert await stored(records) == []


async def test_a_deletion_of_more_than_a_tenth_of_all_records_waits_for_a_day(
    records: ThingRecords, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that an operator who reads the log can stop it."""
    monkeypatch.setattr("shared.rpc.irreversible.FEW", 2)
    for _ in range(3):
        await records.enter()
    records.clock.advance(TERM)
    for _ in range(3):
        await retention.run_once()
    assert len(await stored(records)) == 3
    [announced] = events_in(records.log_output, "deletion-announced")
    assert (announced["level"], announced["due"], announced["in_seconds"]) == (
        "warning",
        3,
        LARGE_SHARE_WAITS.total_seconds(),
    )
    records.clock.advance(LARGE_SHARE_WAITS)
    await retention.run_once()
    assert await stored(records) == []


async def test_no_record_is_deleted_while_the_clock_may_be_wrong(records: ThingRecords) -> None:
    """Also after the deletion was announced; it is then announced again."""
    allowed = True
    retention = Retention(
        ThingStore, records.database, records.log, records.clock, records.service_log, lambda: allowed
    )
    await records.enter()
    records.clock.advance(TERM)
    await retention.run_once()
    allowed = False
    await end(retention)
    assert len(await stored(records)) == 1
    allowed = True
    await end(retention)
    assert await stored(records) == []
    assert len(events_in(records.log_output, "deletion-announced")) == 2


async def test_recipients_of_an_expired_record_are_notified(records: ThingRecords, retention: Retention) -> None:
    """But not its owner, who was asked in time and did not renew it."""
    thing = await records.enter()
    await records.show("DE", thing)
    records.clock.advance(TERM)
    await end(retention)
    [message] = [message for message in await records.notifications() if isinstance(message.form, Withdrawal)]
    assert (message.recipients, message.form.act, message.form.version) == (("DE",), "withdrawn", 2)


@pytest.mark.both_databases
async def test_two_processes_delete_an_expired_record_once(records: ThingRecords, retention: Retention) -> None:
    """The slower one writes no second leaf and sends no second notification."""
    thing = await records.enter()
    await records.show("DE", thing)
    records.clock.advance(TERM)
    await end(retention)
    await retention_of(records)._expire(thing, records.now)
    in_order = sa.select(audit_tables.audit_leaves).order_by(audit_tables.audit_leaves.c.number)
    leaves = await records.database.reading.fetch(in_order)
    assert [row.operation for row in leaves] == ["read_thing", EXPIRE]
    assert await records.withdrawn_from() == {"DE"}


async def test_a_deletion_whose_leaf_cannot_be_written_is_pending_for_the_backfill(
    records: ThingRecords, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pending entry is committed with the deletion, in case the process ends before the leaf is written."""

    async def lost(_entry: object) -> int:
        raise OSError("the disk is full")

    await records.enter()
    records.clock.advance(TERM)
    with monkeypatch.context() as patch:
        patch.setattr(records.log, "add", lost)
        with pytest.raises(OSError, match="full"):
            await end(retention)
    assert await stored(records) == []
    owed = await records.database.reading.fetch(
        sa.select(audit_tables.handled).where(audit_tables.handled.c.account != sa.null())
    )
    assert [EXPIRE in row.account for row in owed] == [True]


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_expired_records_are_deleted_in_batches(
    records: ThingRecords, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that requests are answered in between."""
    monkeypatch.setattr("shared.rpc.irreversible.FEW", BATCH_SIZE + 1)
    for _ in range(BATCH_SIZE + 1):
        await records.enter()
    records.clock.advance(TERM)
    left = []
    for _ in range(3):
        await retention.run_once()
        left.append(len(await stored(records)))
    assert left == [BATCH_SIZE + 1, 1, 0]


@pytest.mark.both_databases
@contextmanager
def all_invalid() -> Iterator[None]:
    """Expect a group of validation errors, one for each record."""
    with pytest.raises(ExceptionGroup) as raised:
        yield
    assert raised.value.split(ValidationError)[1] is None
    assert len(raised.value.exceptions) == BATCH_SIZE


async def test_unreadable_records_do_not_block_the_review_and_expiry_of_others(
    records: ThingRecords, retention: Retention
) -> None:
    """However many there are; each run raises, so that the operator is informed."""
    corrupted = [await records.enter() for _ in range(BATCH_SIZE)]
    records.clock.advance(SECOND)
    other = await records.enter()
    await records.corrupt(*corrupted)
    records.clock.advance(TERM - REVIEWED_BEFORE)
    with all_invalid():
        await retention.run_once()
    assert [message.form.record for message in await reviews_due(records, retention)] == [other.id]
    records.clock.advance(REVIEWED_BEFORE)
    await retention.run_once()
    assert await stored(records) == sorted([*(thing.id for thing in corrupted), other.id])
    records.clock.advance(LARGE_SHARE_WAITS)
    with all_invalid():
        await retention.run_once()
    await retention.run_once()
    assert await stored(records) == sorted(thing.id for thing in corrupted)
    with all_invalid():
        await end(retention)


async def test_a_failed_review_does_not_block_the_expiry_of_other_records(
    records: ThingRecords, retention: Retention
) -> None:
    due, ended = await records.enter(), await records.enter()
    await records.corrupt(due)
    await records.change(ended, expires=records.now + SECOND)
    records.clock.advance(TERM - REVIEWED_BEFORE)
    with pytest.raises(ValidationError):
        await retention.run_once()
    await retention.run_once()
    assert await stored(records) == [due.id]
