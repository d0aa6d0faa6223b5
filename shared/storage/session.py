"""The interface of every store: a session to read, and sessions to write."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.sql import Executable

Rows = Sequence[Row[Any]]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]

T = TypeVar("T")

NO_PARAMETERS: Mapping[str, Any] = {}
READS_ONLY = "this session only reads: open one with `writing()`"


class StorageRefused(Exception):
    """The store cannot be used; the message says why and what to do."""


class StoreInUse(Exception):
    """Another process has the store open."""


class Session(Protocol):
    """Statements against one database, in one transaction when they write."""

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        """Run a query. Pass `in_thread` unless it is short, as with an index: it would block the event loop."""

    async def execute(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> int:
        """Insert, update or delete; return the number of rows, -1 if unknown, as for many sets of parameters.

        Pass `in_thread` if it may change many rows.
        """

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows of numbers, texts and bytes, without conversion, as that would cost more than the insert."""


class Database(Protocol):
    """One store."""

    @property
    def reading(self) -> Session:
        """The shared session for reads, without a transaction."""

    def writing(self, *, exclusive: bool = False) -> AbstractAsyncContextManager[Session]:
        """Open a transaction; it is rolled back if the block raises, otherwise committed.

        At most one `exclusive` transaction runs at a time, over all processes; on SQLite every one is.
        """

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Run work with a plain connection, such as a migration, in a transaction, outside the event loop."""

    async def close(self) -> None:
        """Close all connections."""


class ReadOnly:
    """Base of sessions that only read."""

    async def execute(self, *_: Any, **_options: Any) -> int:
        """Raise StorageRefused."""
        raise StorageRefused(READS_ONLY)

    async def insert(self, _table: sa.Table, _columns: Sequence[str], _rows: Sequence[Sequence[Any]]) -> None:
        """Raise StorageRefused."""
        raise StorageRefused(READS_ONLY)


def first_or_none(rows: Rows) -> Row[Any] | None:
    """Return the first row, or None if there is none."""
    return rows[0] if rows else None
