"""Fills the stores with synthetic records. A seed always draws the same records; none is a real person or vehicle."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime, time
from typing import Final

from sqlalchemy.exc import IntegrityError

from deploy.provisioning.drawing import Batch, Drawing, batches_of, drawing_processes, drawn, few_collections
from deploy.provisioning.seed_progress import Advance, progress_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused, no_mesh_in
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import Clock
from shared.errors import StoreUnavailable
from shared.service import Service
from shared.storage import Database, StorageRefused, open_database
from shared.storage.migrations import upgraded

BATCH_SIZE: Final = 500
# After each batch others may write, who look each millisecond whether they can.
PAUSE_SECONDS: Final = 0.01
# Parts of names are entered all over their tables, so these are to be in memory.
CACHE_KIBIBYTES: Final = 256 * 1024
_EXAMPLES_OF: Final = BureauCode("FR")


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
        with state_dir.stores_written(), progress_of(service.name, records) as advance, few_collections():
            try:
                await _enter_examples(settings, service, _owner_of_examples(owners), at)
                await _seed_store(settings, service, Drawing(records, seed, owners, at), advance)
            except (StorageRefused, StoreUnavailable) as error:
                raise StartRefused(f"the store of {service.name}: {error}") from error


async def _seed_store(settings: Settings, service: Service, drawing: Drawing, advance: Advance) -> None:
    store = open_database(settings.store_of(service.name), cache_kibibytes=CACHE_KIBIBYTES)
    async with upgraded(store, service.tables) as database:
        await _enter(database, list(batches_of(service, drawing, BATCH_SIZE)), advance)


async def enter_examples(settings: Settings, services: Sequence[Service], *, at: datetime) -> None:
    """Enter the records that the requests in the documents are about, those that are missing, as records of FR.

    Without that member they are of the first.
    """
    owners = _owners(settings.state_dir)
    for service in services:
        await _enter_examples(settings, service, _owner_of_examples(owners), at)


async def _enter_examples(settings: Settings, service: Service, owner: BureauCode, at: datetime) -> None:
    async with upgraded(open_database(settings.store_of(service.name)), service.tables) as database:
        for enter in service.example_records(owner, at):
            with suppress(IntegrityError):
                async with database.writing() as session:
                    await enter(session)


async def _enter(database: Database, batches: Sequence[Batch], advance: Advance) -> None:
    """Enter batches in their order. A batch is one transaction: if a record exists, the whole batch does."""
    entered = 0
    try:
        async with aclosing(drawn(batches, drawing_processes(len(batches)))) as all_drawn:
            async for batch, records in all_drawn:
                with suppress(IntegrityError):
                    async with database.writing() as session:
                        await batch.service.add_drawn(session, records, batch.drawing.at)
                entered += batch.count
                advance(batch.count)
                await asyncio.sleep(PAUSE_SECONDS)
    except asyncio.CancelledError:
        print(f"{entered:,} are entered, in whole batches: the same command adds the others", file=sys.stderr)
        raise


def _owner_of_examples(owners: Sequence[BureauCode]) -> BureauCode:
    return _EXAMPLES_OF if _EXAMPLES_OF in owners else owners[0]


def today(clock: Clock) -> datetime:
    """Return the start of the day, so that a seed draws the same records for a whole day."""
    return datetime.combine(clock.now().date(), time(), UTC)


def _owners(state_dir: StateDir) -> list[BureauCode]:
    if not state_dir.has_directory():
        raise no_mesh_in(state_dir.path)
    bureaus = [entry.participant for entry in load_directory(state_dir).entries() if entry.kind == "bureau"]
    return sorted(BureauCode(bureau) for bureau in bureaus if bureau != SECRETARIAT)
