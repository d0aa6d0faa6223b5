"""Mailboxes are opened on demand, retried after a failure, and wake waiting tasks when something changes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from shared.background import ChangeSignal
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.logs import Log
from shared.mailbox.mailbox import MAX_OPENING, Mailboxes
from shared.mailbox.rules import NotStored
from shared.storage import Database
from shared.storage.migrations import TableSet, upgrade
from tests.postgres import PostgresServer

FRANCE = BureauCode("FR")


class Places:
    """Returns the URL of the store of a mailbox, and records the names."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []

    def __call__(self, name: str) -> str:
        """Return the URL of a store."""
        self.asked.append(name)
        return self.url


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(f"sqlite:///{tmp_path / 'mailbox.db'}")


@pytest.fixture
async def mailboxes(places: Places, clock: FixedClock) -> AsyncIterator[Mailboxes]:
    opened = Mailboxes(places, clock, Log("test", stream=BytesIO(), clock=clock))
    yield opened
    await opened.close()


async def test_concurrent_requests_open_a_mailbox_once(mailboxes: Mailboxes, places: Places) -> None:
    opened = await asyncio.gather(*(mailboxes.of(FRANCE) for _ in range(5)))
    assert len(set(map(id, opened))) == 1
    assert places.asked == ["mailbox-fr"]


async def test_opening_a_mailbox_is_retried_after_a_failure(
    mailboxes: Mailboxes, places: Places, tmp_path: Path
) -> None:
    """Callers get a refusal until then; the failure is not cached."""
    good = places.url
    (tmp_path / "file").touch()
    for bad in (f"sqlite:///{tmp_path / 'file' / 'mailbox.db'}", f"sqlite:///{tmp_path}", "nowhere", "mysql://x/y"):
        places.url = bad
        with pytest.raises(NotStored):
            await mailboxes.of(FRANCE)
    places.url = good
    assert await (await mailboxes.of(FRANCE)).reading.events.last() == 0


async def test_a_requested_mailbox_is_opened_before_those_opened_in_the_background(
    clock: FixedClock, tmp_path: Path
) -> None:
    """At a start all mailboxes are opened, a few at a time; a request does not wait for its turn."""
    mailboxes = Mailboxes(lambda name: f"sqlite:///{tmp_path / name}.db", clock, Log("test", stream=BytesIO()))
    busy = [sqlite3.connect(tmp_path / f"mailbox-b{number}.db") for number in range(MAX_OPENING)]
    for connection in busy:
        connection.execute("BEGIN EXCLUSIVE")
    names = [f"B{number}" for number in range(MAX_OPENING)] + ["KE"]
    background = [asyncio.create_task(mailboxes.opened(name)) for name in names]
    await asyncio.sleep(0)
    assert (await mailboxes.of(FRANCE)).bureau == FRANCE
    assert not any(task.done() for task in background)
    for connection in busy:
        connection.rollback()
        connection.close()
    assert [mailbox.bureau for mailbox in await asyncio.gather(*background)] == names
    await mailboxes.close()


async def test_an_unreachable_or_refusing_database_server_raises_not_stored(
    mailboxes: Mailboxes, places: Places, postgres: PostgresServer
) -> None:
    """One that does not know the database, or is not running."""
    with postgres.database() as url:
        known = url
    for refused in (known, "postgresql://nobody:wrong@127.0.0.1:1/none"):
        places.url = refused
        with pytest.raises(NotStored):
            await mailboxes.of(FRANCE)


async def test_opening_a_mailbox_times_out_and_continues_in_the_background(
    mailboxes: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow migration or a hanging server: the request is refused for now."""
    done = asyncio.Event()

    async def slowly(database: Database, *tables: TableSet) -> None:
        await done.wait()
        await upgrade(database, *tables)

    monkeypatch.setattr("shared.mailbox.mailbox.upgrade", slowly)
    monkeypatch.setattr("shared.mailbox.mailbox.OPEN_TIMEOUT_SECONDS", 0.01)
    with pytest.raises(NotStored, match="being opened"):
        await mailboxes.of(FRANCE)
    monkeypatch.undo()
    done.set()
    assert (await mailboxes.of(FRANCE)).bureau == FRANCE


async def test_a_cancelled_wait_does_not_cancel_the_opening_for_others(mailboxes: Mailboxes) -> None:
    first = asyncio.create_task(mailboxes.of(FRANCE))
    second = asyncio.create_task(mailboxes.of(FRANCE))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).bureau == FRANCE


async def test_a_waiting_task_is_woken_by_a_newer_change() -> None:
    """Also by a change before the wait began, but not by one that was already seen."""
    changes = ChangeSignal()
    seen = changes.version
    waiting = [asyncio.create_task(changes.wait_newer(seen, 60)) for _ in range(3)]
    await asyncio.sleep(0)
    changes.notify()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
        await changes.wait_newer(seen, 60)
    await changes.wait_newer(changes.version, 0.01)


async def test_a_task_cancelled_during_a_notification_is_cancelled() -> None:
    """A loop that lost the cancellation at that moment would never end."""
    changes = ChangeSignal()

    async def listen() -> None:
        while True:
            await changes.wait_newer(changes.version, 60)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    changes.notify()
    listening.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(listening, return_exceptions=True)
    assert listening.cancelled()
