"""A store in a schema of a PostgreSQL database, through asyncpg."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable

from shared.storage.postgres_pool import LONG_SECONDS, SHORT_SECONDS, PostgresPool, execute, in_time, run_sync
from shared.storage.session import NO_PARAMETERS, READS_ONLY, Parameters, Rows, Session, StorageRefused

T = TypeVar("T")

# Any figures will do that nobody else locks; the second one is made from the name of the schema.
_TURNS: Final = 247_248
_CHANGES_OF_TABLES: Final = 247_247

_is_name: Final = re.compile(r"[a-z][a-z0-9_]{0,62}").fullmatch


class PostgresDatabase:
    """A schema of its own in a database that it may share with other stores, with their connections."""

    def __init__(self, pool: PostgresPool, schema: str) -> None:
        """Use a schema of the database of a pool. Raises StorageRefused."""
        if not _is_name(schema):
            raise StorageRefused("the schema in the URL of the store must be lower-case letters, digits and `_`")
        self._pool = pool.join()
        self._schema = schema
        in_schema = sa.func.set_config("search_path", sa.literal(schema), sa.true())
        self._begin = sa.select(in_schema)
        self._begin_exclusive = sa.select(in_schema, _lock(_TURNS, schema))
        self._begin_change_of_tables = sa.select(in_schema, _lock(_CHANGES_OF_TABLES, schema))
        self._turn = asyncio.Lock()
        self.reading: Session = _PostgresReading(pool, schema)

    @asynccontextmanager
    async def writing(self, *, exclusive: bool = False) -> AsyncIterator[Session]:
        """Open a transaction of its own."""
        if not exclusive:
            async with self._pool.writing(self._begin) as connection:
                yield _PostgresSession(connection)
            return
        # Those of this process wait here, so that they take no connection for it.
        await in_time(self._turn, SHORT_SECONDS)
        try:
            async with self._pool.writing(self._begin_exclusive) as connection:
                yield _PostgresSession(connection)
        finally:
            self._turn.release()

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Do what needs a plain connection in a transaction, however long it takes; one process at a time does it."""
        async with self._pool.writing(self._begin_change_of_tables) as connection:
            await run_sync(connection, self._make_schema)
            return await run_sync(connection, work)

    def _make_schema(self, connection: sa.Connection) -> None:
        # Not `IF NOT EXISTS`: for that a role needs the right to make schemas also where there is one.
        if not sa.inspect(connection).has_schema(self._schema):
            connection.execute(sa.schema.CreateSchema(self._schema))

    async def close(self) -> None:
        """Let go of all connections that no other store uses."""
        await self._pool.leave()


def _lock(what: int, schema: str) -> sa.ColumnElement[Any]:
    return sa.func.pg_advisory_xact_lock(sa.literal(what), sa.func.hashtext(sa.literal(schema)))


def _seconds(in_thread: bool) -> float:
    """Return how long a statement may take; the connection never holds the event loop up."""
    return LONG_SECONDS if in_thread else SHORT_SECONDS


class _PostgresSession:
    """Statements on the connection of one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        return (await execute(self._connection, statement, parameters, _seconds(in_thread))).all()

    async def execute(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> int:
        return (await execute(self._connection, statement, parameters, _seconds(in_thread))).rowcount

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        await execute(self._connection, sa.insert(table), named, LONG_SECONDS)


class _PostgresReading:
    """Each statement on a connection of its own, without a transaction around it."""

    def __init__(self, pool: PostgresPool, schema: str) -> None:
        self._pool = pool
        self._schema = schema

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        return await self._pool.read(self._schema, statement, parameters, _seconds(in_thread))

    async def execute(self, *_: Any, **_options: Any) -> int:
        raise StorageRefused(READS_ONLY)

    async def insert(self, _table: sa.Table, _columns: Sequence[str], _rows: Sequence[Sequence[Any]]) -> None:
        raise StorageRefused(READS_ONLY)
