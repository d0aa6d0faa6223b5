"""Parts of statements that recur."""

from typing import Any, Final

import sqlalchemy as sa


def having(table: sa.FromClause, **parameters: str) -> sa.ColumnElement[bool]:
    """Return the condition that columns equal parameters, such as `having(reasons, record_id="of_record")`."""
    return sa.and_(*(table.c[column] == sa.bindparam(name) for column, name in parameters.items()))


def next_after(statement: sa.Select[Any], column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return a statement for the rows whose column is greater than `after`, in its order, up to `at_most`."""
    return statement.where(column > sa.bindparam("after")).order_by(column).limit(sa.bindparam("at_most"))


# No text sorts after it, by bytes as both databases compare.
_LAST: Final = chr(0x10FFFF)


def begins_with(column: sa.ColumnElement[str], beginning: str) -> sa.ColumnElement[bool]:
    """Return the condition that a text begins with another. Unlike LIKE it is found by an index, in either database."""
    return sa.and_(column >= beginning, column < beginning + _LAST)
