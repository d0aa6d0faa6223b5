"""Enters the test identities into the stores of a sandbox: the same ones in each, with the same ids."""

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Final

from deploy.state.settings import Settings
from services import SERVICES
from services.sandbox_identities import Identities
from shared.files import replace_file
from shared.service import Service
from shared.storage import open_database
from shared.storage.migrations import upgrade

FOLDER: Final = "identities"
_SEED: Final = 247


def all_identities() -> Mapping[Service, Identities]:
    """Return the test identities of each service that has some."""
    parts = {service: f"{service.package}.identities" for service in SERVICES}
    return {service: import_module(part).OF_SERVICE for service, part in parts.items() if find_spec(part)}


async def enter_identities(settings: Settings, at: datetime) -> None:
    """Enter the test identities of each service, as of a time, unless there is a store of the service already."""
    for service, identities in all_identities().items():
        if not (settings.state_dir.stores / f"{service.name}.db").exists():
            random = Random(f"{_SEED}/{service.name}")  # noqa: S311 - the same each time
            await _enter(settings, service, identities.draw(random, at), at)
            _write(settings.state_dir.sandbox / FOLDER, identities.files())


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        folder.mkdir(mode=0o700, exist_ok=True)
        replace_file(folder / name, content)


async def _enter(settings: Settings, service: Service, drawn: object, at: datetime) -> None:
    database = open_database(settings.store_of(service.name))
    try:
        await upgrade(database, service.tables)
        async with database.writing() as session:
            await service.add_drawn(session, drawn, at)
    finally:
        await database.close()
