"""Counts the records in the stores of services, without the code of any service, which takes seconds to import.

A kind of record has a table with an index named after it, `<table>_reference`: see `shared.records.tables`.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from deploy.state.databases import ServerNotReached, connected, database_url
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings

OF_RECORDS: Final = "_reference"
WAIT_SECONDS: Final = 2.0
_SQLITE_TABLES: Final = "SELECT tbl_name FROM sqlite_master WHERE type = 'index' AND name = tbl_name || ?"
_POSTGRES_TABLES: Final = "SELECT tablename FROM pg_indexes WHERE indexname = tablename || $1"


async def count_records(settings: Settings, service: str) -> int | None:
    """Return how many records a store holds, those that ended included; None if it cannot be read now."""
    url = settings.store_of(service)
    if url.startswith("sqlite:///"):
        return _in_file(Path(url.removeprefix("sqlite:///")))
    return await _in_database(settings, service)


def _in_file(file: Path) -> int | None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_SECONDS)) as store:
            tables = [name for (name,) in store.execute(_SQLITE_TABLES, [OF_RECORDS])]
            return sum(int(store.execute(statement).fetchone()[0]) for statement in _counting(tables))
    except sqlite3.Error:
        return None


async def _in_database(settings: Settings, service: str) -> int | None:
    import asyncpg

    try:
        async with connected(database_url(settings, service)) as connection:
            tables = [row["tablename"] for row in await connection.fetch(_POSTGRES_TABLES, OF_RECORDS)]
            return sum([int(await connection.fetchval(statement)) for statement in _counting(tables)])
    except (ServerNotReached, StartRefused, asyncpg.PostgresError):
        return None


def _counting(tables: Iterable[str]) -> Iterable[str]:
    # Names of tables are those of the schema, which is ours.
    return (f'SELECT count(*) FROM "{name}"' for name in tables)  # noqa: S608
