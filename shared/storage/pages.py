"""How what is found is read page by page: what comes after a place, and whether more follows a page."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa


def comes_after(*columns: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a row comes after the place in `after(...)`, in the order of these columns."""
    return sa.tuple_(*columns) > sa.tuple_(*(sa.bindparam(f"after_{each.name}", type_=each.type) for each in columns))


def after(**place: Any) -> Mapping[str, Any]:
    """Return the parameters of `comes_after`, by the names of the columns."""
    return {f"after_{name}": value for name, value in place.items()}
