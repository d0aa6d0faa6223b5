"""Opens a store that is there, to read it: nothing in it is created, upgraded or changed."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import sqlalchemy as sa

from shared.compat.sqlite_dialect import create_sqlite_engine
from shared.storage import Session, StorageRefused, open_database, parse_url
from shared.storage.migrations import VERSIONS, TableSet
from shared.storage.sqlite import CACHE_KIBIBYTES, LOCK_WAIT_SECONDS, SqliteReading


@asynccontextmanager
async def read_only(url: str, tables: TableSet) -> AsyncIterator[Session]:
    """Yield a session that reads a store. Raises StoreUnavailable, Busy.

    Raises StorageRefused for one that is missing, or does not have the tables as they are in this program.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        with _in_file(Path(str(parsed.database))) as session:
            yield await _checked(session, tables)
        return
    database = open_database(url)
    try:
        yield await _checked(database.reading, tables)
    finally:
        await database.close()


@contextmanager
def _in_file(file: Path) -> Iterator[Session]:
    def connect() -> sqlite3.Connection:
        where = f"{file.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(where, uri=True, check_same_thread=False, timeout=LOCK_WAIT_SECONDS)

    engine = create_sqlite_engine(file, creator=connect, isolation_level="AUTOCOMMIT")
    try:
        with _lookups(engine, file) as lookups:
            yield SqliteReading(lookups, engine)
    finally:
        engine.dispose()


def _lookups(engine: sa.Engine, file: Path) -> sa.Connection:
    """Return a connection with the page cache of a service. Raises StorageRefused."""
    try:
        lookups = engine.connect()
        lookups.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    except sa.exc.DBAPIError as error:
        raise StorageRefused(f"{file} cannot be read ({error.orig})") from error
    return lookups


async def _checked(session: Session, tables: TableSet) -> Session:
    """Return the session of a store that has the tables as they are in this program. Raises StorageRefused."""
    needed = tables.revisions[-1]
    try:
        present = {row.version_num for row in await session.fetch(sa.select(VERSIONS.c.version_num))}
    except sa.exc.DBAPIError as error:
        raise StorageRefused(f"it is no store of a service: name that of {tables.name}") from error
    if needed not in present:
        has = ", ".join(sorted(present)) or "none"
        raise StorageRefused(
            f"it has the tables {has}, and {needed} is needed: name the store of {tables.name}, "
            "which its service upgrades at its start"
        )
    return session
