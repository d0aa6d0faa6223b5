"""Where a service remembers: SQLite in a file by default, PostgreSQL by URL, one way to use both.

Stores speak SQLAlchemy Core through a `Session`. On SQLite a short indexed statement runs in the event loop, as it
costs less than handing it to a thread; so does a commit where the disk is quick. What may scan runs in a thread.
On PostgreSQL everything goes through asyncpg. Make a statement once, with bind parameters, where it is hot: to
build and compile it anew costs more than to run it.
"""

from pathlib import Path

import sqlalchemy as sa

from shared.storage.dialects import Number, index_where, insert, spelled_out
from shared.storage.pages import Rounds, after, comes_after, page_of
from shared.storage.session import NO_PARAMETERS, Database, Parameters, Rows, Session, StorageRefused, one_or_none
from shared.storage.sqlite import CACHE_KIBIBYTES, SqliteDatabase

__all__ = [
    "NO_PARAMETERS",
    "Database",
    "Number",
    "Parameters",
    "Rounds",
    "Rows",
    "Session",
    "SqliteDatabase",
    "StorageRefused",
    "after",
    "comes_after",
    "index_where",
    "insert",
    "one_or_none",
    "open_database",
    "page_of",
    "spelled_out",
]


def open_database(url: str, *, cache_kibibytes: int = CACHE_KIBIBYTES) -> Database:
    """Open the store behind a URL: `sqlite:///FILE` or `postgresql://...`. Raises StorageRefused.

    `cache_kibibytes` is what each connection to a file may keep of it in memory.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StorageRefused("the URL of the store cannot be read") from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return SqliteDatabase(Path(parsed.database), cache_kibibytes)
        case "postgresql":
            # Only here, as most processes keep theirs in files and need not wait for this import.
            from shared.storage.postgres import PostgresDatabase

            return PostgresDatabase(parsed.set(drivername="postgresql+asyncpg"))
        case backend:
            raise StorageRefused(f"no store at {backend}:// is supported: use sqlite:///FILE or postgresql://...")
