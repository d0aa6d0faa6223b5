"""Drafts a migration: what turns the tables of the last version into those of the code."""

import tempfile
from pathlib import Path

import sqlalchemy as sa

from deploy.state.state_dir import StartRefused
from gateway.tables import GATEWAY_TABLES
from services import SERVICES
from shared.storage import open_database
from shared.storage.migrations import TableSet, draft, run_versions


async def draft_migration(name: str, revision: str) -> Path:
    """Write a draft of the next version of a set of tables, to be reviewed. Raises StartRefused."""
    tables = _called(name)
    if tables.revisions and revision <= tables.revisions[-1]:
        raise StartRefused(
            f"{revision} must come after {tables.revisions[-1]}: versions are in the order of their names"
        )
    if not revision[:1].isdigit():
        raise StartRefused(f"{revision} must begin with its number, such as 0002_{revision}")
    tables.migrations.mkdir(exist_ok=True)
    file = tables.migrations / f"{revision}.py"
    file.write_text(await _text(tables, revision))
    return file


def _called(name: str) -> TableSet:
    sets = {each.name: each for each in (*(service.tables for service in SERVICES), *GATEWAY_TABLES)}
    if name not in sets:
        raise StartRefused(f"there are no tables of {name}: use one of {', '.join(sets)}")
    return sets[name]


async def _text(tables: TableSet, revision: str) -> str:
    def compare(connection: sa.Connection) -> str:
        if tables.revisions:
            run_versions(connection, tables)
        return draft(connection, tables.metadata, revision, tables.revisions[-1] if tables.revisions else None)

    with tempfile.TemporaryDirectory() as scratch:
        database = open_database(f"sqlite:///{scratch}/before.db")
        try:
            return await database.run_sync(compare)
        finally:
            await database.close()
