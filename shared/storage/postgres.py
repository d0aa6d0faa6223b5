"""A store in a schema of a PostgreSQL database, through asyncpg."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable

from shared.storage.postgres_pool import LONG_SECONDS, SHORT_SECONDS, PostgresPool, copy, execute, in_time, run_sync
from shared.storage.session import NO_PARAMETERS, Parameters, ReadOnly, Rows, Session, StorageRefused

T = TypeVar("T")

# Keys of advisory locks, any that nobody else uses; the second key is a hash of the name of the schema.
_WRITERS_LOCK: Final = 247_248
_MIGRATIONS_LOCK: Final = 247_247

# For fewer rows a COPY costs more than it saves.
COPIED_FROM: Final = 100

_is_name: Final = re.compile(r"[a-z][a-z0-9_]{0,62}").fullmatch


class PostgresDatabase:
    """A store in a schema of a database, with connections that it shares with other stores."""

    def __init__(self, pool: PostgresPool, schema: str) -> None:
        """Use a schema. Raises StorageRefused."""
        if not _is_name(schema):
            raise StorageRefused("the schema in the URL of the store must be lower-case letters, digits and `_`")
        self._pool = pool.join()
        self._schema = schema
        in_schema = sa.func.set_config("search_path", sa.literal(schema), sa.true())
        self._begin = sa.select(in_schema)
        self._begin_exclusive = sa.select(in_schema, _lock(_WRITERS_LOCK, schema))
        self._begin_migration = sa.select(in_schema, _lock(_MIGRATIONS_LOCK, schema))
        self._turn = asyncio.Lock()
        self.reading: Session = _PostgresReading(pool, schema)

    @asynccontextmanager
    async def writing(self, *, exclusive: bool = False) -> AsyncIterator[Session]:
        """Open a transaction; see `Database`."""
        if not exclusive:
            async with self._pool.writing(self._begin) as connection:
                yield PostgresSession(connection)
            return
        # Those of this process wait here, without a connection.
        await in_time(self._turn, SHORT_SECONDS)
        try:
            async with self._pool.writing(self._begin_exclusive) as connection:
                yield PostgresSession(connection)
        finally:
            self._turn.release()

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Run work with a plain connection in a transaction, without a time limit, in one process at a time."""
        async with self.migrating() as connection:
            await run_sync(connection, self._make_schema)
            return await run_sync(connection, work)

    def migrating(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction in which no other process changes tables."""
        return self._pool.writing(self._begin_migration)

    def _make_schema(self, connection: sa.Connection) -> None:
        # Not `IF NOT EXISTS`, for which a role needs the right to create schemas even where there is one.
        if not sa.inspect(connection).has_schema(self._schema):
            connection.execute(sa.schema.CreateSchema(self._schema))

    async def close(self) -> None:
        """Close the connections if no other store uses them."""
        await self._pool.leave()


def _lock(what: int, schema: str) -> sa.ColumnElement[Any]:
    return sa.func.pg_advisory_xact_lock(sa.literal(what), sa.func.hashtext(sa.literal(schema)))


def _seconds(in_thread: bool) -> float:
    """Return the time limit of a statement; the event loop is never blocked."""
    return LONG_SECONDS if in_thread else SHORT_SECONDS


class PostgresSession:
    """Statements on the connection of one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        """Run a query."""
        return (await execute(self._connection, statement, parameters, _seconds(in_thread))).all()

    async def execute(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> int:
        """Change rows, and return how many."""
        return (await execute(self._connection, statement, parameters, _seconds(in_thread))).rowcount

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows."""
        if len(rows) >= COPIED_FROM:
            await copy(self._connection, table.name, columns, rows, LONG_SECONDS)
            return
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        await execute(self._connection, sa.insert(table), named, LONG_SECONDS)


class _PostgresReading(ReadOnly):
    """Each statement on a connection of its own, without a transaction."""

    def __init__(self, pool: PostgresPool, schema: str) -> None:
        self._pool = pool
        self._schema = schema

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        return await self._pool.read(self._schema, statement, parameters, _seconds(in_thread))
