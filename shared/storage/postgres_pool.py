"""The connections of one process to one PostgreSQL database: a few, shared by all stores in it.

All waits are bounded: `busy` if no connection is free in time, `store-unavailable` if the server cannot be reached or
does not reply, `outcome-unknown` if it is lost during a commit.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.sql import Executable

from shared.errors import Busy, OutcomeUnknown, Refusal, StoreUnavailable
from shared.storage.session import Parameters, Rows

T = TypeVar("T")

# Less than half of the deadline of a request: its entry in the audit log may have to wait as well.
WAIT_SECONDS: Final = 2.0
CONNECT_SECONDS: Final = 3.0
SHORT_SECONDS: Final = 4.0
"""For a statement that uses an index; it includes the wait for locks."""

LONG_SECONDS: Final = 30.0
"""For a statement that reads or changes many rows, and for a commit."""

_SCHEMA: Final = "i247_schema"

# SQLSTATEs or their prefixes (PostgreSQL documentation, appendix A) that are not about the statement itself.
_BUSY: Final = ("53300", "55P03", "57014", "40001", "40P01")
_UNAVAILABLE: Final = ("08", "25006", "28", "3D000", "53", "57P", "58")

# The second one is raised after the connection was lost earlier in the same transaction.
_FAULTS: Final = (
    sa.exc.DBAPIError,
    sa.exc.PendingRollbackError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
_OVERDUE: Final = "it took too long"

_NOT_REACHED: Final = "the store of this service cannot be reached: try again later"
_NO_CONNECTION: Final = "too many requests wait for the store of this service: try again later"
_NOT_KNOWN: Final = "the store of this service was lost during the commit"


class PostgresPool:
    """The connections to one database. Reads and writes share them; a quarter is reserved for reads."""

    def __init__(self, url: sa.URL, connections: int) -> None:
        # To compile a statement takes 150 ms, which none here is worth: the server expects more rows than there are.
        session = {"application_name": "i247", "jit": "off"}
        options = {"timeout": CONNECT_SECONDS, "server_settings": session}
        self._engine = create_async_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            pool_use_lifo=True,
            connect_args=options,
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        # A transaction may wait for a read: with transactions on all connections none would proceed.
        self._writers = asyncio.Semaphore(connections - max(1, connections // 4))
        self._users = 0

    def join(self) -> "PostgresPool":
        """Count one more store as a user."""
        self._users += 1
        return self

    async def leave(self) -> None:
        """Count one store less; close the connections after the last."""
        self._users -= 1
        if self._users == 0:
            await self._engine.dispose()

    async def read(self, schema: str, statement: Executable, parameters: Parameters, seconds: float) -> Rows:
        """Run a statement that only reads. Raises Busy, StoreUnavailable."""

        async def run() -> Rows:
            async with self._reading.connect() as connection:
                with _limited(connection, seconds):
                    await _select_schema(connection, schema)
                    return (await connection.execute(statement, parameters)).all()

        return await _on_another_connection(run)

    @asynccontextmanager
    async def writing(self, first: Executable) -> AsyncIterator[AsyncConnection]:
        """Open a transaction with a first statement. Raises Busy, StoreUnavailable, OutcomeUnknown."""
        await in_time(self._writers, WAIT_SECONDS)
        try:
            connection = await _on_another_connection(partial(self._begin, first))
            try:
                yield connection
                await _commit(connection)
            finally:
                # This rolls back what was not committed, also if the caller was cancelled.
                await asyncio.shield(asyncio.ensure_future(_close(connection)))
        finally:
            self._writers.release()

    async def _begin(self, first: Executable) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            with _limited(connection, SHORT_SECONDS):
                await connection.execute(first)
        except BaseException:
            await asyncio.shield(asyncio.ensure_future(_close(connection)))
            raise
        return connection


async def _on_another_connection(act: Callable[[], Awaitable[T]]) -> T:
    """Await an act, and once more if its pooled connection was lost before, such as by a restart of the server."""
    with _as_refusals():
        try:
            return await act()
        except sa.exc.DBAPIError as error:
            # Not after the time limit, which ends the connection as well.
            if not error.connection_invalidated or _OVERDUE in getattr(error, "__notes__", ()):
                raise
            return await act()


async def in_time(turn: asyncio.Semaphore | asyncio.Lock, seconds: float) -> None:
    """Acquire a lock within some seconds. Raises Busy."""
    try:
        async with asyncio.timeout(seconds):
            await turn.acquire()
    except TimeoutError as error:
        raise Busy(_NO_CONNECTION) from error


async def execute(
    connection: AsyncConnection, statement: Executable, parameters: Parameters, seconds: float
) -> sa.CursorResult[Any]:
    """Run a statement in a transaction. Raises Busy, StoreUnavailable."""
    with _as_refusals(), _limited(connection, seconds):
        return await connection.execute(statement, parameters)


async def copy(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], seconds: float
) -> None:
    """Insert many rows by COPY in a transaction. Raises Busy, StoreUnavailable, sqlalchemy.exc.IntegrityError."""
    with _as_refusals(), _limited(connection, seconds):
        driver = _pooled(connection).driver_connection
        try:
            await driver.copy_records_to_table(table, records=rows, columns=columns)
        except asyncpg.IntegrityConstraintViolationError as error:
            raise sa.exc.IntegrityError(f"COPY {table}", None, error) from error


async def run_sync(connection: AsyncConnection, work: Callable[[sa.Connection], T]) -> T:
    """Run work in a transaction without a time limit. Raises Busy, StoreUnavailable, and what the work raises."""
    with _as_refusals():
        return await connection.run_sync(work)


async def _commit(connection: AsyncConnection) -> None:
    try:
        with _limited(connection, LONG_SECONDS):
            await connection.commit()
    except _FAULTS as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise (OutcomeUnknown(_NOT_KNOWN) if isinstance(refusal, StoreUnavailable) else refusal) from error


async def _close(connection: AsyncConnection) -> None:
    with _as_refusals():
        if connection.invalidated:
            await connection.close()
            return
        with _limited(connection, SHORT_SECONDS):
            await connection.close()


async def _select_schema(connection: AsyncConnection, schema: str) -> None:
    """Set the schema of a connection for reads, unless it has it already."""
    known = _pooled(connection).info
    if known.get(_SCHEMA) != schema:
        known.pop(_SCHEMA, None)
        await connection.exec_driver_sql(f'SET search_path TO "{schema}"')
        known[_SCHEMA] = schema


@contextmanager
def _limited(connection: AsyncConnection, seconds: float) -> Iterator[None]:
    """Terminate a connection after this time: a server that hangs would not cancel the statement."""
    loop = asyncio.get_running_loop()
    overdue = loop.call_later(seconds, _pooled(connection).driver_connection.terminate)
    try:
        yield
    except sa.exc.DBAPIError as error:
        if loop.time() >= overdue.when():
            error.add_note(_OVERDUE)
        raise
    finally:
        overdue.cancel()


def _pooled(connection: AsyncConnection) -> Any:
    opened = connection.sync_connection
    assert opened is not None  # noqa: S101 - it is open
    return opened.connection


@contextmanager
def _as_refusals() -> Iterator[None]:
    """Raise the refusal for an error of the server or the connection that is not about the statement."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise Busy(_NO_CONNECTION) from error
    except _FAULTS as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def _refusal_of(error: Exception) -> Refusal | None:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    if state.startswith(_BUSY):
        return Busy(_NO_CONNECTION)
    is_lost = isinstance(error, (OSError, sa.exc.PendingRollbackError)) or "connection is closed" in str(cause)
    if is_lost or getattr(error, "connection_invalidated", False) or state.startswith(_UNAVAILABLE):
        return StoreUnavailable(_NOT_REACHED)
    return None
