"""The owner of a record is asked in time whether it is still needed. On both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shared.protocol.payloads import ReviewDue
from shared.records import tables
from shared.records.policy import REVIEWED_BEFORE
from shared.records.retention import BATCH_SIZE, REVIEW_SCAN_INTERVAL, Retention
from shared.records.rules import renew
from tests.shared.records.record_kind import SECOND, TERM, ThingRecords, ThingStore, retention_of, reviews_due
from tests.support import caller


@pytest.fixture
def retention(records: ThingRecords) -> Retention:
    return retention_of(records)


async def stored(records: ThingRecords) -> list[str]:
    rows = await records.database.reading.fetch(sa.select(ThingStore.table.c.id))
    return sorted(row.id for row in rows)


async def test_the_owner_is_asked_once_half_a_year_before_expiry(records: ThingRecords, retention: Retention) -> None:
    """Not a second earlier, not again, and no other bureau."""
    thing = await records.enter()
    records.clock.advance(TERM - REVIEWED_BEFORE - SECOND)
    assert await reviews_due(records, retention) == []
    records.clock.advance(SECOND)
    [message] = await reviews_due(records, retention)
    assert message.recipients == ("FR",)
    assert message.form == ReviewDue(service="things", kind="thing", record=thing.id, expires=thing.expires.timestamp())
    assert "deleted on 2031-05-31 unless you renew it" in message.subject
    for again in (retention, retention_of(records)):
        records.clock.advance(REVIEW_SCAN_INTERVAL)
        assert await reviews_due(records, again) == []


@pytest.mark.both_databases
async def test_a_renewed_record_is_reviewed_again_before_its_new_expiry(
    records: ThingRecords, retention: Retention
) -> None:
    """Each renewal is for one term, and each term ends with a review, of which the last one is stored."""
    thing = await records.enter()
    records.clock.advance(TERM - REVIEWED_BEFORE)
    assert len(await reviews_due(records, retention)) == 1
    thing = await records.change(thing, expires=renew(thing, TERM, by=caller("FR"), at=records.now).expires)
    records.clock.advance(REVIEWED_BEFORE)
    assert await reviews_due(records, retention) == []
    assert await stored(records) == [thing.id]
    records.clock.advance(TERM - REVIEWED_BEFORE - REVIEWED_BEFORE)
    assert [message.form.expires for message in await reviews_due(records, retention)] == [thing.expires.timestamp()]
    reviewed = await records.database.reading.fetch(sa.select(tables.reviews.c.expires))
    assert [row.expires for row in reviewed] == [thing.expires.timestamp()]


async def test_a_record_whose_expiry_is_brought_forward_is_reviewed_within_the_hour(
    records: ThingRecords, retention: Retention
) -> None:
    """A change of category may bring it before the time up to which the last scan looked."""
    thing = await records.enter()
    assert await reviews_due(records, retention) == []
    await records.change(thing, expires=records.now + timedelta(days=30))
    records.clock.advance(REVIEW_SCAN_INTERVAL)
    assert len(await reviews_due(records, retention)) == 1


async def test_records_are_scanned_every_hour_though_the_clock_is_set_back(
    records: ThingRecords, retention: Retention
) -> None:
    """By the seconds that elapse, not by the time of day."""
    thing = await records.enter()
    records.clock.advance(timedelta(days=2))
    assert await reviews_due(records, retention) == []
    records.clock.step(timedelta(days=-1))
    await records.change(thing, expires=records.now + timedelta(days=30))
    records.clock.advance(REVIEW_SCAN_INTERVAL)
    assert len(await reviews_due(records, retention)) == 1


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_many_reviews_due_at_once_are_sent_in_batches_and_once_each(
    records: ThingRecords, retention: Retention
) -> None:
    """A hundred a turn, also if many expire in the same second."""
    things = [(await records.enter()).id for _ in range(BATCH_SIZE + 5)]
    records.clock.advance(TERM - REVIEWED_BEFORE)
    turns = [[message.form.record for message in await reviews_due(records, retention)] for _ in range(3)]
    assert [len(turn) for turn in turns] == [BATCH_SIZE, 5, 0]
    assert sorted(record for turn in turns for record in turn) == sorted(things)
