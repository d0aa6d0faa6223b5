"""Retention: no record is kept beyond its term, and its owner is asked in time. On both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from shared.audit import tables as audit_tables
from shared.audit.format.leaf import decode
from shared.audit.writer import NOT_ANSWERED
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import ReviewDue, Withdrawal
from shared.records import tables
from shared.records.policy import REVIEWED_BEFORE
from shared.records.retention import BATCH_SIZE, EXPIRE, REVIEW_SCAN_INTERVAL, Retention
from shared.records.rules import renew
from shared.records.tombstones import proven_deletion, tombstone_of
from shared.rpc.irreversible import LARGE_SHARE_WAITS
from tests.shared.records.record_kind import TERM, Keeping, ThingStore
from tests.support import always, caller, events_in

SECOND = timedelta(seconds=1)


def retention_of(keeping: Keeping) -> Retention:
    return Retention(ThingStore, keeping.database, keeping.log, keeping.clock, keeping.noted, always)


@pytest.fixture
def retention(keeping: Keeping) -> Retention:
    return retention_of(keeping)


async def asked(keeping: Keeping, retention: Retention) -> list[Notification]:
    """Return what owners are asked to review in a turn."""
    await retention.turn()
    return [letter for letter in await keeping.told() if isinstance(letter.form, ReviewDue)]


async def end(retention: Retention) -> None:
    """Let a turn announce what is past its time, and the next one delete it."""
    await retention.turn()
    await retention.turn()


async def kept(keeping: Keeping) -> list[str]:
    rows = await keeping.database.reading.fetch(sa.select(ThingStore.table.c.id))
    return sorted(row.id for row in rows)


async def test_the_owner_is_asked_once_half_a_year_before_expiry(keeping: Keeping, retention: Retention) -> None:
    """Not a second earlier, not again, and no other bureau."""
    thing = await keeping.enter()
    keeping.clock.advance(TERM - REVIEWED_BEFORE - SECOND)
    assert await asked(keeping, retention) == []
    keeping.clock.advance(SECOND)
    [letter] = await asked(keeping, retention)
    assert letter.recipients == ("FR",)
    assert letter.form == ReviewDue(service="things", kind="thing", record=thing.id, expires=thing.expires.timestamp())
    assert "deleted on 2031-05-31 unless you renew it" in letter.subject
    for again in (retention, retention_of(keeping)):
        keeping.clock.advance(REVIEW_SCAN_INTERVAL)
        assert await asked(keeping, again) == []


@pytest.mark.both_databases
async def test_a_renewed_record_is_reviewed_again_before_its_new_expiry(keeping: Keeping, retention: Retention) -> None:
    """Each renewal is for one term, and each term ends with a review, of which the last one is stored."""
    thing = await keeping.enter()
    keeping.clock.advance(TERM - REVIEWED_BEFORE)
    assert len(await asked(keeping, retention)) == 1
    thing = await keeping.change(thing, expires=renew(thing, TERM, by=caller("FR"), at=keeping.now).expires)
    keeping.clock.advance(REVIEWED_BEFORE)
    assert await asked(keeping, retention) == []
    assert await kept(keeping) == [thing.id]
    keeping.clock.advance(TERM - REVIEWED_BEFORE - REVIEWED_BEFORE)
    assert [letter.form.expires for letter in await asked(keeping, retention)] == [thing.expires.timestamp()]
    noted = await keeping.database.reading.fetch(sa.select(tables.reviews.c.expires))
    assert [row.expires for row in noted] == [thing.expires.timestamp()]


async def test_a_record_whose_expiry_is_brought_forward_is_reviewed_within_the_hour(
    keeping: Keeping, retention: Retention
) -> None:
    """A change of category may bring it before the time up to which the last scan looked."""
    thing = await keeping.enter()
    assert await asked(keeping, retention) == []
    await keeping.change(thing, expires=keeping.now + timedelta(days=30))
    keeping.clock.advance(REVIEW_SCAN_INTERVAL)
    assert len(await asked(keeping, retention)) == 1


async def test_records_are_scanned_every_hour_though_the_clock_is_set_back(
    keeping: Keeping, retention: Retention
) -> None:
    """By the seconds that elapse, not by the time of day."""
    thing = await keeping.enter()
    keeping.clock.advance(timedelta(days=2))
    assert await asked(keeping, retention) == []
    keeping.clock.step(timedelta(days=-1))
    await keeping.change(thing, expires=keeping.now + timedelta(days=30))
    keeping.clock.advance(REVIEW_SCAN_INTERVAL)
    assert len(await asked(keeping, retention)) == 1


@pytest.mark.both_databases
async def test_many_reviews_due_at_once_are_sent_in_batches_and_once_each(
    keeping: Keeping, retention: Retention
) -> None:
    """A hundred a turn, also if many expire in the same second."""
    things = [(await keeping.enter()).id for _ in range(BATCH_SIZE + 5)]
    keeping.clock.advance(TERM - REVIEWED_BEFORE)
    turns = [[letter.form.record for letter in await asked(keeping, retention)] for _ in range(3)]
    assert [len(turn) for turn in turns] == [BATCH_SIZE, 5, 0]
    assert sorted(record for turn in turns for record in turn) == sorted(things)


@pytest.mark.both_databases
async def test_an_expired_record_is_deleted_with_a_tombstone_and_a_leaf(keeping: Keeping, retention: Retention) -> None:
    """In the name of its owner and by the service; neither contains what the record stated."""
    thing = await keeping.enter(colour="ultramarine")
    keeping.clock.advance(TERM - SECOND)
    await retention.turn()
    assert await kept(keeping) == [thing.id]
    keeping.clock.advance(SECOND)
    await end(retention)
    assert await kept(keeping) == []
    leaves = audit_tables.audit_leaves
    [row] = await keeping.database.reading.fetch(sa.select(leaves).order_by(leaves.c.number))
    leaf = decode(row.leaf)
    assert (leaf.bureau, leaf.officer, leaf.operation, leaf.status, leaf.query, leaf.answer) == (
        ("FR", "things", EXPIRE, NOT_ANSWERED, None, None)
    )
    assert leaf.records is not None
    trace = await tombstone_of(keeping.database.reading, "thing", thing.id)
    deletion = await proven_deletion(keeping.database.reading, trace)
    assert (deletion.act, deletion.leaf, trace.version) == ("expired", row.number, 2)
    assert "ultramarine" not in repr(row)


async def test_a_deletion_is_announced_in_the_service_log_one_turn_before(
    keeping: Keeping, retention: Retention
) -> None:
    """With the number of records."""
    await keeping.enter()
    keeping.clock.advance(TERM)
    await retention.turn()
    assert len(await kept(keeping)) == 1
    [told] = events_in(keeping.written, "deletion-announced")
    assert (told["what"], told["due"], told["left_at_least"], told["in_seconds"]) == ("things", 1, 0, 0)
    await retention.turn()
    assert await kept(keeping) == []


async def test_a_deletion_of_more_than_a_tenth_of_all_records_waits_for_a_day(
    keeping: Keeping, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that an operator who reads the log can stop it."""
    monkeypatch.setattr("shared.rpc.irreversible.FEW", 2)
    for _ in range(3):
        await keeping.enter()
    keeping.clock.advance(TERM)
    for _ in range(3):
        await retention.turn()
    assert len(await kept(keeping)) == 3
    [told] = events_in(keeping.written, "deletion-announced")
    assert (told["level"], told["due"], told["in_seconds"]) == ("warning", 3, LARGE_SHARE_WAITS.total_seconds())
    keeping.clock.advance(LARGE_SHARE_WAITS)
    await retention.turn()
    assert await kept(keeping) == []


async def test_no_record_is_deleted_while_the_clock_may_be_wrong(keeping: Keeping) -> None:
    """Also after the deletion was announced; it is then announced again."""
    allowed = True
    retention = Retention(ThingStore, keeping.database, keeping.log, keeping.clock, keeping.noted, lambda: allowed)
    await keeping.enter()
    keeping.clock.advance(TERM)
    await retention.turn()
    allowed = False
    await end(retention)
    assert len(await kept(keeping)) == 1
    allowed = True
    await end(retention)
    assert await kept(keeping) == []
    assert len(events_in(keeping.written, "deletion-announced")) == 2


async def test_recipients_of_an_expired_record_are_notified(keeping: Keeping, retention: Retention) -> None:
    """But not its owner, who was asked in time and did not renew it."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    keeping.clock.advance(TERM)
    await end(retention)
    [letter] = [letter for letter in await keeping.told() if isinstance(letter.form, Withdrawal)]
    assert (letter.recipients, letter.form.act, letter.form.version) == (("DE",), "withdrawn", 2)


@pytest.mark.both_databases
async def test_two_processes_delete_an_expired_record_once(keeping: Keeping, retention: Retention) -> None:
    """The slower one writes no second leaf and sends no second notification."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    keeping.clock.advance(TERM)
    await end(retention)
    await retention_of(keeping)._expire(thing, keeping.now)
    in_order = sa.select(audit_tables.audit_leaves).order_by(audit_tables.audit_leaves.c.number)
    leaves = await keeping.database.reading.fetch(in_order)
    assert [row.operation for row in leaves] == ["read_thing", EXPIRE]
    assert await keeping.told_to_remove() == {"DE"}


async def test_a_deletion_whose_leaf_cannot_be_written_is_pending_for_the_backfill(
    keeping: Keeping, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pending entry is committed with the deletion, in case the process ends before the leaf is written."""

    async def lost(_entry: object) -> int:
        raise OSError("the disk is full")

    await keeping.enter()
    keeping.clock.advance(TERM)
    with monkeypatch.context() as patch:
        patch.setattr(keeping.log, "add", lost)
        with pytest.raises(OSError, match="full"):
            await end(retention)
    assert await kept(keeping) == []
    owed = await keeping.database.reading.fetch(
        sa.select(audit_tables.handled).where(audit_tables.handled.c.account != sa.null())
    )
    assert [EXPIRE in row.account for row in owed] == [True]


@pytest.mark.both_databases
async def test_expired_records_are_deleted_in_batches(
    keeping: Keeping, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that requests are answered in between."""
    monkeypatch.setattr("shared.rpc.irreversible.FEW", BATCH_SIZE + 1)
    for _ in range(BATCH_SIZE + 1):
        await keeping.enter()
    keeping.clock.advance(TERM)
    left = []
    for _ in range(3):
        await retention.turn()
        left.append(len(await kept(keeping)))
    assert left == [BATCH_SIZE + 1, 1, 0]


@pytest.mark.both_databases
async def test_unreadable_records_do_not_block_the_review_and_expiry_of_others(
    keeping: Keeping, retention: Retention
) -> None:
    """However many there are; each turn raises, so that the operator is informed."""
    spoiled = [await keeping.enter() for _ in range(BATCH_SIZE)]
    keeping.clock.advance(SECOND)
    other = await keeping.enter()
    await keeping.spoil(*spoiled)
    keeping.clock.advance(TERM - REVIEWED_BEFORE)
    with pytest.raises(ValidationError):
        await retention.turn()
    assert [letter.form.record for letter in await asked(keeping, retention)] == [other.id]
    keeping.clock.advance(REVIEWED_BEFORE)
    await retention.turn()
    assert await kept(keeping) == sorted([*(thing.id for thing in spoiled), other.id])
    keeping.clock.advance(LARGE_SHARE_WAITS)
    with pytest.raises(ValidationError):
        await retention.turn()
    await retention.turn()
    assert await kept(keeping) == sorted(thing.id for thing in spoiled)
    with pytest.raises(ValidationError):
        await end(retention)


async def test_a_failed_review_does_not_block_the_expiry_of_other_records(
    keeping: Keeping, retention: Retention
) -> None:
    due, ended = await keeping.enter(), await keeping.enter()
    await keeping.spoil(due)
    await keeping.change(ended, expires=keeping.now + SECOND)
    keeping.clock.advance(TERM - REVIEWED_BEFORE)
    with pytest.raises(ValidationError):
        await retention.turn()
    await retention.turn()
    assert await kept(keeping) == [due.id]
