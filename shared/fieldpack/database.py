"""The database in a pack: a table of records as that of the service, and the ids that a differential removes.

Of the columns that say who may see a record it has none of the values: all in it may be seen by the bureau that signed
it, and nobody is told who else may.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql import Executable

from shared.compat.sqlite_dialect import create_sqlite_engine
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.driver import Pages, sealed_engine
from shared.storage import NO_PARAMETERS, Parameters, Rows
from shared.storage.session import ReadOnly

WITHHELD: Final[Mapping[str, Any]] = {"reference": None, "restricted": "", "admitted": "", "reach": 0}
"""The columns that are not copied, and what stands for them."""

# Nobody searches a pack by them.
_UNSOUGHT: Final = frozenset({"reference", "owner", "expires"})
_removed: Final = sa.Table("removed", sa.MetaData(), sa.Column("id", sa.String(36), primary_key=True))

# SQLite takes a temporary view for the table of that name, in every statement of the service.
_OUTDATED: Final = "CREATE TEMP TABLE outdated (id TEXT PRIMARY KEY) WITHOUT ROWID"
_CURRENT: Final = (
    "CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} AS held "
    "WHERE NOT EXISTS (SELECT 1 FROM outdated WHERE outdated.id = held.id)"
)


def copied_columns(table: sa.Table) -> list[str]:
    """Return the columns of a table of records that are copied."""
    return [name for name in all_columns(table) if name not in WITHHELD]


def all_columns(table: sa.Table) -> tuple[str, ...]:
    """Return the names of the columns of a table."""
    return tuple(map(str, table.c.keys()))


class PackWriter:
    """Writes the rows of one pack to a database."""

    def __init__(self, driver: sqlite3.Connection, table: sa.Table) -> None:
        names = [*copied_columns(table), *WITHHELD]
        places = ", ".join("?" * len(names))
        columns = ", ".join(f'"{name}"' for name in names)
        self._driver = driver
        self._insert = f"INSERT OR REPLACE INTO {table.name} ({columns}) VALUES ({places})"  # noqa: S608 - own names
        self._withheld = tuple(WITHHELD.values())

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add records, each as the values of `copied_columns`."""
        self._driver.executemany(self._insert, [(*row, *self._withheld) for row in rows])

    def remove(self, ids: Iterable[str]) -> None:
        """Add the ids of records that are no longer as the copy before has them."""
        self._driver.executemany("INSERT OR IGNORE INTO removed (id) VALUES (?)", [(each,) for each in ids])


@contextmanager
def writing_database(file: Path, table: sa.Table) -> Iterator[PackWriter]:
    """Create the database of a pack in a file; the rows are indexed when the block ends."""
    engine = create_sqlite_engine(file)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "page_size = 4096", "cache_size = -65536"):
                driver.execute(f"PRAGMA {pragma}")
            connection.execute(sa.schema.CreateTable(table))
            connection.execute(sa.schema.CreateTable(_removed))
            yield PackWriter(driver, table)
            for index in _sought_by(table):
                connection.execute(sa.schema.CreateIndex(index))
            connection.commit()
    finally:
        engine.dispose()


class SealedReading(ReadOnly):
    """A session that reads a database without threads, as a post has one user."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.connection = engine.connect()

    async def fetch(
        self,
        statement: Executable,
        parameters: Parameters = NO_PARAMETERS,
        *,
        in_thread: bool = False,  # noqa: ARG002 - of the interface
    ) -> Rows:
        """Run a query. Raises PackBroken where what it reads was altered."""
        return self.connection.execute(statement, parameters).all()

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
        self._engine.dispose()


def read_sealed(pages: Pages, table: sa.Table, columns: Sequence[str]) -> SealedReading:
    """Open the database in a pack that has some columns. Raises PackBroken if this program searches others."""
    if tuple(columns) != all_columns(table):
        raise PackBroken("it was made by another version of i247: update both to the same")
    return SealedReading(sealed_engine(pages))


class Overlay:
    """What differentials changed since the whole pack: in memory, as it is little.

    The whole pack is searched through a view of the name of its table, without the records that they changed or
    removed: each limit and count of the service is over those that are left.
    """

    def __init__(self, table: sa.Table, base: SealedReading) -> None:
        self._table = table
        self._base = base.connection
        for statement in (_OUTDATED, _CURRENT.format(table=table.name)):
            self._base.exec_driver_sql(statement)
        engine = create_sqlite_engine(None, poolclass=StaticPool)
        self.session = SealedReading(engine)
        self.session.connection.execute(sa.schema.CreateTable(table))
        for index in _sought_by(table):
            self.session.connection.execute(sa.schema.CreateIndex(index))
        driver: Any = self.session.connection.connection.dbapi_connection
        self._writer = PackWriter(driver, table)

    def apply(self, differential: SealedReading) -> None:
        """Apply the next differential. Raises PackBroken where it was altered."""
        read = differential.connection.execute
        gone = [row.id for row in read(sa.select(_removed))]
        rows = read(sa.select(*(self._table.c[name] for name in copied_columns(self._table)))).all()
        if outdated := [(each,) for each in {*gone, *(row.id for row in rows)}]:
            self._base.exec_driver_sql("INSERT OR IGNORE INTO outdated (id) VALUES (?)", outdated)
        if gone:
            removal = sa.delete(self._table).where(self._table.c.id == sa.bindparam("gone"))
            self.session.connection.execute(removal, [{"gone": each} for each in gone])
        self._writer.add(tuple(row) for row in rows)


def _sought_by(table: sa.Table) -> Iterator[sa.Index]:
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return (index for index in indexes if not _UNSOUGHT.issuperset(index.columns.keys()))
