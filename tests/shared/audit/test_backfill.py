"""Backfill: each change without an answer gets exactly one leaf, whichever process finds it."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from shared.audit.backfill import BACKFILL_AFTER, BATCH_SIZE, AuditBackfill
from shared.audit.tables import audit_leaves, disclosures, handled
from shared.audit.writer import AuditLog
from shared.clock import FixedClock
from shared.records.transaction import transaction_of
from shared.storage import Database, open_database
from tests.shared.audit.logged_service import LoggedService, record
from tests.support import caller


async def change_without_an_answer(database: Database, clock: FixedClock) -> str:
    """Commit a change without a leaf, and return the id of its request."""
    officer = caller("FR")
    officer.recorder.operation = "enter_thing"
    async with transaction_of(officer, database, clock.now()) as session:
        await session.fetch(sa.select(handled))
        officer.recorder.record(record(how="change"))
    return officer.request_id


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_two_processes_backfill_each_unlogged_change_once(
    service: LoggedService, database_url: str, clock: FixedClock
) -> None:
    """Both processes find the same pending changes; each gets one leaf, and none stays pending."""
    requests = [await change_without_an_answer(service.database, clock) for _ in range(BATCH_SIZE + 1)]
    clock.advance(BACKFILL_AFTER + timedelta(seconds=1))
    other = open_database(database_url)
    backfill = [AuditBackfill(each, AuditLog(each), clock) for each in (service.database, other)]
    assert 0.0 in await asyncio.gather(*(each.run_once() for each in backfill))
    assert await asyncio.gather(*(each.run_once() for each in backfill)) == [None, None]
    leaves = await other.reading.fetch(
        sa.select(audit_leaves.c.request).order_by(audit_leaves.c.number), in_thread=True
    )
    made = await other.reading.fetch(
        sa.select(disclosures.c.request).where(disclosures.c.how == "change"), in_thread=True
    )
    owed = await other.reading.fetch(sa.select(handled).where(handled.c.account.is_not(None)), in_thread=True)
    await other.close()
    assert sorted(row.request for row in leaves) == sorted(row.request for row in made) == sorted(requests)
    assert owed == []


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_unreadable_pending_entries_do_not_block_the_backfill_of_others(
    service: LoggedService, clock: FixedClock
) -> None:
    """A full batch of them, as in a damaged store: they stay pending, and the run raises."""
    for _ in range(BATCH_SIZE):
        await change_without_an_answer(service.database, clock)
    async with service.database.writing() as session:
        await session.execute(sa.update(handled).values(account="{}"))
    clock.advance(timedelta(seconds=1))
    request = await change_without_an_answer(service.database, clock)
    clock.advance(BACKFILL_AFTER + timedelta(seconds=1))
    backfill = AuditBackfill(service.database, service.log, clock)
    with pytest.raises(ExceptionGroup) as raised:
        await backfill.run_once()
    assert raised.value.split(msgspec.ValidationError)[1] is None
    await backfill.run_once()
    leaves = await service.database.reading.fetch(sa.select(audit_leaves.c.request))
    assert [row.request for row in leaves] == [request]
    owed = await service.database.reading.fetch(sa.select(handled).where(handled.c.account.is_not(None)))
    assert len(owed) == BATCH_SIZE


async def test_a_change_is_not_backfilled_while_its_request_may_still_be_answered(
    service: LoggedService, clock: FixedClock
) -> None:
    """Until then the process that handles the request writes the leaf."""
    await change_without_an_answer(service.database, clock)
    clock.advance(BACKFILL_AFTER)
    await AuditBackfill(service.database, service.log, clock).run_once()
    assert await service.database.reading.fetch(sa.select(audit_leaves)) == []
