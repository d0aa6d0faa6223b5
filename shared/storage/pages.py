"""Keyset pagination: rows after a position in an order, and whether more rows follow a page."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from shared.storage.session import Rows, Session

T = TypeVar("T")


def comes_after(*columns: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a row comes after the position in `after(...)`, in the order of these columns."""
    return sa.tuple_(*columns) > sa.tuple_(*(sa.bindparam(f"after_{each.name}", type_=each.type) for each in columns))


def after(**position: Any) -> Mapping[str, Any]:
    """Return the parameters of `comes_after`, by the names of the columns."""
    return {f"after_{name}": value for name, value in position.items()}


def page_of(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Return a page, and its last item if more follow: so query one more than `limit`."""
    on_page = found[:limit]
    return on_page, on_page[-1] if len(found) > len(on_page) else None


async def count_split(
    session: Session, table: sa.Table, condition: sa.ColumnElement[bool], others: int
) -> tuple[int, int]:
    """Return how many rows fulfil a condition, and how many do not, up to so many `others` for each that does."""
    count = sa.select(sa.func.count())
    [[found]] = await session.fetch(count.select_from(table).where(condition), in_thread=True)
    rest = sa.select(sa.literal(1)).select_from(table).where(sa.not_(condition)).limit(found * others).subquery()
    [[left]] = await session.fetch(count.select_from(rest), in_thread=True) if found else [[0]]
    return found, left


PAGE_SIZE: Final = sa.bindparam("page_size", type_=sa.Integer)
"""The LIMIT of a statement for `BatchCursor`."""


class BatchCursor:
    """Reads rows page by page, and starts again at the end, so that a failing row does not block the others."""

    def __init__(self, *order: sa.Column[Any], page_size: int) -> None:
        self._names = [column.name for column in order]
        self._start = [column.type.python_type() for column in order]
        self._position = self._start
        self._page_size = page_size

    async def page(self, session: Session, statement: sa.Select[Any], **parameters: Any) -> Rows:
        """Return the next page of a statement that finds what `comes_after` a position, up to `PAGE_SIZE` rows."""
        position = after(**dict(zip(self._names, self._position, strict=True)))
        rows = await session.fetch(statement, {**position, "page_size": self._page_size, **parameters}, in_thread=True)
        is_full = len(rows) == self._page_size
        self._position = [getattr(rows[-1], name) for name in self._names] if is_full else self._start
        return rows

    @property
    def is_over(self) -> bool:
        """Whether the next page is the first one again."""
        return self._position == self._start
