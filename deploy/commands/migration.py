"""The command `i247 migration`: drafts the migration from a service's last version to the tables in its code."""

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.mesh.service_names import find_service
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from shared.service import Service

if TYPE_CHECKING:
    import sqlalchemy as sa


def add_options(migration: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    migration.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    migration.add_argument("revision", metavar="REVISION", help="such as 0002_add_colour")
    migration.set_defaults(run=_migration)


def _migration(_settings: Settings, options: argparse.Namespace) -> int:
    file = asyncio.run(draft_migration(find_service(options.service), options.revision))
    print(f"wrote {file}: review it")
    return 0


async def draft_migration(service: Service, revision: str) -> Path:
    """Write a draft of the next version of a service's tables. Raises StartRefused."""
    folder = service.migrations
    file = folder / f"{revision}.py"
    versions = sorted(version.stem for version in folder.glob("[0-9]*.py"))
    if versions and revision <= versions[-1]:
        raise StartRefused(f"{revision} must come after {versions[-1]}: versions are ordered by name")
    if not revision[:1].isdigit():
        raise StartRefused(f"{revision} must begin with its number, such as 0002_{revision}")
    folder.mkdir(exist_ok=True)
    file.write_text(await _text(service, revision))
    return file


async def _text(service: Service, revision: str) -> str:
    from shared.storage import open_database
    from shared.storage.migrations import draft, newest_version, upgrade

    with tempfile.TemporaryDirectory() as scratch:
        database = open_database(f"sqlite:///{scratch}/before.db")
        before = None
        if any(service.migrations.glob("[0-9]*.py")):
            await upgrade(database, service.migrations)
            before = newest_version(service.migrations)

        def compare(connection: "sa.Connection") -> str:
            return draft(connection, service.metadata, revision, before)

        text = await database.run_sync(compare)
        await database.close()
        return text
