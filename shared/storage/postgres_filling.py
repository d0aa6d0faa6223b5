"""Fills tables of a PostgreSQL database in one transaction, which holds their locks until it ends."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.postgres import PostgresDatabase, PostgresSession
from shared.storage.postgres_pool import run_sync
from shared.storage.session import Database, Session, StoreInUse

# For each index, in the server.
_SORTING: Final = "SET LOCAL maintenance_work_mem = '128MB'"
_OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'i247' AND pid <> pg_backend_pid()"
)


@asynccontextmanager
async def filling_database(
    database: Database, tables: Sequence[sa.Table], indexes: Sequence[sa.Index], made: Callable[[int], None]
) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Session]]]:
    """Open the transaction; see `filling`."""
    assert isinstance(database, PostgresDatabase)  # noqa: S101 - by its URL
    async with database.migrating() as connection:
        if await run_sync(connection, lambda plain: plain.exec_driver_sql(_OTHERS).scalar()):
            raise StoreInUse("another process has the store open")
        await _execute(connection, sa.text(_SORTING), *map(sa.schema.DropIndex, indexes))
        yield partial(_batch, connection)
        for index in indexes:
            await _execute(connection, sa.schema.CreateIndex(index))
            made(1)
        await _execute(connection, *(sa.text(f'ANALYZE "{table.name}"') for table in tables))


async def _execute(connection: AsyncConnection, *statements: sa.Executable) -> None:
    """Execute statements without a time limit."""
    for statement in statements:
        await run_sync(connection, partial(_run, statement=statement))


def _run(connection: sa.Connection, statement: sa.Executable) -> None:
    connection.execute(statement)


@asynccontextmanager
async def _batch(connection: AsyncConnection) -> AsyncIterator[Session]:
    async with connection.begin_nested():
        yield PostgresSession(connection)
