"""How writers of one store wait for each other, in one process and in several."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.errors import Busy
from shared.storage import Database, open_database
from tests.shared.notes_table import COUNT_UP, INSERT, metadata, rows_of
from tests.stores import Tables

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of this module."""
    return metadata


@pytest.fixture
def store(database: Database) -> Database:
    return database


async def test_concurrent_writers_lose_no_update(store: Database) -> None:
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 1, "count": 0})

    async def count_up() -> None:
        async with store.writing() as session:
            await session.execute(COUNT_UP)

    await asyncio.gather(*(count_up() for _ in range(8)))
    assert await rows_of(store.reading) == [(1, 8)]


async def test_a_writer_waits_for_the_transaction_of_another_process(store: Database, database_url: str) -> None:
    """It then sees the committed value."""
    other = open_database(database_url)
    waiting: asyncio.Task[int]

    async def count_up_too() -> int:
        async with other.writing() as session:
            return await session.execute(COUNT_UP)

    async with store.writing() as session:
        await session.execute(INSERT, {"id": 1, "count": 0})
    async with store.writing() as session:
        await session.execute(COUNT_UP)
        waiting = asyncio.create_task(count_up_too())
        assert await rows_of(store.reading) == [(1, 0)]
    assert await waiting == 1
    await other.close()
    assert await rows_of(store.reading) == [(1, 2)]


async def test_a_cancelled_wait_for_another_process_does_not_block_other_writers(
    store: Database, database_url: str
) -> None:
    """The cancelled writer does not write afterwards."""
    other = open_database(database_url)

    async def write(number: int) -> None:
        async with store.writing(exclusive=True) as session:
            await session.execute(INSERT, {"id": number, "count": 0})

    async with other.writing(exclusive=True) as session:
        await session.execute(INSERT, {"id": 1, "count": 0})
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(write(2), 0.05)
        waits = asyncio.create_task(write(3))
        await asyncio.sleep(0)
    await waits
    assert await rows_of(store.reading) == [(1, 0), (3, 0)]
    await other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_waiting_for_a_lock_of_another_process_is_bounded(
    store: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer gets Busy and can retry; readers are answered meanwhile."""
    monkeypatch.setattr("shared.storage.sqlite.LOCK_WAIT_SECONDS", 0.05)

    async def write() -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": 1, "count": 0})

    with holding_the_lock(database_url):
        with pytest.raises(Busy, match="another process"):
            await asyncio.wait_for(write(), 5)
        assert await rows_of(store.reading) == []
    await write()
    assert await rows_of(store.reading) == [(1, 0)]


def test_opening_a_file_locked_by_another_process_fails_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.storage.sqlite.LOCK_WAIT_SECONDS", 0.05)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with holding_the_lock(url), pytest.raises(sa.exc.OperationalError, match="locked"):
        open_database(url)


@contextmanager
def holding_the_lock(url: str) -> Iterator[None]:
    """Have another process hold the write lock of a file until the block ends."""
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('BEGIN EXCLUSIVE'); print(); input()"
    command = [sys.executable, "-c", program, str(sa.make_url(url).database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as rival:
        assert rival.stdout is not None
        rival.stdout.readline()
        yield
        rival.communicate(b"\n")


@pytest.mark.thorough
async def test_a_new_file_can_be_opened_by_several_threads_at_once(tmp_path: Path) -> None:
    """As processes of one service do at their first start."""

    async def start(url: str) -> None:
        database = await asyncio.to_thread(open_database, url)
        await database.run_sync(metadata.create_all)
        await database.close()

    for number in range(20):
        await asyncio.gather(*(start(f"sqlite:///{tmp_path}/{number}.db") for _ in range(6)))
