"""The outbox of a service: notifications reach the mailbox in order, and one that fails does not block others."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from shared.bureaus import BureauCode
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import ReviewDue
from shared.records.outbox import BATCH_SIZE, OutboxRelay, enqueue
from shared.records.tables import outgoing
from tests.conftest import NOW
from tests.shared.records.record_kind import ThingRecords
from tests.stores import move_rows
from tests.support import Counting


def message() -> Notification:
    return Notification(
        id=uuid7(NOW),
        recipients=(BureauCode("FR"),),
        disclosed=True,
        urgent=False,
        purpose="warning",
        subject="a thing",
        form=ReviewDue(service="things", kind="thing", record=uuid7(NOW), expires=NOW.timestamp()),
        written=NOW,
    )


async def waiting(records: ThingRecords) -> dict[str, str]:
    """Return the stored content of the waiting notifications by their ids."""
    rows = await records.database.reading.fetch(sa.select(outgoing).order_by(outgoing.c.id))
    return {row.id: row.notification for row in rows}


def corrupted(stored: str, **changed: Any) -> str:
    return json.dumps(json.loads(stored) | changed)


async def corrupt(records: ThingRecords, contents: Mapping[str, str]) -> None:
    async with records.database.writing() as session:
        for which, text in contents.items():
            await session.execute(sa.update(outgoing).where(outgoing.c.id == which).values(notification=text))


@pytest.mark.both_databases
async def test_an_unreadable_notification_does_not_block_others(records: ThingRecords) -> None:
    """Each is logged once, and stays for a program that can read it."""
    log = io.BytesIO()
    relay = OutboxRelay(records.database, records.mailbox, Log("things", stream=log))
    async with records.database.writing() as session:
        await enqueue(session, [message() for _ in range(BATCH_SIZE + 2)])
    stored = await waiting(records)
    *first, last = stored
    await corrupt(records, {each: corrupted(stored[each], body='{"kind": 1}') for each in first})
    await corrupt(records, {first[0]: "{", first[1]: corrupted(stored[first[1]], form="of-a-newer-program")})
    for _ in range(2):
        await relay.run_once()
    assert [sent.id for sent in records.mailbox.received] == [last]
    assert [*await waiting(records)] == first
    events = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["id"]) for line in events] == [("notification-unreadable", each) for each in first]


@pytest.mark.both_databases
async def test_notifications_are_read_in_batches(
    records: ThingRecords, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their order, and none is left."""
    monkeypatch.setattr("shared.records.outbox.BATCH_SIZE", 2)
    waits = sorted((message() for _ in range(5)), key=lambda each: each.id)
    async with records.database.writing() as session:
        await enqueue(session, reversed(waits))
    await move_rows(records.database, outgoing.c.id)
    counted.most = 0
    await records.relay.run_once()
    assert [sent.id for sent in records.mailbox.received] == [each.id for each in waits]
    assert counted.most == 2
