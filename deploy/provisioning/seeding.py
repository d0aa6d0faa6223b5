"""Fills the stores with synthetic records. A seed always draws the same records; none is a real person or vehicle."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, aclosing, suppress
from datetime import UTC, datetime, time
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

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
from shared.storage import Session, StorageRefused, StoreInUse, open_database
from shared.storage.filling import filling, indexes_apart
from shared.storage.migrations import upgraded

BATCH_SIZE: Final = 500
# After each batch others may write, who look each millisecond whether they can.
PAUSE_SECONDS: Final = 0.01
# Parts of names are entered all over their tables, so these are to be in memory.
CACHE_KIBIBYTES: Final = 160 * 1024
# From so many on, a store that nobody has open is filled in one transaction: batch by batch would take hours.
FILLED_FROM: Final = 50_000
_WHOLE_BATCHES: Final = "{entered:,} are entered, in whole batches: the same command adds the others"
_NONE: Final = "none are entered, the store is as it was: the same command begins again"
_IN_USE: Final = (
    "{service} runs: records are entered in small transactions between its own; without it this goes many times faster"
)
_EXAMPLES_OF: Final = BureauCode("FR")

OpenBatch = Callable[[], AbstractAsyncContextManager[Session]]


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
            except OperationalError as error:
                # Such as a full disk.
                raise StartRefused(f"the store of {service.name}: {error.orig}") from error


async def _seed_store(settings: Settings, service: Service, drawing: Drawing, advance: Advance) -> None:
    url, batches = settings.store_of(service.name), list(batches_of(service, drawing, BATCH_SIZE))
    if await _is_worth_filling(url, service, drawing.records):
        try:
            await _fill(url, service, batches, advance)
        except StoreInUse:
            print(_IN_USE.format(service=service.name), file=sys.stderr)
        else:
            return
    async with upgraded(open_database(url, cache_kibibytes=CACHE_KIBIBYTES), service.tables) as database:
        await _enter(database.writing, batches, advance, PAUSE_SECONDS, _WHOLE_BATCHES)


async def _is_worth_filling(url: str, service: Service, records: int) -> bool:
    """Return whether many are to be entered, compared with those that the store has: their indexes are made anew."""
    if records < FILLED_FROM:
        return False
    beyond = [sa.select(table.c.id).limit(1).offset(records // 2) for table in _record_tables(service)]
    async with upgraded(open_database(url), service.tables) as database:
        return not [row for each in beyond for row in await database.reading.fetch(each, in_thread=True)]


async def _fill(url: str, service: Service, batches: Sequence[Batch], advance: Advance) -> None:
    """Enter all batches in one transaction. Raises StoreInUse."""
    tables = _record_tables(service)
    with ExitStack() as stack:

        def made(count: int) -> None:
            indexed(count)

        async with filling(url, tables, made) as batch:
            await _enter(batch, batches, advance, 0.0, _NONE)
            indexes = len(list(indexes_apart(tables)))
            indexed = stack.enter_context(progress_of(f"indexes of {service.name}", indexes))


def _record_tables(service: Service) -> list[sa.Table]:
    return [kind.table for kind in service.metadata.info["stores"]]


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


async def _enter(
    open_batch: OpenBatch, batches: Sequence[Batch], advance: Advance, pause: float, interrupted: str
) -> None:
    """Enter batches in their order, each whole: if a record exists, the whole batch does."""
    entered = 0
    try:
        async with aclosing(drawn(batches, drawing_processes(len(batches)))) as all_drawn:
            async for batch, records in all_drawn:
                with suppress(IntegrityError):
                    async with open_batch() as session:
                        await batch.service.add_drawn(session, records, batch.drawing.at)
                entered += batch.count
                advance(batch.count)
                await asyncio.sleep(pause)
    except asyncio.CancelledError:
        print(interrupted.format(entered=entered), file=sys.stderr)
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
