"""SQL that is specific to a dialect in SQLAlchemy, but that SQLite and PostgreSQL both understand."""

import json
from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

# `insert(...).on_conflict_...` is that of PostgreSQL; SQLite has the same syntax.
__all__ = [
    "KeyText",
    "Number",
    "each_of",
    "index_where",
    "inline_literal",
    "insert",
    "is_one_of",
    "transaction_lock",
]

# Of advisory locks on PostgreSQL, any that nobody else uses.
_LOCK_SEED: Final = 247_249

Number: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A 64-bit integer that may be the rowid of a table on SQLite."""


def KeyText(length: int) -> sa.types.TypeEngine[str]:  # noqa: N802 - a type
    """Return the type of a text that is compared sign by sign on both, so that all with one beginning are a range."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def index_where(condition: str, name: str, *columns: str) -> sa.Index:
    """Return a partial index: of the rows for which a condition holds."""
    where: Any = sa.text(condition)
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


def inline_literal(value: str | int) -> sa.ColumnClause[Any]:
    """Render a constant inline in the SQL, as a parameter costs time at each execution. NEVER pass user input."""
    text = str(value).replace("'", "''")
    return sa.literal_column(text if isinstance(value, int) else f"'{text}'")


class Values(sa.types.TypeDecorator[Collection[Any]]):
    """Many values as one parameter: JSON on SQLite, an array on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, each: sa.types.TypeEngine[Any]) -> None:
        """Each value is of this type."""
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the type in a database."""
        return dialect.type_descriptor(ARRAY(self.each) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: sa.Dialect) -> Any:
        """Return the parameter."""
        return list(value or ()) if dialect.name == "postgresql" else json.dumps(list(value or ()))


class _IsOneOf(sa.ColumnElement[bool]):
    inherit_cache = True
    type = sa.Boolean()

    def __init__(self, column: sa.ColumnElement[Any], values: sa.BindParameter[Any]) -> None:
        self.column = column
        self.values = values

    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy has it
        ("column", sa.sql.visitors.InternalTraversal.dp_clauseelement),
        ("values", sa.sql.visitors.InternalTraversal.dp_clauseelement),
    ]

    def self_group(self, against: Any = None) -> "_IsOneOf":  # noqa: ARG002 - SQLite would compare it with 1 otherwise
        """Return itself."""
        return self


@compiles(_IsOneOf, "sqlite")
def _in_sqlite(element: _IsOneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in (element.column, element.values))
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled names and parameters


@compiles(_IsOneOf)
def _in_postgresql(element: _IsOneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in (element.column, element.values))
    return f"{column} = ANY({values})"


def is_one_of(column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    """Return whether a column is one of the many values of a parameter: cheaper than `in_`, and compiled once."""
    return _IsOneOf(column, sa.bindparam(name, type_=Values(column.type)))


class _TransactionLock(sa.ColumnElement[Any]):
    inherit_cache = True

    def __init__(self, name: sa.BindParameter[str]) -> None:
        self.name = name

    _traverse_internals = [("name", sa.sql.visitors.InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - as SQLAlchemy


@compiles(_TransactionLock, "sqlite")
def _no_lock(_element: _TransactionLock, _compiler: SQLCompiler, **_options: Any) -> str:
    # One transaction writes at a time.
    return "1"


@compiles(_TransactionLock)
def _advisory_lock(element: _TransactionLock, compiler: SQLCompiler, **options: Any) -> str:
    return f"pg_advisory_xact_lock(hashtextextended({compiler.process(element.name, **options)}, {_LOCK_SEED}))"


def transaction_lock(name: str) -> sa.Select[Any]:
    """Return the statement that waits for other transactions with the same value of a parameter, until they end.

    Fetch it in a transaction that writes, before it reads what they may have changed.
    """
    return sa.select(_TransactionLock(sa.bindparam(name, type_=sa.String)).label("lock"))


class _Listed(sa.sql.functions.GenericFunction[Any]):
    inherit_cache = True
    name = "listed_values"
    type = sa.Text()


@compiles(_Listed, "sqlite")
def _listed_in_sqlite(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    values = compiler.process(element.clauses, **options)
    return f"(SELECT value, key AS place FROM json_each({values}))"  # noqa: S608 - a compiled parameter


@compiles(_Listed)
def _listed_in_postgresql(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    values = compiler.process(element.clauses, **options)
    return f"(SELECT value, place FROM unnest({values}) WITH ORDINALITY AS listed(value, place))"  # noqa: S608


def each_of(name: str) -> sa.TableValuedAlias:
    """Return the many texts of a parameter as a table of each `value` and its `place`, to be joined by an index."""
    values = _Listed(sa.bindparam(name, type_=Values(sa.Text())))
    return values.table_valued(sa.column("value", sa.Text), sa.column("place", sa.Integer), name=name)
