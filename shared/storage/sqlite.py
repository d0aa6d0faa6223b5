"""A store in a file of SQLite: short statements and fast commits in the event loop, all else in threads."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.sql import Executable

from shared.compat.sqlite_dialect import create_sqlite_engine
from shared.compat.sqlite_statements import prepared
from shared.errors import Busy
from shared.storage.session import NO_PARAMETERS, Parameters, ReadOnly, Rows, Session, StorageRefused

T = TypeVar("T")

LOCK_WAIT_SECONDS = 30
POLL_SECONDS = 0.001

_LOCKED = "another process keeps the store locked, as while it is filled: try again later"

# Executed directly, as an event listener of SQLAlchemy makes every statement slower. IMMEDIATE, as a transaction that
# begins as a reader fails if it has to wait to become a writer.
_BEGIN = "BEGIN IMMEDIATE"
_NO_WAIT = "PRAGMA busy_timeout = 0"
# A commit in a thread waits some milliseconds for its turn under load. With all processors busy, one to a fast disk may
# take as long.
QUICK_COMMIT_SECONDS = 0.006
SLOW_COMMITS = 3
COMMITS_IN_THREAD = 100
CACHE_KIBIBYTES = 64 * 1024
# Of the connections of threads: a scan reads most pages once, and each of several would keep its own.
SCAN_KIBIBYTES = 4 * 1024


class SqliteDatabase:
    """One file in WAL mode: one writer at a time, concurrent readers, a commit reaches the disk."""

    def __init__(self, file: Path, cache_kibibytes: int = CACHE_KIBIBYTES) -> None:
        """`cache_kibibytes` is the page cache of the connection for lookups, and of that for writes."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._readers = _sqlite_engine(file, SCAN_KIBIBYTES, isolation_level="AUTOCOMMIT")
        sa.event.listen(self._readers, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
        self._writers = _sqlite_engine(file, cache_kibibytes)
        self._writer: sa.Connection | None = None
        self._turn = asyncio.Lock()
        self._committer = _Committer()
        self._lookups = self._readers.connect()
        driver_of(self._lookups).execute(f"PRAGMA cache_size = -{cache_kibibytes}")
        self.reading: Session = SqliteReading(self._lookups, self._readers)

    @asynccontextmanager
    async def writing(self, *, exclusive: bool = False) -> AsyncIterator[Session]:  # noqa: ARG002 - always so
        """Open a transaction that locks the file from its start. Raises Busy."""
        async with self._turn, self._writing_connection() as connection:
            await _begin_in_turn(connection)
            with connection.begin() as transaction:
                session = SqliteSession(connection)
                yield session
                session.require_whole()
                await self._committer.commit(transaction)

    @asynccontextmanager
    async def _writing_connection(self) -> AsyncIterator[sa.Connection]:
        """Yield the connection that is kept for all transactions, as to open one is not cheap."""
        connection, self._writer = self._writer or self._open_writer(), None
        held = driver_of(connection)
        undone = False
        try:
            yield connection
            undone = True
        except Exception:
            undone = True
            raise
        finally:
            if undone and not held.in_transaction:
                self._writer = connection
            else:
                connection.invalidate()
                connection.close()

    def _open_writer(self) -> sa.Connection:
        connection = self._writers.connect()
        driver_of(connection).execute(_NO_WAIT)
        return connection

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Run work with a plain connection in a transaction, in a thread."""
        return await asyncio.to_thread(self._run, work)

    def _run(self, work: Callable[[sa.Connection], T]) -> T:
        with self._writers.connect() as connection:
            # Closed afterwards, to free its cache: it may have created the whole file.
            connection.detach()
            _begin(connection)
            with connection.begin():
                return work(connection)

    async def close(self) -> None:
        """Close all connections, in a thread: the last one checkpoints the WAL."""
        # First release here those that the event loop uses: to close one in use would crash.
        self._lookups.close()
        if self._writer is not None:
            self._writer.close()
        await asyncio.to_thread(self._dispose)

    def _dispose(self) -> None:
        self._readers.dispose()
        self._writers.dispose()


class _Committer:
    """Commits where it costs least: on a fast disk in the event loop, on a slow one in a thread."""

    def __init__(self) -> None:
        self._in_thread = 0
        self._slow = 0

    async def commit(self, transaction: sa.Transaction) -> None:
        """Commit a transaction. A cancellation does not stop it."""
        if self._in_thread:
            self._in_thread -= 1
            await run_in_thread(transaction.commit)
            return
        begun = perf_counter()
        transaction.commit()
        # A few slow ones may be checkpoints of the WAL.
        self._slow = self._slow + 1 if perf_counter() - begun > QUICK_COMMIT_SECONDS else 0
        if self._slow >= SLOW_COMMITS:
            self._in_thread = COMMITS_IN_THREAD


async def run_in_thread(work: Callable[[], T], interrupted: sqlite3.Connection | None = None) -> T:
    """Run work in a thread to its end, however often this is cancelled: to close a connection in use would crash.

    A cancellation interrupts the statement of the connection, if one is given.
    """
    # A future instead of a task, so that it goes on even if all tasks of the loop are cancelled.
    working = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            if interrupted is not None:
                interrupted.interrupt()
            with suppress(asyncio.CancelledError):
                await asyncio.wait([working], timeout=POLL_SECONDS)
        working.exception()
        raise


async def _begin_in_turn(connection: sa.Connection) -> None:
    """Begin as soon as no other process writes. That is soon, and waiting in a thread would take longer."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LOCK_WAIT_SECONDS
    while True:
        try:
            _begin(connection)
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                raise
            if loop.time() > until:
                raise Busy(_LOCKED) from error
            await asyncio.sleep(POLL_SECONDS)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    try:
        driver_of(connection).execute(_BEGIN)
    except sqlite3.OperationalError as error:
        raise sa.exc.OperationalError(_BEGIN, None, error) from error


def driver_of(connection: sa.Connection) -> sqlite3.Connection:
    """Return the connection of the driver."""
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _sqlite_engine(file: Path, cache_kibibytes: int, **options: Any) -> sa.Engine:
    arguments = {"check_same_thread": False, "timeout": LOCK_WAIT_SECONDS}
    engine = create_sqlite_engine(file, connect_args=arguments, **options)
    sa.event.listen(engine, "connect", lambda connection, _record: _prepare_sqlite(connection, file, cache_kibibytes))
    return engine


def _prepare_sqlite(connection: Any, file: Path, cache_kibibytes: int) -> None:
    # Without this the driver begins transactions itself, too late to take the lock.
    connection.isolation_level = None
    if not file.stat().st_size:
        # What is deleted later can be given back to the disk in parts, beside other transactions. Of a new file alone,
        # as this takes the lock for writes.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    # With a longer WAL there are fewer checkpoints, which write pages that change often only once.
    _write_ahead(connection)
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{cache_kibibytes}",
        "wal_autocheckpoint = 10000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Set WAL mode. SQLite refuses that while another process does it, whatever the timeout. Raises Busy."""
    until = monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            if monotonic() > until:
                raise Busy(_LOCKED) from error
            sleep(POLL_SECONDS)
        else:
            return


def _fetch(connection: sa.Connection, statement: Executable, parameters: Parameters) -> Rows:
    hot = prepared(statement)
    if hot is None or not isinstance(parameters, Mapping):
        return connection.execute(statement, parameters).all()
    return hot.fetch(driver_of(connection), parameters)


class SqliteSession:
    """Statements on the connection of one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._was_interrupted = False

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        """Run a query."""
        if in_thread:
            return await self._in_thread(lambda: self._connection.execute(statement, parameters).all())
        self.require_whole()
        return _fetch(self._connection, statement, parameters)

    async def execute(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> int:
        """Change rows, and return how many."""
        if in_thread:
            return await self._in_thread(lambda: self._connection.execute(statement, parameters).rowcount)
        self.require_whole()
        if (hot := prepared(statement)) is not None:
            return hot.execute(driver_of(self._connection), parameters)
        return self._connection.execute(statement, parameters).rowcount

    async def _in_thread(self, work: Callable[[], T]) -> T:
        self.require_whole()
        try:
            return await run_in_thread(work, driver_of(self._connection))
        except asyncio.CancelledError:
            self._was_interrupted = True
            raise

    def require_whole(self) -> None:
        """Require that no statement was cancelled, for which SQLite undoes those before it. Raises StorageRefused."""
        if self._was_interrupted:
            raise StorageRefused("a statement of this transaction was cancelled: begin another")

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows."""
        self.require_whole()
        names, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - names of this program
        try:
            driver_of(self._connection).executemany(statement, rows)
        except sqlite3.Error as error:
            kind = sa.exc.IntegrityError if isinstance(error, sqlite3.IntegrityError) else sa.exc.DBAPIError
            raise kind(statement, None, error) from error


class SqliteReading(ReadOnly):
    """Short queries on one connection, each scan on one of its own, without transactions."""

    def __init__(self, connection: sa.Connection, scanning: sa.Engine) -> None:
        self._connection = connection
        self._scanning = scanning

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        """Run a query."""
        if in_thread:
            return await asyncio.to_thread(self._scan, statement, parameters)
        return _fetch(self._connection, statement, parameters)

    def _scan(self, statement: Executable, parameters: Parameters) -> Rows:
        with self._scanning.connect() as connection:
            return _fetch(connection, statement, parameters)
