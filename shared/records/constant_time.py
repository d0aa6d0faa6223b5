"""Looks rows up by a key in a time that does not tell whether a row was hidden or never there.

To find a row, judge it and leave it out takes half a microsecond more than to find none, and a read of the disk if it
was not asked for long. So the row next to the key is judged in its place where there is none with the key,
and the last one where none follows.
"""

from typing import Any

import sqlalchemy as sa


def constant_time(
    column: sa.Column[str], value: sa.BindParameter[str], *others: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column, which has an index, equals a value, and that others hold of the row."""
    following = column.table.alias("following").c[column.name]
    last = sa.func.max(following)
    no_further = sa.select(sa.case((last < value, last), else_=value)).scalar_subquery()
    found_or_next = sa.select(sa.func.min(following)).where(following >= no_further).scalar_subquery()
    # By an expression of a column that no index has, so that the row is read before it is compared.
    exactly = sa.func.coalesce(column, column.table.c.owner) == value
    return sa.and_(column == found_or_next, *others, exactly)
