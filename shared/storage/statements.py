"""Parts of statements that recur, and statements that are kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
# Of one place that builds: a caller chooses shapes, and each takes some 100 KB.
SHAPES_KEPT: Final = 200


class BuiltByShape(Generic[T]):
    """What is built once for each shape of a search, such as its statement: what differs is in parameters.

    Those used last are kept.
    """

    def __init__(self) -> None:
        self._built: OrderedDict[Hashable, T] = OrderedDict()

    def of(self, shape: Hashable, build: Callable[[], T]) -> T:
        """Return what was built for a shape, or else build it."""
        if shape in self._built:
            self._built.move_to_end(shape)
            return self._built[shape]
        built = self._built[shape] = build()
        if len(self._built) > SHAPES_KEPT:
            self._built.popitem(last=False)
        return built


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


_ESCAPE: Final = "/"


def like(column: sa.ColumnElement[str], parameter: str) -> sa.ColumnElement[bool]:
    """Return the condition that a text is like the pattern in a parameter; what is `escaped` stands for itself.

    The pattern is an expression: SQLite prepares a statement anew for each value of a parameter after LIKE itself.
    """
    pattern = sa.literal_column("''", sa.Text) + sa.bindparam(parameter, type_=sa.Text)
    return column.like(pattern, escape=_ESCAPE)


def escaped(text: str) -> str:
    """Return a text as a part of a pattern of `like`."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, f"{_ESCAPE}{sign}")
    return text
