"""SQL that is specific to a dialect in SQLAlchemy, but that SQLite and PostgreSQL both understand."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

# `insert(...).on_conflict_...` is that of PostgreSQL; SQLite has the same syntax.
__all__ = ["Number", "index_where", "inline_literal", "insert"]

Number: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A 64-bit integer that may be the rowid of a table on SQLite."""


def index_where(condition: str, name: str, *columns: str) -> sa.Index:
    """Return a partial index: of the rows for which a condition holds."""
    where: Any = sa.text(condition)
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


def inline_literal(value: str | int) -> sa.ColumnClause[Any]:
    """Render a constant inline in the SQL, as a parameter costs time at each execution. NEVER pass user input."""
    text = str(value).replace("'", "''")
    return sa.literal_column(text if isinstance(value, int) else f"'{text}'")
