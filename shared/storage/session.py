"""What every store is: a session to read, sessions to write, and its end; the same for every kind of database."""

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
    """The store cannot be used as it is; the message says why and what to do."""


class Session(Protocol):
    """Statements against one database, in one transaction when they write."""

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        """Run a query. `in_thread` is for one that may read many rows: it does not hold the event loop up.

        Without it the query must be short, such as one that an index answers.
        """
        ...

    async def execute(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> int:
        """Insert, update or delete; return the number of rows, -1 if unknown, as for many sets of parameters.

        `in_thread` is for a statement that may change many rows.
        """
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

    def writing(self, *, exclusive: bool = False) -> AbstractAsyncContextManager[Session]:
        """Open a transaction: committed when the block ends well, otherwise undone.

        `exclusive` keeps out all others that are to be alone, of other processes too; on SQLite every transaction is.
        """
        ...

    async def run_sync(self, work: Callable[[sa.Connection], T]) -> T:
        """Do what needs a plain connection, such as migrations, in a transaction and away from the event loop."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


def first_or_none(rows: Rows) -> Row[Any] | None:
    """Return the first of rows of which there is one at the most, or None."""
    return rows[0] if rows else None
