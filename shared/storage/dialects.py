"""What SQLAlchemy has for one kind of database, and both that are supported understand."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

# `insert(...).on_conflict_...` is PostgreSQL's; what is made of it, SQLite understands as well.
__all__ = ["Number", "index_where", "inline_literal", "insert"]

Number: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A whole number of 64 bits, which on SQLite may count the rows of a table."""


def index_where(condition: str, name: str, *columns: str) -> sa.Index:
    """Return an index that knows of those rows alone for which a condition holds, where these are few among many."""
    where: Any = sa.text(condition)
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


def inline_literal(value: str | int) -> sa.ColumnClause[Any]:
    """Return a constant of this program as it stands in the text of a statement: as a parameter it costs each time.

    NEVER for what anybody sent.
    """
    text = str(value).replace("'", "''")
    return sa.literal_column(text if isinstance(value, int) else f"'{text}'")
