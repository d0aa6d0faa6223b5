"""The command `i247 migration`: drafts the version from the last tables of a set to those in the code."""

import argparse
import asyncio
import tempfile
from typing import TYPE_CHECKING

from deploy.commands.arguments import prints
from deploy.generated.source_tree import require_source_tree
from deploy.state.errors import StartRefused, WrongUsage
from shared.storage.migrations import TableSet
from shared.suggestions import unknown

if TYPE_CHECKING:
    import sqlalchemy as sa


def add_options(migration: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    migration.add_argument(
        "tables", metavar="TABLES", help="a service, such as stolen-vehicles, or a part of the gateway, such as hits"
    )
    migration.add_argument("revision", metavar="REVISION", help="the name of the migration, such as 0002_add_colour")
    prints(migration, lambda _, options: [asyncio.run(draft_migration(options.tables, options.revision))])


async def draft_migration(name: str, revision: str) -> str:
    """Write a draft of the next version of a set of tables; return a line about it. Raises StartRefused, WrongUsage."""
    require_source_tree("migration")
    from gateway.tables import GATEWAY_TABLES
    from services import SERVICES

    sets = {each.name: each for each in (*(service.tables for service in SERVICES), *GATEWAY_TABLES)}
    if name not in sets:
        raise WrongUsage(f"there are no tables of {unknown(name, sets)}")
    tables = sets[name]
    if tables.revisions and revision <= tables.revisions[-1]:
        raise StartRefused(f"{revision} must come after {tables.revisions[-1]}: versions are ordered by name")
    tables.migrations.mkdir(exist_ok=True)
    file = tables.migrations / f"{revision}.py"
    file.write_text(await _text(tables, revision))
    return f"wrote {file}: review it"


async def _text(tables: TableSet, revision: str) -> str:
    from shared.storage import open_database
    from shared.storage.migrations import draft, run_versions

    def compare(connection: "sa.Connection") -> str:
        if tables.revisions:
            run_versions(connection, tables)
        return draft(connection, tables.metadata, revision, tables.revisions[-1] if tables.revisions else None)

    with tempfile.TemporaryDirectory() as scratch:
        database = open_database(f"sqlite:///{scratch}/before.db")
        try:
            return await database.run_sync(compare)
        finally:
            await database.close()
