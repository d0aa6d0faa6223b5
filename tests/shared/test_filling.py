"""A store is filled with many rows in one transaction: all are there afterwards with their indexes, or none."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.errors import Busy
from shared.storage import Session, StoreInUse, open_database, sqlite
from shared.storage.filling import filling
from tests.stores import Tables

pytestmark = pytest.mark.both_databases

metadata = sa.MetaData()
leaves = sa.Table(
    "leaves",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.String(20), unique=True),
    sa.Column("tree", sa.String(20), index=True),
)
ROWS = [(number, f"code {number}", f"tree {number % 7}") for number in range(300)]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of this module."""
    return metadata


async def insert(session: Session, rows: list[tuple[int, str, str]]) -> None:
    await session.insert(leaves, leaves.c.keys(), rows)


async def contents(url: str) -> list[tuple[int, str, str]]:
    database = open_database(url)
    try:
        return [tuple(row) for row in await database.reading.fetch(sa.select(leaves).order_by(leaves.c.id))]
    finally:
        await database.close()


async def indexes(url: str) -> set[str]:
    database = open_database(url)
    try:
        found = await database.run_sync(lambda connection: sa.inspect(connection).get_indexes("leaves"))
        return {str(each["name"]) for each in found} & {"ix_leaves_tree"}
    finally:
        await database.close()


async def test_rows_are_there_afterwards_with_their_indexes(database_url: str) -> None:
    made = list[int]()
    async with filling(database_url, [leaves], made.append) as batch:
        async with batch() as session:
            await insert(session, ROWS[:150])
        async with batch() as session:
            await insert(session, ROWS[150:])
    assert await contents(database_url) == ROWS
    assert await indexes(database_url) == {"ix_leaves_tree"}
    assert made == [1]


async def test_a_batch_of_which_a_row_is_there_is_undone_and_the_others_stay(database_url: str) -> None:
    """Whether it is inserted row by row, or by COPY."""
    async with filling(database_url, [leaves], lambda _: None) as batch:
        async with batch() as session:
            await insert(session, ROWS[:10])
        for rows in (ROWS[5:20], ROWS[5:205]):
            with pytest.raises(sa.exc.IntegrityError):
                async with batch() as session:
                    await insert(session, rows)
        async with batch() as session:
            await insert(session, ROWS[10:12])
    assert await contents(database_url) == ROWS[:12]


@pytest.mark.parametrize("error", [LookupError(), asyncio.CancelledError()], ids=["error", "Ctrl-C"])
async def test_an_interrupted_filling_leaves_the_store_as_it_was(database_url: str, error: BaseException) -> None:
    """With the indexes that it had."""
    async with filling(database_url, [leaves], lambda _: None) as batch, batch() as session:
        await insert(session, ROWS[:5])

    async def fill_in_part() -> None:
        async with filling(database_url, [leaves], lambda _: None) as batch:
            async with batch() as session:
                await insert(session, ROWS[5:])
            raise error

    with pytest.raises(type(error)):
        await fill_in_part()
    assert await contents(database_url) == ROWS[:5]
    assert await indexes(database_url) == {"ix_leaves_tree"}


async def test_a_store_that_is_open_elsewhere_is_not_filled(database_url: str) -> None:
    """Its requests would wait until the end."""
    database = open_database(database_url)
    try:
        await database.reading.fetch(sa.select(leaves))
        with pytest.raises(StoreInUse):
            async with filling(database_url, [leaves], lambda _: None):
                pass
    finally:
        await database.close()
    assert await contents(database_url) == []
    assert await indexes(database_url) == {"ix_leaves_tree"}


async def test_a_service_that_starts_meanwhile_waits_and_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is started again after that."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    database = open_database(url)
    await database.run_sync(metadata.create_all)
    await database.close()
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.01)
    async with filling(url, [leaves], lambda _: None):
        with pytest.raises(Busy, match="keeps the store locked"):
            open_database(url)
    assert await contents(url) == []


KILLED = """
import asyncio, sys
from shared.storage import sqlite_filling
from shared.storage.filling import filling
from tests.shared.test_filling import ROWS, insert, leaves
sqlite_filling.CACHE_KIBIBYTES = 16

async def fill():
    async with filling(sys.argv[1], [leaves], print) as batch:
        for start in range(0, 20_000, 100):
            async with batch() as session:
                await insert(session, [(number + start, f"more {number + start}", "oak") for number in range(10, 110)])
        print("filled", flush=True)
        sys.stdin.read()

asyncio.run(fill())
"""


@pytest.mark.thorough
async def test_a_filling_that_is_killed_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Although pages of it reached the file, as more were written than the cache holds."""
    url, file = f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "store.db"
    database = open_database(url)
    await database.run_sync(metadata.create_all)
    await database.close()
    async with filling(url, [leaves], lambda _: None) as batch, batch() as session:
        await insert(session, ROWS[:5])
    size = file.stat().st_size
    command = [sys.executable, "-c", KILLED, url]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd())  # noqa: ASYNC220
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == b"filled\n"
    assert file.stat().st_size > 2 * size
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert await contents(url) == ROWS[:5]
    assert await indexes(url) == {"ix_leaves_tree"}
