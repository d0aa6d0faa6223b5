"""Mailboxes are opened when they are needed, also later, and wake those who wait for something new."""

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
    """Tells where the store of a mailbox is."""

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


async def test_a_mailbox_is_opened_once(mailboxes: Mailboxes, places: Places) -> None:
    """By however many it is asked for at the same time."""
    opened = await asyncio.gather(*(mailboxes.of(FRANCE) for _ in range(5)))
    assert len(set(map(id, opened))) == 1
    assert places.asked == ["mailbox-fr"]


async def test_a_mailbox_that_cannot_be_opened_is_opened_later(
    mailboxes: Mailboxes, places: Places, tmp_path: Path
) -> None:
    """A caller meanwhile gets a refusal, and the failure does not persist."""
    good = places.url
    (tmp_path / "file").touch()
    for bad in (f"sqlite:///{tmp_path / 'file' / 'mailbox.db'}", f"sqlite:///{tmp_path}", "nowhere", "mysql://x/y"):
        places.url = bad
        with pytest.raises(NotStored):
            await mailboxes.of(FRANCE)
    places.url = good
    assert await (await mailboxes.of(FRANCE)).reading.events.last() == 0


async def test_who_waits_for_a_mailbox_goes_before_those_that_nobody_asked_for(
    clock: FixedClock, tmp_path: Path
) -> None:
    """At a start all are opened, a few at a time; a request does not wait until it is the turn of its own."""
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


async def test_a_server_that_refuses_is_no_crash(
    mailboxes: Mailboxes, places: Places, postgres: PostgresServer
) -> None:
    """Such as one that does not know the database, or is not there."""
    with postgres.database() as url:
        known = url
    for refused in (known, "postgresql://nobody:wrong@127.0.0.1:1/none"):
        places.url = refused
        with pytest.raises(NotStored):
            await mailboxes.of(FRANCE)


async def test_nobody_waits_for_ever_for_a_mailbox(mailboxes: Mailboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose tables take long to change, or whose server hangs, is refused for now and opened later."""
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


async def test_whoever_waits_for_a_mailbox_may_go(mailboxes: Mailboxes) -> None:
    """It is opened for the others."""
    first = asyncio.create_task(mailboxes.of(FRANCE))
    second = asyncio.create_task(mailboxes.of(FRANCE))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).bureau == FRANCE


async def test_who_waits_is_woken_by_what_is_new() -> None:
    """Also by what came before the wait began, and not by what was seen."""
    changes = ChangeSignal()
    seen = changes.version
    waiting = [asyncio.create_task(changes.wait_newer(seen, 60)) for _ in range(3)]
    await asyncio.sleep(0)
    changes.notify()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
        await changes.wait_newer(seen, 60)
    await changes.wait_newer(changes.version, 0.01)


async def test_who_is_stopped_when_something_comes_is_stopped() -> None:
    """A loop that forgot it at that moment would go on for ever."""
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
