"""Where a service remembers: SQLite in a file by default, PostgreSQL by URL, one way to use both.

Stores speak SQLAlchemy Core through a `Session`. On SQLite a short indexed statement runs in the event loop, as it
costs less than handing it to a thread; whatever may scan, wait for a lock or reach the disk runs in a thread.
On PostgreSQL everything goes through asyncpg. Make a statement once, with bind parameters, where it is hot: to
build and compile it anew costs more than to run it.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql import Executable

Rows = Sequence[Row[Any]]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]

T = TypeVar("T")

NO_PARAMETERS: Mapping[str, Any] = {}
LOCK_WAIT_SECONDS = 30
READS_ONLY = "this session only reads: open one with `writing()`"


class StorageRefused(Exception):
    """The store cannot be used as it is; the message says why and what to do."""


class Session(Protocol):
    """Statements against one database, in one transaction when they write."""

    async def look_up(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        """Run a short statement that an index answers."""
        ...

    async def scan(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        """Run a statement that may read many rows, away from the event loop."""
        ...

    async def change(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> int:
        """Insert, update or delete; return how many rows were touched, -1 if unknown as for many sets of parameters."""
        ...

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows of plain values: numbers, texts and bytes, which no type has to convert.

        To take each row apart by the names of its values would cost more than to insert it.
        """
        ...


class Database(Protocol):
    """One store: a session to read, sessions to write, and its end."""

    @property
    def reading(self) -> Session:
        """The session for reads alone, shared by all; each statement stands for itself."""
        ...

    def writing(self, *, alone: bool = False) -> AbstractAsyncContextManager[Session]:
        """Open a transaction: committed when the block ends well, otherwise undone.

        `alone` keeps out all others that are to be alone, of other processes too; on SQLite every transaction is.
        """
        ...

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Do what needs a plain connection, such as migrations, in a transaction and away from the event loop."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


def one_or_none(rows: Rows) -> Row[Any] | None:
    """Return the first of rows of which there is one at the most, or None."""
    return rows[0] if rows else None


def open_database(url: str) -> Database:
    """Open the store behind a URL: `sqlite:///FILE` or `postgresql://...`. Raises StorageRefused."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StorageRefused("the URL of the store cannot be read") from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return SqliteDatabase(Path(parsed.database))
        case "postgresql":
            return PostgresDatabase(parsed.set(drivername="postgresql+asyncpg"))
        case backend:
            raise StorageRefused(f"no store at {backend}:// is supported: use sqlite:///FILE or postgresql://...")


# By hand, as SQLAlchemy's way, a listener, makes every statement slower; and at once as a writer, as one that begins as
# a reader cannot become one when it has to wait.
_BEGIN = "BEGIN IMMEDIATE"
_WAIT = f"PRAGMA busy_timeout = {LOCK_WAIT_SECONDS * 1000}"


class SqliteDatabase:
    """One file in WAL mode: one writer at a time, readers beside it, a commit reaches the disk."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._readers = _sqlite_engine(file, isolation_level="AUTOCOMMIT")
        sa.event.listen(self._readers, "connect", _refuse_writes)
        self._writers = _sqlite_engine(file)
        self._turn = asyncio.Lock()
        self._looking_up = self._readers.connect()
        self.reading: Session = _SqliteReading(self._looking_up, self._readers)

    @asynccontextmanager
    async def writing(self, *, alone: bool = False) -> AsyncIterator[Session]:  # noqa: ARG002 - always so
        """Take turns to write: a transaction that holds the file from its start."""
        async with self._turn:
            connection = self._writers.connect()
            try:
                await self._begin(connection)
                with connection.begin() as transaction:
                    yield _SqliteSession(connection)
                    await asyncio.to_thread(transaction.commit)
            finally:
                # Undoes what was not committed.
                connection.close()

    async def _begin(self, connection: sa.Connection) -> None:
        """Begin at once where the file is free, which it nearly always is; wait for others in a thread."""
        held: Any = connection.connection.dbapi_connection
        held.execute("PRAGMA busy_timeout = 0")
        try:
            held.execute(_BEGIN)
        except sqlite3.OperationalError:
            held.execute(_WAIT)
            await asyncio.to_thread(_begin, connection)
        else:
            held.execute(_WAIT)

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Do what needs a plain connection in a transaction, in a thread."""
        return await asyncio.to_thread(self._run, work)

    def _run(self, work: Callable[[sa.Connection], T]) -> T:
        with self._writers.connect() as connection:
            _begin(connection)
            with connection.begin():
                return work(connection)

    async def close(self) -> None:
        """Let go of all connections."""
        self._looking_up.close()
        self._readers.dispose()
        self._writers.dispose()


def _begin(connection: sa.Connection) -> None:
    held: Any = connection.connection.dbapi_connection
    try:
        held.execute(_BEGIN)
    except sqlite3.OperationalError as error:
        raise sa.exc.OperationalError(_BEGIN, None, error) from error


def _sqlite_engine(file: Path, **options: Any) -> sa.Engine:
    url = sa.URL.create("sqlite", database=str(file))
    arguments = {"check_same_thread": False, "timeout": LOCK_WAIT_SECONDS}
    engine = sa.create_engine(url, connect_args=arguments, **options)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Without this the driver begins transactions of its own, and too late to take the lock.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
        connection.execute(f"PRAGMA {pragma}")


def _refuse_writes(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")


class _SqliteSession:
    """Statements on the connection of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    async def look_up(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        return self._connection.execute(statement, parameters).all()

    async def scan(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        return await asyncio.to_thread(lambda: self._connection.execute(statement, parameters).all())

    async def change(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> int:
        return self._connection.execute(statement, parameters).rowcount

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        names, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - names of this program
        held: Any = self._connection.connection.dbapi_connection
        try:
            held.executemany(statement, rows)
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError(statement, None, error) from error


class _SqliteReading:
    """Look-ups on one connection, each scan on one of its own, no transaction around either."""

    def __init__(self, connection: sa.Connection, scanning: sa.Engine) -> None:
        self._connection = connection
        self._scanning = scanning

    async def look_up(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        return self._connection.execute(statement, parameters).all()

    async def scan(self, statement: Executable, parameters: Parameters = NO_PARAMETERS) -> Rows:
        return await asyncio.to_thread(self._scan, statement, parameters)

    def _scan(self, statement: Executable, parameters: Parameters) -> Rows:
        with self._scanning.connect() as connection:
            return connection.execute(statement, parameters).all()

    async def change(self, _statement: Executable, _parameters: Parameters = NO_PARAMETERS) -> int:
        raise StorageRefused(READS_ONLY)

    async def insert(self, _table: sa.Table, _columns: Sequence[str], _rows: Sequence[Sequence[Any]]) -> None:
        raise StorageRefused(READS_ONLY)


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

    async def insert(self, _table: sa.Table, _columns: Sequence[str], _rows: Sequence[Sequence[Any]]) -> None:
        raise StorageRefused(READS_ONLY)
