"""One dialect of SQLAlchemy for all files of SQLite, so that a statement is compiled once for all of them."""

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

# Compiled statements that are kept for the whole process: twice as many as SQLAlchemy keeps for one engine.
COMPILED_STATEMENTS: Final = 1000


class SameDialect(SQLiteDialect_pysqlite):
    """Equal to every other of its class: SQLAlchemy looks compiled statements up by their dialect."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameDialect)

    def __hash__(self) -> int:
        return hash(SameDialect)


registry.register("sqlite.same", __name__, SameDialect.__name__)
_COMPILED: Final[LRUCache[Any, Any]] = LRUCache(COMPILED_STATEMENTS)


def create_sqlite_engine(file: Path | None, **options: Any) -> sa.Engine:
    """Return an engine for a file, or for memory, that shares compiled statements with all others of this process."""
    url = sa.URL.create("sqlite+same", database=None if file is None else str(file))
    return sa.create_engine(url, execution_options={"compiled_cache": _COMPILED}, **options)
