"""Fills the stores with synthetic records. A seed always draws the same records; none is a real person or vehicle."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, time
from random import Random
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import IntegrityError

from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import Clock
from shared.errors import StoreUnavailable
from shared.service import Service
from shared.storage import StorageRefused, open_database
from shared.storage.migrations import upgrade

BATCH_SIZE: Final = 500


class Seeding:
    """Seeds the stores of one state directory: the number of records in each, the seed and the date."""

    def __init__(self, settings: Settings, *, records: int, seed: int, at: datetime) -> None:
        self._settings = settings
        self._records = records
        self._seed = seed
        self._at = at
        self._state_dir = StateDir(settings.home)
        self._owners = _owners(self._state_dir)

    async def run(self, services: tuple[Service, ...]) -> None:
        """Add the records that are missing to the stores of the services.

        Raises StartRefused, also if a service runs on another machine, which would not see a store here.
        """
        for service in services:
            if not self._state_dir.key_numbers(service.name):
                raise StartRefused(f"{service.name} has its keys and its store elsewhere: run this command there")
        columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns) as progress:
            for service in services:
                task = progress.add_task(service.name, total=self._records)
                async for added in self._fill(service):
                    progress.advance(task, added)

    async def _fill(self, service: Service) -> AsyncIterator[int]:
        try:
            database = open_database(self._settings.store_of(service.name))
            await upgrade(database, service.tables)
            for start in range(0, self._records, BATCH_SIZE):
                count = min(BATCH_SIZE, self._records - start)
                # One generator for each batch, so that an existing batch can be skipped.
                random = Random(f"{self._seed}/{service.name}/{start}/{count}")
                # A batch is one transaction: if a record exists, the whole batch does.
                with suppress(IntegrityError):
                    async with database.writing() as session:
                        await service.seed(session, random, count, self._owners, self._at)
                yield count
            await database.close()
        except (StorageRefused, StoreUnavailable) as error:
            raise StartRefused(f"the store of {service.name}: {error}") from error


def today(clock: Clock) -> datetime:
    """Return the start of the day, so that a seed draws the same records for a whole day."""
    return datetime.combine(clock.now().date(), time(), UTC)


def _owners(state_dir: StateDir) -> list[BureauCode]:
    if not state_dir.has_directory():
        raise StartRefused(f"there is no mesh in {state_dir.path} yet: start one with `i247 up`")
    bureaus = [entry.participant for entry in load_directory(state_dir).entries() if entry.kind == "bureau"]
    return sorted(BureauCode(bureau) for bureau in bureaus if bureau != SECRETARIAT)
