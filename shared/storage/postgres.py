"""A store on a PostgreSQL server, through asyncpg."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql import Executable

from shared.storage.session import NO_PARAMETERS, READS_ONLY, Parameters, Rows, Session, StorageRefused

T = TypeVar("T")


# Any figure will do that nobody else locks.
_TAKE_TURN = sa.select(sa.func.pg_advisory_xact_lock(247_248))


class PostgresDatabase:
    """A PostgreSQL server through asyncpg."""

    def __init__(self, url: sa.URL) -> None:
        self._engine = create_async_engine(url, pool_pre_ping=True)
        # A read is simply done again on a lost connection, so no ping need go before each.
        self._readers = create_async_engine(url, isolation_level="AUTOCOMMIT")
        self.reading: Session = _PostgresReading(self._readers)

    @asynccontextmanager
    async def writing(self, *, alone: bool = False) -> AsyncIterator[Session]:
        """Open a transaction of its own."""
        async with self._engine.begin() as connection:
            if alone:
                await connection.execute(_TAKE_TURN)
            yield _PostgresSession(connection)

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Do what needs a plain connection in a transaction."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._engine.dispose()
        await self._readers.dispose()


class _PostgresSession:
    """Statements on the connection of one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def look_up(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        return (await self._connection.execute(statement, parameters)).all()

    scan = look_up

    async def change(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> int:
        return (await self._connection.execute(statement, parameters)).rowcount

    change_many = change

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        await self._connection.execute(sa.insert(table), [dict(zip(columns, row, strict=True)) for row in rows])


class _PostgresReading:
    """Each statement on a connection from the pool, without a transaction around it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def look_up(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        try:
            return await self._read(statement, parameters)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._read(statement, parameters)

    async def _read(self, statement: Executable, parameters: Parameters) -> Rows:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, parameters)).all()

    scan = look_up

    async def change(self, _statement: Executable, _parameters: Parameters = NO_PARAMETERS) -> int:
        raise StorageRefused(READS_ONLY)

    change_many = change

    async def insert(self, _table: sa.Table, _columns: Sequence[str], _rows: Sequence[Sequence[Any]]) -> None:
        raise StorageRefused(READS_ONLY)
