"""Rows of many new records, made without a store, such as in another process, and added to one all at once.

For records that are known to be valid, as those that a program draws: they are neither checked nor announced, and count
as entered by nobody.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql import Executable

from shared.records.results import R
from shared.records.store import RecordStore
from shared.storage import NO_PARAMETERS, Parameters, Rows, Session, StorageRefused
from shared.storage.session import ReadOnly


class _NoSession(ReadOnly):
    async def fetch(
        self,
        _statement: Executable,
        _parameters: Parameters = NO_PARAMETERS,
        *,
        in_thread: bool = False,  # noqa: ARG002 - there is nothing to fetch
    ) -> Rows:
        raise StorageRefused("there is no store here")


NO_SESSION: Final[Session] = _NoSession()
"""For a store that only makes rows."""


class StoredRows(NamedTuple):
    """Rows of one table, as the store has them."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]

    def values_of(self, column: str) -> Iterator[Any]:
        """Yield the values of one column."""
        place = self.columns.index(column)
        return (row[place] for row in self.rows)


def rows_of(store: RecordStore[R], records: Sequence[R]) -> StoredRows:
    """Return the rows of valid records. Raises ValueError for one with links, which are in another table."""
    columns = store.table.c.keys()
    return StoredRows(columns, [_row(columns, store, record) for record in records])


def _row(columns: Sequence[str], store: RecordStore[R], record: R) -> tuple[Any, ...]:
    if record.links:
        raise ValueError("a record with links has rows in two tables")
    stated = {"id": record.id, **store.columns_of(record, record.model_dump_json())}
    return tuple([_plain(stated[column]) for column in columns])


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


async def add_rows(session: Session, table: sa.Table, added: StoredRows) -> None:
    """Add rows of new records. Raises sqlalchemy.exc.IntegrityError if one is there."""
    await session.insert(table, added.columns, added.rows)
