"""Drafts a migration: what turns the tables of the last version of a service into those of its code."""

import tempfile
from pathlib import Path

import sqlalchemy as sa

from deploy.state.state_dir import StartRefused
from shared.service import Service
from shared.storage import open_database
from shared.storage.migrations import draft, newest_version, upgrade


async def draft_migration(service: Service, revision: str) -> Path:
    """Write a draft of the next version of a service's tables, to be reviewed. Raises StartRefused."""
    folder = service.migrations
    file = folder / f"{revision}.py"
    versions = sorted(version.stem for version in folder.glob("[0-9]*.py"))
    if versions and revision <= versions[-1]:
        raise StartRefused(f"{revision} must come after {versions[-1]}: versions are in the order of their names")
    if not revision[:1].isdigit():
        raise StartRefused(f"{revision} must begin with its number, such as 0002_{revision}")
    folder.mkdir(exist_ok=True)
    file.write_text(await _text(service, revision))
    return file


async def _text(service: Service, revision: str) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        database = open_database(f"sqlite:///{scratch}/before.db")
        before = None
        if any(service.migrations.glob("[0-9]*.py")):
            await upgrade(database, service.migrations)
            before = newest_version(service.migrations)

        def compare(connection: sa.Connection) -> str:
            return draft(connection, service.metadata, revision, before)

        text = await database.run_sync(compare)
        await database.close()
        return text
