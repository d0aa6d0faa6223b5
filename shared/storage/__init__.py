"""The stores of services: SQLite in a file by default, PostgreSQL by URL, with one interface for both.

Stores use SQLAlchemy Core through a `Session`. On SQLite a short indexed statement runs in the event loop, as that
costs less than a thread; so does a commit on a fast disk. Scans run in a thread. On PostgreSQL all use asyncpg.

Build a statement of most requests once, with bind parameters, and mark it with `hot`: to build, compile and execute it
by SQLAlchemy costs more than to run it. Build one whose conditions depend on what is asked for once for each shape of
what is asked, with `BuiltByShape`.
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from shared.compat.sqlite_statements import hot
from shared.storage.dialects import (
    KeyText,
    Number,
    each_of,
    index_where,
    inline_literal,
    insert,
    is_one_of,
    transaction_lock,
)
from shared.storage.pages import PAGE_SIZE, BatchCursor, after, comes_after, count_split, page_of
from shared.storage.session import (
    NO_PARAMETERS,
    Database,
    Parameters,
    Rows,
    Session,
    StorageRefused,
    StoreInUse,
    first_or_none,
)
from shared.storage.sqlite import CACHE_KIBIBYTES, SqliteDatabase
from shared.storage.statements import BuiltByShape, begins_with, escaped, having, like, next_after

if TYPE_CHECKING:
    from shared.storage.postgres_pool import PostgresPool

__all__ = [
    "DEFAULT_CONNECTIONS",
    "NO_PARAMETERS",
    "PAGE_SIZE",
    "BatchCursor",
    "BuiltByShape",
    "Database",
    "KeyText",
    "Number",
    "OpenDatabase",
    "Parameters",
    "Rows",
    "Session",
    "SqliteDatabase",
    "StorageRefused",
    "StoreInUse",
    "Stores",
    "after",
    "begins_with",
    "comes_after",
    "count_split",
    "each_of",
    "escaped",
    "first_or_none",
    "having",
    "hot",
    "index_where",
    "inline_literal",
    "insert",
    "is_one_of",
    "like",
    "next_after",
    "open_database",
    "page_of",
    "parse_url",
    "transaction_lock",
]


DEFAULT_CONNECTIONS = 8
DEFAULT_SCHEMA = "public"
_URLS = "sqlite:///FILE or postgresql://..."


class OpenDatabase(Protocol):
    """Opens the store of a URL; `cache_kibibytes` is the page cache for lookups in a file, and for writes."""

    def __call__(self, url: str, *, cache_kibibytes: int = CACHE_KIBIBYTES) -> Database:
        """Open it. Raises StorageRefused."""


class Stores:
    """Opens the stores of one process. Those in one PostgreSQL database share a pool of connections."""

    def __init__(self, connections: int = DEFAULT_CONNECTIONS) -> None:
        self._connections = connections
        self._pools: dict[sa.URL, PostgresPool] = {}
        # Files are opened in threads.
        self._turn = threading.Lock()

    def open(self, url: str, *, cache_kibibytes: int = CACHE_KIBIBYTES) -> Database:
        """Open `sqlite:///FILE` or `postgresql://.../DATABASE?schema=SCHEMA`. Raises StorageRefused."""
        parsed = parse_url(url)
        if parsed.get_backend_name() == "sqlite":
            return SqliteDatabase(Path(str(parsed.database)), cache_kibibytes)
        return self._open_postgres(parsed)

    def _open_postgres(self, url: sa.URL) -> Database:
        # Only here, as most processes use files and need not wait for this import.
        from shared.storage.postgres import PostgresDatabase
        from shared.storage.postgres_pool import PostgresPool

        server = url.set(drivername="postgresql+asyncpg").difference_update_query(["schema"])
        with self._turn:
            if server not in self._pools:
                self._pools[server] = PostgresPool(server, self._connections)
        return PostgresDatabase(self._pools[server], str(url.query.get("schema", DEFAULT_SCHEMA)))


def parse_url(url: str) -> sa.URL:
    """Return the parts of the URL of a store. Raises StorageRefused."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StorageRefused(f"the URL of the store cannot be read: use {_URLS}") from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed
        case "postgresql":
            return parsed
        case backend:
            raise StorageRefused(f"no store at {backend}:// is supported: use {_URLS}")


def open_database(url: str, *, cache_kibibytes: int = CACHE_KIBIBYTES) -> Database:
    """Open one store with connections of its own. Raises StorageRefused."""
    return Stores().open(url, cache_kibibytes=cache_kibibytes)
