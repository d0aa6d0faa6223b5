"""Brings the tables of a store up to date with Alembic.

Each service has one folder of versions; a version's file name without `.py` is its revision, and the last in order is
the present one. There is no alembic.ini: the service that runs is the configuration.

A folder may hold `schema.sql`, what its versions come to on SQLite. An empty file is made from it, which takes a
fiftieth of the time; versions that are newer than the schema follow as everywhere.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from shared.storage import Database, StorageRefused

SECONDS_BETWEEN_TRIES = 0.005
SCHEMA: Final = "schema.sql"
# What Alembic works on is known to the whole process, so that one store at a time can be upgraded in it.
_ALEMBIC_TURN = threading.Lock()


async def upgrade(database: Database, folder: Path) -> None:
    """Bring the tables up to the newest version in a folder. Raises StorageRefused for tables newer than it."""
    if await database.run_sync(lambda connection: _made_current(connection, folder)):
        return
    # Not in threads: those who wait would take up the pool in which the one whose turn it is has to work.
    while not _ALEMBIC_TURN.acquire(blocking=False):  # noqa: ASYNC110 - loops of other threads wait too
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
    try:
        await database.run_sync(lambda connection: _upgrade(connection, folder))
    finally:
        _ALEMBIC_TURN.release()


def newest_version(folder: Path) -> str:
    """Return the revision that the code expects."""
    return max(file.stem for file in folder.glob("[0-9]*.py"))


def schema_of(folder: Path) -> str:
    """Return the statements that make on SQLite what all versions in a folder make."""
    with sa.create_engine("sqlite://").begin() as connection:
        _run_alembic(connection, folder)
        _begin, *statements, _commit = _dump(connection)
    return "\n".join(statements) + "\n"


def _made_current(connection: sa.Connection, folder: Path) -> bool:
    """Make the tables of an empty file from the schema, where one is; tell whether they are of the newest version."""
    present, newest = _present_version(connection), newest_version(folder)
    if present is None and connection.dialect.name == "sqlite":
        for statement in _statements(folder / SCHEMA):
            connection.exec_driver_sql(statement)
        present = _present_version(connection)
    if present is not None and present > newest:
        raise StorageRefused(f"the store is at version {present}, newer than this program, which knows {newest}")
    return present == newest


def _upgrade(connection: sa.Connection, folder: Path) -> None:
    # Another process may have been quicker.
    if not _made_current(connection, folder):
        _run_alembic(connection, folder)


def _dump(connection: sa.Connection) -> Iterator[str]:
    dumped: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]  # on SQLite
    return dumped.iterdump()


@cache
def _statements(schema: Path) -> tuple[str, ...]:
    if not schema.exists():
        return ()
    statements = [""]
    for line in schema.read_text().splitlines(keepends=True):
        statements[-1] += line
        if sqlite3.complete_statement(statements[-1]):
            statements.append("")
    return tuple(statements[:-1])


def _present_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _run_alembic(connection: sa.Connection, folder: Path) -> None:
    # Only here, as most starts find their tables up to date and need not wait for this import.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(folder), version_locations=[str(folder)])

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs("head", revision)  # noqa: SLF001 - how Alembic's own command does it

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def draft(connection: sa.Connection, metadata: sa.MetaData, revision: str, before: str | None) -> str:
    """Return the text of a version that turns the tables of a store into those of the metadata, to be reviewed."""
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext

    changes = produce_migrations(MigrationContext.configure(connection), metadata).upgrade_ops
    assert changes is not None  # noqa: S101 - produce_migrations always fills it
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
