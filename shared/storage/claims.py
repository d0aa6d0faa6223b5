"""Queues in tables: each row is due at a time, is claimed for a while by one process, and is then settled.

The table has a column `due`, NULL where nothing is left to be done, and `attempts`. A process that claims a row moves
`due` to the end of its lease: should the process end, another one claims the row then. This makes statements, and runs
none. Their parameters are `now`, `claimed_until`, `new_due`, and those of the conditions that are passed in.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate


class ClaimQueue:
    """Makes the statements of one queue."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._key = sa.tuple_(*table.primary_key.columns)

    def earliest(self) -> sa.Select[Any]:
        """Return what finds when a row is due next; NULL if none is."""
        due = self._table.c.due
        return sa.select(sa.func.min(due)).where(due.is_not(None))

    def claim(self, due: sa.Select[Any], *returning: str) -> ReturningUpdate[Any]:
        """Return what claims rows until `claimed_until` and counts an attempt; `due` selects their primary keys."""
        columns = self._table.c
        claimed = {"attempts": columns.attempts + 1, "due": sa.bindparam("claimed_until")}
        update = sa.update(self._table).where(self._key.in_(due)).values(claimed)
        return update.returning(*(columns[name] for name in returning))

    def settle(self, *which: sa.ColumnElement[bool], attempts: int = 0, **values: Any) -> sa.Update:
        """Return what makes rows due at `new_due`, NULL for never, unless they have been settled meanwhile.

        `attempts` are added, and other columns get `values`.
        """
        columns = self._table.c
        changed = {"due": sa.bindparam("new_due"), **values}
        if attempts:
            changed["attempts"] = columns.attempts + attempts
        return sa.update(self._table).where(*which, columns.due.is_not(None)).values(changed)

    def make_due(self, later: sa.Select[Any]) -> sa.Update:
        """Return what makes rows due `now`; `later` selects their primary keys."""
        return sa.update(self._table).where(self._key.in_(later)).values(due=sa.bindparam("now"))
