"""What a service has to tell bureaus gets out, whatever else lies there."""

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
from tests.shared.records.record_kind import Keeping
from tests.stores import move_rows
from tests.support import Counting


def letter() -> Notification:
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


async def waiting(keeping: Keeping) -> dict[str, str]:
    """Return the letters that wait, as they are kept, by their ids."""
    rows = await keeping.database.reading.fetch(sa.select(outgoing).order_by(outgoing.c.id))
    return {row.id: row.notification for row in rows}


def spoiled(kept: str, **changed: Any) -> str:
    return json.dumps(json.loads(kept) | changed)


async def spoil(keeping: Keeping, letters: Mapping[str, str]) -> None:
    async with keeping.database.writing() as session:
        for which, text in letters.items():
            await session.execute(sa.update(outgoing).where(outgoing.c.id == which).values(notification=text))


@pytest.mark.both_databases
async def test_a_letter_that_cannot_be_read_keeps_no_other_from_going(keeping: Keeping) -> None:
    """However many lie before it: each is noted once, and stays for a program that can read it."""
    log = io.BytesIO()
    postman = OutboxRelay(keeping.database, keeping.letters, Log("things", stream=log))
    async with keeping.database.writing() as session:
        await enqueue(session, [letter() for _ in range(BATCH_SIZE + 2)])
    kept = await waiting(keeping)
    *first, last = kept
    await spoil(keeping, {each: spoiled(kept[each], body='{"kind": 1}') for each in first})
    await spoil(keeping, {first[0]: "{", first[1]: spoiled(kept[first[1]], form="of-a-newer-program")})
    for _ in range(2):
        await postman.turn()
    assert [sent.id for sent in keeping.letters.taken] == [last]
    assert [*await waiting(keeping)] == first
    noted = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["id"]) for line in noted] == [("notification-unreadable", each) for each in first]


@pytest.mark.both_databases
async def test_however_many_letters_wait_a_few_are_read_at_once(
    keeping: Keeping, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their order, and none is left."""
    monkeypatch.setattr("shared.records.outbox.BATCH_SIZE", 2)
    waits = sorted((letter() for _ in range(5)), key=lambda each: each.id)
    async with keeping.database.writing() as session:
        await enqueue(session, reversed(waits))
    await move_rows(keeping.database, outgoing.c.id)
    counted.most = 0
    await keeping.postman.turn()
    assert [sent.id for sent in keeping.letters.taken] == [each.id for each in waits]
    assert counted.most == 2
