"""How what is found is read page by page: what comes after a place, and whether more follows a page."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

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
