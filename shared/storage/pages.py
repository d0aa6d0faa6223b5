"""How what is found is read page by page: what comes after a place, and whether more follows a page."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from shared.storage.session import Rows, Session

T = TypeVar("T")


def comes_after(*columns: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a row comes after the place in `after(...)`, in the order of these columns."""
    return sa.tuple_(*columns) > sa.tuple_(*(sa.bindparam(f"after_{each.name}", type_=each.type) for each in columns))


def after(**place: Any) -> Mapping[str, Any]:
    """Return the parameters of `comes_after`, by the names of the columns."""
    return {f"after_{name}": value for name, value in place.items()}


def page_of(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Return what is on a page, and the last of it where there is more: so look for one more than the page holds."""
    on_page = found[:limit]
    return on_page, on_page[-1] if len(found) > len(on_page) else None


PAGE_SIZE: Final = sa.bindparam("page_size", type_=sa.Integer)
"""The LIMIT of a statement that is read in rounds."""


class BatchCursor:
    """Goes through rows page by page, and round after round, so that none with which something fails keeps others."""

    def __init__(self, *order: sa.Column[Any], together: int) -> None:
        """`together` are on a page."""
        self._names = [column.name for column in order]
        self._beginning = [column.type.python_type() for column in order]
        self._place = self._beginning
        self._together = together

    async def page(self, session: Session, statement: sa.Select[Any], **parameters: Any) -> Rows:
        """Return the next page of a statement, which finds what `comes_after` a place, up to `PAGE_SIZE` of it."""
        place = after(**dict(zip(self._names, self._place, strict=True)))
        rows = await session.fetch(statement, {**place, "page_size": self._together, **parameters}, in_thread=True)
        is_full = len(rows) == self._together
        self._place = [getattr(rows[-1], name) for name in self._names] if is_full else self._beginning
        return rows

    @property
    def is_over(self) -> bool:
        """Whether the next page is the first one of another round."""
        return self._place == self._beginning
