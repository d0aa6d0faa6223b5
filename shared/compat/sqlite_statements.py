"""Statements that are compiled once and handed to the driver of SQLite, past the execution of SQLAlchemy.

For each execution SQLAlchemy makes a context, a result and their collections: 20 microseconds where a lookup by an
index takes 5 (SQLAlchemy 2.1, 2026-11-29). Rows and errors are those that it would give. Does NOT take lists of a
variable length as parameters, and of an insert all columns must be given.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Row, result_tuple
from sqlalchemy.sql import ClauseElement

from shared.compat.sqlite_dialect import SameDialect

_DIALECT: Final = SameDialect()

Convert = Callable[[Any], Any]
S = TypeVar("S", bound=ClauseElement)


class PreparedStatement:
    """One statement for all connections to files of SQLite."""

    __slots__ = ("_constants", "_converters", "_make_row", "_names", "_readers", "sql")

    def __init__(self, statement: ClauseElement) -> None:
        """Compile it. Raises TypeError for a parameter that is a list of a variable length."""
        compiled: Any = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._names: Sequence[str] = tuple(compiled.positiontup)
        binds = compiled.binds
        if any(binds[name].expanding or binds[name].literal_execute for name in self._names):
            raise TypeError("a statement that is prepared takes no list: use is_one_of()")
        self._constants: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}
        self._converters = {
            name: convert for name in set(self._names) if (convert := _to_driver(binds[name].type)) is not None
        }
        columns = list(statement.selected_columns) if isinstance(statement, sa.SelectBase) else []
        self._make_row: Callable[[Any], Row[Any]] = result_tuple([str(column.key) for column in columns])
        readers = [_from_driver(column.type) for column in columns]
        self._readers = readers if any(readers) else None

    def fetch(self, driver: sqlite3.Connection, parameters: Mapping[str, Any]) -> list[Row[Any]]:
        """Return the rows of a query. Raises sa.exc.DBAPIError."""
        try:
            found = driver.execute(self.sql, self._values(parameters)).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error
        if self._readers is not None:
            found = [self._read(row, self._readers) for row in found]
        return list(map(self._make_row, found))

    def execute(self, driver: sqlite3.Connection, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> int:
        """Insert, update or delete; return the number of rows. Raises sa.exc.DBAPIError."""
        try:
            if isinstance(parameters, Mapping):
                return driver.execute(self.sql, self._values(parameters)).rowcount
            return driver.executemany(self.sql, [self._values(each) for each in parameters]).rowcount
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _values(self, parameters: Mapping[str, Any]) -> list[Any]:
        stated = {**self._constants, **parameters} if self._constants else parameters
        if self._converters:
            stated = dict(stated)
            for name, convert in self._converters.items():
                stated[name] = convert(stated[name])
        return [stated[name] for name in self._names]

    @staticmethod
    def _read(row: Sequence[Any], readers: Sequence[Convert | None]) -> tuple[Any, ...]:
        return tuple([read(value) if read else value for value, read in zip(row, readers, strict=True)])

    def _failed(self, error: sqlite3.Error) -> Exception:
        failed: Exception = sa.exc.DBAPIError.instance(
            self.sql, None, error, sqlite3.Error, hide_parameters=True, dialect=_DIALECT
        )
        return failed


# Statements are equal to themselves alone; one that nobody uses any more is forgotten.
_PREPARED: Final[WeakKeyDictionary[Any, PreparedStatement | None]] = WeakKeyDictionary()


def hot(statement: S) -> S:
    """Return a statement that is prepared at its first execution: one that is kept, and executed by many requests."""
    _PREPARED[statement] = None
    return statement


def prepared(statement: Any) -> PreparedStatement | None:
    """Return what executes a hot statement; None for any other."""
    if statement not in _PREPARED:
        return None
    found = _PREPARED[statement]
    if found is None:
        found = _PREPARED[statement] = PreparedStatement(statement)
    return found


def _to_driver(kind: sa.types.TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _from_driver(kind: sa.types.TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
