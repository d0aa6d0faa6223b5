"""Queues in tables: each row becomes due, is claimed by one process for the time of a lease, and is then rescheduled.

The table has a column `due`, NULL for a finished row, and `attempts`. A claim moves `due` to the end of the lease, so
that another process can claim the row if this one ends. Builds statements and runs none; their parameters are `now`,
`claimed_until`, `new_due`, and those of the conditions that are passed in.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate


class ClaimQueue:
    """Builds the statements of one queue."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._key = sa.tuple_(*table.primary_key.columns)

    def earliest(self) -> sa.Select[Any]:
        """Return the query for the time when a row is due next, NULL for never."""
        due = self._table.c.due
        return sa.select(sa.func.min(due)).where(due.is_not(None))

    def claim(self, due: sa.Select[Any], *returning: str) -> ReturningUpdate[Any]:
        """Return the update that claims rows and counts an attempt; `due` selects their primary keys."""
        columns = self._table.c
        claimed = {"attempts": columns.attempts + 1, "due": sa.bindparam("claimed_until")}
        update = sa.update(self._table).where(self._key.in_(due)).values(claimed)
        return update.returning(*(columns[name] for name in returning))

    def reschedule(self, *which: sa.ColumnElement[bool], attempts: int = 0, **values: Any) -> sa.Update:
        """Return the update that makes rows due at `new_due`, NULL for never, unless they are finished.

        It adds `attempts`, and sets other columns to `values`.
        """
        columns = self._table.c
        changed = {"due": sa.bindparam("new_due"), **values}
        if attempts:
            changed["attempts"] = columns.attempts + attempts
        return sa.update(self._table).where(*which, columns.due.is_not(None)).values(changed)

    def make_due(self, later: sa.Select[Any]) -> sa.Update:
        """Return the update that makes rows due `now`; `later` selects their primary keys."""
        return sa.update(self._table).where(self._key.in_(later)).values(due=sa.bindparam("now"))
