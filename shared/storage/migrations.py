"""Creates the tables of a store, and upgrades older ones with Alembic.

A store holds one or more sets of tables, each with a folder of Alembic versions. The name of a version's file without
`.py` is its revision; the last in order is the present one. `alembic_version` has a row for each set. There is no
alembic.ini.

A missing set is created from its metadata, without Alembic. So a version only runs on stores that were created before
it. `schema.sql` in the same folder shows the tables on SQLite, for readers.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.storage import Database, StorageRefused

SECONDS_BETWEEN_TRIES: Final = 0.005
SCHEMA: Final = "schema.sql"
# Alembic keeps its context globally, so that one store at a time can be upgraded in a process.
_ALEMBIC_TURN: Final = threading.Lock()
# As Alembic creates it.
VERSIONS: Final = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32)),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


@dataclass(frozen=True)
class TableSet:
    """Tables that refer to no other set, and the folder of their versions."""

    metadata: sa.MetaData
    migrations: Path

    @property
    def name(self) -> str:
        """The name of their package, such as `stolen-vehicles`."""
        return self.migrations.parent.name.replace("_", "-")

    @property
    def revisions(self) -> Sequence[str]:
        """The revisions in order. The code expects the last one."""
        return revisions_in(self.migrations)


@asynccontextmanager
async def upgraded(database: Database, tables: TableSet) -> AsyncIterator[Database]:
    """Yield a store that has its tables as they are now, and close it. Raises StorageRefused."""
    try:
        await upgrade(database, tables)
        yield database
    finally:
        await database.close()


async def upgrade(database: Database, *sets: TableSet) -> None:
    """Create missing tables and upgrade older ones. Raises StorageRefused for an unknown revision."""
    if await database.run_sync(lambda connection: _create_missing(connection, sets)):
        return
    # Not in a thread: those who wait would fill the pool that the holder of the lock needs.
    while not _ALEMBIC_TURN.acquire(blocking=False):  # noqa: ASYNC110 - loops of other threads wait too
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
    try:
        await database.run_sync(lambda connection: run_versions(connection, *sets))
    finally:
        _ALEMBIC_TURN.release()


@cache
def revisions_in(folder: Path) -> Sequence[str]:
    """Return the revisions in a folder, in order."""
    return sorted(file.stem for file in folder.glob("[0-9]*.py"))


def schema_of(tables: TableSet) -> str:
    """Return the statements that create the tables on SQLite."""
    text = "\n\n".join(f"{statement.strip()};" for statement in _statements(tables, "sqlite"))
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def run_versions(connection: sa.Connection, *sets: TableSet) -> None:
    """Run all pending versions. One thread at a time may do so."""
    # Only here, as most starts find their tables up to date and need not wait for this import.
    from shared.compat.alembic_versions import upgrade_to_heads

    upgrade_to_heads(connection, [each.migrations for each in sets])


def _create_missing(connection: sa.Connection, sets: Sequence[TableSet]) -> bool:
    """Create missing sets. Return whether all sets are at their last revision then."""
    present = _present_revisions(connection)
    if unknown := present.difference(*(each.revisions for each in sets)):
        raise StorageRefused(
            f"the store is at version {', '.join(sorted(unknown))}, which this program does not know: "
            "use the program that wrote it, or a newer one"
        )
    for each in sets:
        if present.isdisjoint(each.revisions):
            _create(connection, each)
            present.add(each.revisions[-1])
    return present.issuperset(each.revisions[-1] for each in sets)


def _present_revisions(connection: sa.Connection) -> set[str]:
    if not sa.inspect(connection).has_table(VERSIONS.name):
        VERSIONS.create(connection)
    return set(connection.execute(sa.select(VERSIONS.c.version_num)).scalars())


def _create(connection: sa.Connection, tables: TableSet) -> None:
    for statement in _statements(tables, connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(sa.insert(VERSIONS), {"version_num": tables.revisions[-1]})


@cache
def _statements(tables: TableSet, dialect: str) -> Sequence[str]:
    """Return the statements that create the tables. Compiled once: a gateway has two hundred mailboxes."""
    spoken = sa.make_url(f"{dialect}://").get_dialect()()
    return [str(element.compile(dialect=spoken)) for element in _elements(tables.metadata)]


def _elements(metadata: sa.MetaData) -> Iterator[sa.schema.ExecutableDDLElement]:
    for table in metadata.sorted_tables:
        yield sa.schema.CreateTable(table)
        # Of two indexes with a common prefix, databases prefer the later one: let it be the narrower.
        for index in sorted(table.indexes, key=lambda each: (-len(each.columns), str(each.name))):
            yield sa.schema.CreateIndex(index)


def draft(connection: sa.Connection, metadata: sa.MetaData, revision: str, before: str | None) -> str:
    """Return the draft of a version that changes the tables of a store into those of the metadata, for review."""
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext

    changes = produce_migrations(MigrationContext.configure(connection), metadata).upgrade_ops
    assert changes is not None  # noqa: S101 - produce_migrations always sets it
    body = render_python_code(changes, migration_context=MigrationContext.configure(connection))
    return f'''"""Say here what changes and why."""

import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {before!r}


def upgrade() -> None:
    """Change the tables."""
    {body}
'''
