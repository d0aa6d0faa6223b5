"""Stores with empty tables, created once and copied, because creating each anew would take most of the test time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa

from shared.service import Service
from shared.storage import Database, Session, open_database
from shared.storage.migrations import TableSet, upgrade

Work = Callable[[Session], Awaitable[Any]]
Tables = Service | tuple[TableSet, ...] | sa.MetaData
"""The tables of a service, of a mailbox, or of a test."""

AN_EMPTY_STORE = pytest.mark.parametrize("store_tables", [None], ids=["empty"])
"""For a test that starts without tables in a module that has some."""


def make_file(tables: Tables, url: str) -> None:
    """Create the file of a store if it is missing. On PostgreSQL the database exists already."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and not (file := Path(f"{parsed.database}")).exists():
        file.write_bytes(_empty_file(tables))


@cache
def _empty_file(tables: Tables) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "store.db"
        make_tables(tables, f"sqlite:///{file}")
        return file.read_bytes()


def make_tables(tables: Tables, url: str) -> None:
    """Create the tables in an empty store."""
    # In its own event loop, because one may be running here.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _make(tables, url)).result()


async def _make(tables: Tables, url: str) -> None:
    database = open_database(url)
    try:
        if isinstance(tables, sa.MetaData):
            await database.run_sync(tables.create_all)
        else:
            await upgrade(database, *(tables if isinstance(tables, tuple) else (tables.tables,)))
    finally:
        await database.close()


async def move_rows(database: Database, by: sa.Column[Any]) -> None:
    """Make PostgreSQL store the rows of a table in reverse order. SQLite returns them so: see conftest.py."""
    async with database.writing() as session:
        for [key] in await session.fetch(sa.select(by).order_by(by.desc())):
            await session.execute(sa.update(by.table).where(by == key).values({by.name: by}))


async def in_turn(session: Session, works: Sequence[Work]) -> Sequence[Any]:
    """Execute writes one after the other, each a function of the session."""
    return [await work(session) for work in works]
