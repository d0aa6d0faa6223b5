"""Gives the space of what was deleted from a store back to the disk, in small steps beside other processes.

A PostgreSQL server does so itself, by its autovacuum: what it does not give back it uses again.
"""

import asyncio
import sqlite3
from contextlib import closing
from time import sleep
from typing import Final

import sqlalchemy as sa

from shared.storage.sqlite import LOCK_WAIT_SECONDS

# Of a transaction, while requests wait to write.
PAGES_AT_ONCE: Final = 1_000
PAUSE_SECONDS: Final = 0.005


async def shrink(url: str) -> None:
    """Shrink the file of a store by its free pages; do nothing for a store on a server."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return
    await asyncio.to_thread(_shrink, f"{parsed.database}")


def _shrink(file: str) -> None:
    with closing(sqlite3.connect(file, timeout=LOCK_WAIT_SECONDS, isolation_level=None)) as store:
        # Nothing is lost if the last steps are: they are made again. So none waits for the disk.
        store.execute("PRAGMA synchronous = NORMAL")
        store.execute("PRAGMA wal_autocheckpoint = 10000").fetchall()
        before, left = 0, _free_pages(store)
        while left != before:
            # As a script, which is run to its end: `execute` would free one page, as this statement has no columns.
            store.executescript(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE});")
            before, left = left, _free_pages(store)
            # Others who wait for their turn look each millisecond.
            sleep(PAUSE_SECONDS)
        # Until then the pages are free in the log of writes alone.
        store.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _free_pages(store: sqlite3.Connection) -> int:
    return int(store.execute("PRAGMA freelist_count").fetchone()[0])
