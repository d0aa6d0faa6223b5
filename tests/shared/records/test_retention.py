"""No record is kept for longer than its time, and no owner is surprised by that. On both databases."""

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


async def test_the_owner_is_asked_half_a_year_before_the_end_and_once(keeping: Keeping, retention: Retention) -> None:
    """Not a second earlier, not again, and nobody else."""
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
async def test_a_renewed_record_is_reviewed_again_before_its_new_end(keeping: Keeping, retention: Retention) -> None:
    """Each renewal is for one term, and each term ends with a review, of which the last one is noted."""
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


async def test_what_is_kept_for_less_than_before_is_reviewed_within_the_hour(
    keeping: Keeping, retention: Retention
) -> None:
    """A change of category may bring the end nearer than the last look reached."""
    thing = await keeping.enter()
    assert await asked(keeping, retention) == []
    await keeping.change(thing, expires=keeping.now + timedelta(days=30))
    keeping.clock.advance(REVIEW_SCAN_INTERVAL)
    assert len(await asked(keeping, retention)) == 1


async def test_records_are_looked_through_every_hour_though_the_clock_is_set_back(
    keeping: Keeping, retention: Retention
) -> None:
    """By the seconds that pass, and not when it has caught up."""
    thing = await keeping.enter()
    keeping.clock.advance(timedelta(days=2))
    assert await asked(keeping, retention) == []
    keeping.clock.step(timedelta(days=-1))
    await keeping.change(thing, expires=keeping.now + timedelta(days=30))
    keeping.clock.advance(REVIEW_SCAN_INTERVAL)
    assert len(await asked(keeping, retention)) == 1


@pytest.mark.both_databases
async def test_of_many_that_are_due_at_once_each_is_asked_about_once(keeping: Keeping, retention: Retention) -> None:
    """A hundred a turn, also where many end in the same second."""
    things = [(await keeping.enter()).id for _ in range(BATCH_SIZE + 5)]
    keeping.clock.advance(TERM - REVIEWED_BEFORE)
    turns = [[letter.form.record for letter in await asked(keeping, retention)] for _ in range(3)]
    assert [len(turn) for turn in turns] == [BATCH_SIZE, 5, 0]
    assert sorted(record for turn in turns for record in turn) == sorted(things)


@pytest.mark.both_databases
async def test_an_expired_record_is_deleted_with_a_trace_and_a_leaf(keeping: Keeping, retention: Retention) -> None:
    """In the name of its owner and by the service; neither holds a word of what it said."""
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


async def test_what_is_deleted_is_announced_in_the_log_before(keeping: Keeping, retention: Retention) -> None:
    """In the turn before, with how many there are."""
    await keeping.enter()
    keeping.clock.advance(TERM)
    await retention.turn()
    assert len(await kept(keeping)) == 1
    [told] = events_in(keeping.written, "deletion-announced")
    assert (told["what"], told["due"], told["left_at_least"], told["in_seconds"]) == ("things", 1, 0, 0)
    await retention.turn()
    assert await kept(keeping) == []


async def test_more_than_a_tenth_of_all_is_deleted_a_day_after_it_was_announced(
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


async def test_nothing_is_deleted_while_the_clock_may_be_wrong(keeping: Keeping) -> None:
    """Also where that is seen after it was announced; then it is announced again."""
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


async def test_those_who_have_an_expired_record_are_told(keeping: Keeping, retention: Retention) -> None:
    """But not its owner, who was asked in time and did not renew it."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    keeping.clock.advance(TERM)
    await end(retention)
    [letter] = [letter for letter in await keeping.told() if isinstance(letter.form, Withdrawal)]
    assert (letter.recipients, letter.form.act, letter.form.version) == (("DE",), "withdrawn", 2)


@pytest.mark.both_databases
async def test_two_processes_end_a_record_once(keeping: Keeping, retention: Retention) -> None:
    """The slower one, which saw it still there, leaves no second leaf and no second letter."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    keeping.clock.advance(TERM)
    await end(retention)
    await retention_of(keeping)._expire(thing, keeping.now)
    in_order = sa.select(audit_tables.audit_leaves).order_by(audit_tables.audit_leaves.c.number)
    leaves = await keeping.database.reading.fetch(in_order)
    assert [row.operation for row in leaves] == ["read_thing", EXPIRE]
    assert await keeping.told_to_remove() == {"DE"}


async def test_a_deletion_that_the_log_does_not_have_yet_is_owed_to_it(
    keeping: Keeping, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in its transaction, so that it is written down later if the process ends before."""

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
async def test_more_than_a_hundred_that_expire_at_once_take_several_turns(
    keeping: Keeping, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that requests are answered between them."""
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
async def test_records_that_cannot_be_read_keep_no_other_from_its_end(keeping: Keeping, retention: Retention) -> None:
    """Nor the owner of another from being asked, however many there are; whoever looks after the service is told."""
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


async def test_a_review_that_fails_keeps_no_record_from_its_end(keeping: Keeping, retention: Retention) -> None:
    """And the other way round: each is done for itself."""
    due, ended = await keeping.enter(), await keeping.enter()
    await keeping.spoil(due)
    await keeping.change(ended, expires=keeping.now + SECOND)
    keeping.clock.advance(TERM - REVIEWED_BEFORE)
    with pytest.raises(ValidationError):
        await retention.turn()
    await retention.turn()
    assert await kept(keeping) == [due.id]
