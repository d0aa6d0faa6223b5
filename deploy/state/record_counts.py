"""Counts the records in the stores of services, without the code of any service, which takes seconds to import.

A kind of record has a table with an index named after it, `<table>_reference`: see `shared.records.tables`. Where it
has many, the database states about how many: to count them takes as long as to read an index of them all.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.state.databases import ServerNotReached, connected, database_url
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings

if TYPE_CHECKING:
    import asyncpg

OF_RECORDS: Final = "_reference"
WAIT_SECONDS: Final = 2.0
COUNTED: Final = 100_000
_SQLITE_TABLES: Final = "SELECT tbl_name FROM sqlite_master WHERE type = 'index' AND name = tbl_name || ?"
_POSTGRES_TABLES: Final = "SELECT tablename FROM pg_indexes WHERE indexname = tablename || $1"
_POSTGRES_ESTIMATE: Final = "SELECT reltuples::bigint FROM pg_class WHERE oid = $1::regclass"


class RecordCount(NamedTuple):
    """How many records a store holds, those that ended included."""

    records: int
    is_estimate: bool = False


async def count_records(settings: Settings, service: str) -> RecordCount | None:
    """Return how many records a store holds; None if it cannot be read now."""
    url = settings.store_of(service)
    if url.startswith("sqlite:///"):
        return _in_file(Path(url.removeprefix("sqlite:///")))
    return await _in_database(settings, service)


def _in_file(file: Path) -> RecordCount | None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_SECONDS)) as store:
            tables = [name for (name,) in store.execute(_SQLITE_TABLES, [OF_RECORDS])]
            return _sum([_in_table(store, table) for table in tables])
    except sqlite3.Error:
        return None


def _in_table(store: sqlite3.Connection, table: str) -> RecordCount:
    counted = int(store.execute(_up_to_limit(table)).fetchone()[0])
    if counted <= COUNTED:
        return RecordCount(counted)
    # Of the row that was added last: exact, unless some were deleted.
    return RecordCount(int(store.execute(f'SELECT max(rowid) FROM "{table}"').fetchone()[0]), is_estimate=True)  # noqa: S608 - names of our schema


async def _in_database(settings: Settings, service: str) -> RecordCount | None:
    import asyncpg

    try:
        async with connected(database_url(settings, service)) as connection:
            tables = [row["tablename"] for row in await connection.fetch(_POSTGRES_TABLES, OF_RECORDS)]
            return _sum([await _in_server(connection, table) for table in tables])
    except (ServerNotReached, StartRefused, asyncpg.PostgresError):
        return None


async def _in_server(connection: "asyncpg.Connection", table: str) -> RecordCount:
    counted = int(await connection.fetchval(_up_to_limit(table)))
    if counted <= COUNTED:
        return RecordCount(counted)
    # -1 before the table was analyzed for the first time.
    estimate = int(await connection.fetchval(_POSTGRES_ESTIMATE, f'"{table}"'))
    return RecordCount(max(counted, estimate), is_estimate=True)


def _up_to_limit(table: str) -> str:
    return f'SELECT count(*) FROM (SELECT 1 FROM "{table}" LIMIT {COUNTED + 1}) AS first'  # noqa: S608 - names of our schema


def _sum(counts: list[RecordCount]) -> RecordCount:
    return RecordCount(sum(each.records for each in counts), any(each.is_estimate for each in counts))
