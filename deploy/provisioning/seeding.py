"""Fills the stores with synthetic records. A seed always draws the same records; none is a real person or vehicle."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time
from random import Random
from typing import Final

from sqlalchemy.exc import IntegrityError

from deploy.provisioning.seed_progress import Advance, progress_of
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
# Objects made between two collections of garbage, of which records leave none: the default of 700 costs a fifth of the
# time.
COLLECTED_AFTER: Final = 50_000


async def seed_stores(
    settings: Settings, services: Sequence[Service], *, records: int, seed: int, at: datetime
) -> None:
    """Add the records that are missing to the stores of the services: so many in each, drawn by the seed as of a date.

    Raises StartRefused, also if a service runs on another machine, which would not see a store here.
    """
    state_dir = settings.state_dir
    owners = _owners(state_dir)
    for service in services:
        if not state_dir.key_numbers(service.name):
            raise StartRefused(f"{service.name} has its keys and its store elsewhere: run this command there")
    for service in services:
        with progress_of(service.name, records) as advance, _few_collections():
            try:
                await _seed_store(settings, service, _Drawing(records, seed, owners, at), advance)
            except (StorageRefused, StoreUnavailable) as error:
                raise StartRefused(f"the store of {service.name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is drawn for each store."""

    records: int
    seed: int
    owners: Sequence[BureauCode]
    at: datetime


@contextmanager
def _few_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def _seed_store(settings: Settings, service: Service, drawing: _Drawing, advance: Advance) -> None:
    database = open_database(settings.store_of(service.name))
    try:
        await upgrade(database, service.tables)
        for start in range(0, drawing.records, BATCH_SIZE):
            count = min(BATCH_SIZE, drawing.records - start)
            # One generator for each batch, so that an existing batch can be skipped.
            random = Random(f"{drawing.seed}/{service.name}/{start}/{count}")
            # A batch is one transaction: if a record exists, the whole batch does.
            with suppress(IntegrityError):
                async with database.writing() as session:
                    await service.seed(session, random, count, drawing.owners, drawing.at)
            advance(count)
    finally:
        await database.close()


def today(clock: Clock) -> datetime:
    """Return the start of the day, so that a seed draws the same records for a whole day."""
    return datetime.combine(clock.now().date(), time(), UTC)


def _owners(state_dir: StateDir) -> list[BureauCode]:
    if not state_dir.has_directory():
        raise StartRefused(f"there is no mesh in {state_dir.path} yet: start one with `i247 up`")
    bureaus = [entry.participant for entry in load_directory(state_dir).entries() if entry.kind == "bureau"]
    return sorted(BureauCode(bureau) for bureau in bureaus if bureau != SECRETARIAT)
