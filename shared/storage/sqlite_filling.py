"""Fills a file of SQLite in one transaction with a rollback journal.

A journal keeps the pages that the transaction changes, not those that it adds: of a file that grows from little to much
it is small, and no row is written twice, as it would be with a log of writes ahead. A process that ends within leaves
the journal, by which the next one that opens the file makes it what it was.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.compat.sqlite_dialect import create_sqlite_engine
from shared.storage.session import Session, StoreInUse
from shared.storage.sqlite import SqliteSession, driver_of, run_in_thread

# Rows go to random places of the indexes that stay, so the more pages are in memory the fewer are written twice.
CACHE_KIBIBYTES: Final = 128 * 1024
# While an index is made, it takes as much again to sort, in each thread.
SORTING_KIBIBYTES: Final = 32 * 1024
SORTING_THREADS: Final = 2


@asynccontextmanager
async def filling_file(
    file: Path, indexes: Sequence[sa.Index], made: Callable[[int], None]
) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Session]]]:
    """Open the transaction; see `filling`."""
    engine = create_sqlite_engine(file, connect_args={"check_same_thread": False, "timeout": 0.0})
    try:
        with engine.connect() as connection:
            driver = driver_of(connection)
            _lock(driver)
            for index in indexes:
                connection.execute(sa.schema.DropIndex(index))
            yield partial(_batch, connection)
            for pragma in (f"cache_size = -{SORTING_KIBIBYTES}", "shrink_memory", f"threads = {SORTING_THREADS}"):
                _set(driver, pragma)
            for index in indexes:
                await run_in_thread(partial(connection.execute, sa.schema.CreateIndex(index)), driver)
                made(1)
            await run_in_thread(driver.commit)
            await run_in_thread(partial(_set, driver, "journal_mode = WAL"))
    finally:
        # What was not committed is rolled back, and the lock released.
        engine.dispose()


def _lock(driver: sqlite3.Connection) -> None:
    """Begin a transaction that keeps the file for this connection. Raises StoreInUse."""
    driver.isolation_level = None
    pragmas = (
        "locking_mode = EXCLUSIVE",
        "journal_mode = DELETE",
        "synchronous = FULL",
        f"cache_size = -{CACHE_KIBIBYTES}",
    )
    try:
        for pragma in pragmas:
            _set(driver, pragma)
        driver.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        raise StoreInUse("another process has the store open") from error


def _set(driver: sqlite3.Connection, pragma: str) -> None:
    # Read to its end, as a connection is not closed before that.
    driver.execute(f"PRAGMA {pragma}").fetchall()


@asynccontextmanager
async def _batch(connection: sa.Connection) -> AsyncIterator[Session]:
    with connection.begin_nested():
        yield SqliteSession(connection)
