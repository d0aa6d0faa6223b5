"""Fills the stores of a service with records that a participant may see, and with some that are hidden from it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
import sqlalchemy as sa

from services.cultural_property.synthesis import photographs as works
from services.firearms import synthetic as firearms
from services.stolen_vehicles import synthetic as vehicles
from services.travel_documents import synthetic as documents
from shared.records.access import access_of
from shared.records.policy import Audience, Record
from shared.records.store import RecordStore
from shared.service import Service
from shared.storage import Session
from tests.conftest import NOW, store_of
from tests.contract.askers import BARRED, BUREAU, BYSTANDER, NEVER, OWNER, Asker, Hiding
from tests.contract.drafts import with_drafts, without_decisions
from tests.contract.links import with_links
from tests.contract.prints import images_of, with_images

BUREAUS: Final = (OWNER, BYSTANDER, BARRED)
KNOWN_RECORDS: Final = 40
SECRET_RECORDS: Final = 40
# So that there are vessels, and ranges of blanks, for each way of hiding.
VEHICLES_TO_A_VESSEL: Final = 4
DOCUMENTS_TO_A_RANGE: Final = 3
RECORDS_TO_A_PICTURE: Final = 2


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored record, and the store of its kind."""

    store: type[RecordStore[Any]]
    id: str
    content: Mapping[str, Any]

    def record(self) -> Record:
        """Return it as the store reads it."""
        return self.store.model.of_json(json.dumps(self.content))


@dataclass(frozen=True, slots=True)
class Secret:
    """A record that is not in every world: its content as its owner sees it, and the way in which it is hidden."""

    kind: str
    content: Mapping[str, Any]
    way: str
    images: tuple[bytes, ...]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.content["id"])


@dataclass(frozen=True, slots=True)
class Filled:
    """The stores of a service, as files: without the secrets, with hidden ones, and with open ones."""

    without: bytes
    hidden: bytes
    open: bytes
    known: tuple[str, ...]
    """The ids of the records that are in all stores, those of the bureau that may be barred first."""

    secrets: tuple[Secret, ...]
    """In turn those hidden in each way, and after them those that can be open to the asker in no store."""


def filled_stores(service: Service, asker: Asker = BUREAU) -> Filled:
    """Return the stores of a service for an asker. It must not be called within an event loop."""
    return _filled_stores(service, asker)


@cache
def _filled_stores(service: Service, asker: Asker) -> Filled:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(vehicles, "VEHICLES_TO_A_VESSEL", VEHICLES_TO_A_VESSEL)
        patch.setattr(documents, "DOCUMENTS_TO_A_RANGE", DOCUMENTS_TO_A_RANGE)
        for pictured in (works, firearms):
            patch.setattr(pictured, "PICTURED_IN", RECORDS_TO_A_PICTURE)
        stores = {name: Path(folder) / name for name in ("without", "hidden", "open")}
        known, secrets = asyncio.run(_fill(service, asker, stores))
        return Filled(*(stores[name].read_bytes() for name in stores), known, secrets)


async def _fill(
    service: Service, asker: Asker, stores: Mapping[str, Path]
) -> tuple[tuple[str, ...], tuple[Secret, ...]]:
    """Fill the stores: each is a changed copy of the one before."""
    async with _writing(service, stores["without"]) as session:
        await service.seed(session, _drawing(1), KNOWN_RECORDS, BUREAUS, NOW)
        await without_decisions(service, session)
        await with_images(service, session)
        await with_links(service, session)
        known = [await _change(session, each, asker.open_content) for each in await _records(service, session)]
    ids = [each.id for each in sorted(known, key=lambda each: each.content["owner"] != BARRED)]
    shutil.copy(stores["without"], stores["open"])
    async with _writing(service, stores["open"]) as session:
        await service.seed(session, _drawing(2), SECRET_RECORDS, (OWNER,), NOW)
        await without_decisions(service, session)
        await with_drafts(service, session, _drawing(3))
        added = [await _open(session, each, asker) for each in await _records(service, session) if each.id not in ids]
        await with_images(service, session)
        await with_links(service, session)
    shutil.copy(stores["open"], stores["hidden"])
    openable, others = ([each for each in added if _can_be_open(each, asker) is can] for can in (True, False))
    async with _writing(service, stores["hidden"]) as session:
        secrets = [
            await _hide(service, session, each, way, asker.ways[way], asker)
            for each, way in zip(openable, cycle(asker.ways), strict=False)
        ]
        secrets += [await _hide(service, session, each, NEVER, Hiding(), asker) for each in others]
    return tuple(ids), tuple(secrets)


async def bar(service: Service, store: Path, bureaus: Sequence[str]) -> None:
    """Bar bureaus from all records in a store."""
    async with _writing(service, store) as session:
        for each in await _records(service, session):
            await _change(session, each, {"restricted": bureaus})


@asynccontextmanager
async def _writing(service: Service, store: Path) -> AsyncIterator[Session]:
    async with store_of(service, f"sqlite:///{store}") as database, database.writing() as session:
        yield session


async def _records(service: Service, session: Session) -> list[Stored]:
    """Return every record with the store of its kind."""
    return [
        Stored(store, row.id, json.loads(row.content))
        for store in service.metadata.info["stores"]
        for row in await session.fetch(
            sa.select(store.table.c.id, store.table.c.content).order_by(store.table.c.id), in_thread=True
        )
    ]


def _can_be_open(stored: Stored, asker: Asker) -> bool:
    """Return whether a record can be open to an asker: to a bureau or partner each, to the public what has an extract.

    Drafts and what has ended have none, nor have kinds that declare none.
    """
    if asker.open_audience is not Audience.PUBLIC:
        return True
    return bool(stored.store.model.public_fields) and _natural_audience(stored) is Audience.PUBLIC


async def _open(session: Session, stored: Stored, asker: Asker) -> Stored:
    """Open a record to an asker, whatever its state.

    If it cannot be open, its kind or its state hides it; of a kind that is never public, the row says that it is.
    """
    opened = Stored(stored.store, stored.id, {**stored.content, **asker.open_content})
    is_by_state = stored.store.model.public_fields and not _can_be_open(opened, asker)
    return await _change(session, stored, asker.open_content, None if is_by_state else asker.open_audience)


async def _hide(service: Service, session: Session, stored: Stored, way: str, hiding: Hiding, asker: Asker) -> Secret:
    """Hide a record from the asker, in a way that suffices alone."""
    audience = asker.open_audience if hiding.audience is None else hiding.audience
    hidden = stored if way == NEVER else await _change(session, stored, hiding.content, audience)
    images = await images_of(service, session, stored.id)
    return Secret(stored.store.answer.__name__, hidden.content, way, tuple(images))


async def _change(
    session: Session, stored: Stored, content: Mapping[str, Any], audience: Audience | None = None
) -> Stored:
    """Change the content of a record, and who sees it: as its kind decides, if nothing else is given."""
    changed = Stored(stored.store, stored.id, {**stored.content, **content})
    chosen = _natural_audience(changed) if audience is None else audience
    record = changed.record()
    access = {**access_of(record, chosen)._asdict(), **stored.store.further_access(record, _further(chosen))}
    expires = int(record.expires.timestamp())
    await _update(session, changed, content=json.dumps(changed.content), expires=expires, **access)
    if put_extract := getattr(stored.store, "put_extract", None):
        await put_extract(session, record, chosen)
    return changed


def _further(audience: Audience) -> Audience:
    """Return the audience by which a part of a record is shown: in these worlds only those who see it whole see one.

    What a kind shows more widely, by a rule of its own, is tested with the kind.
    """
    return Audience.OWNER if audience is Audience.SECRETARIAT else audience


def _natural_audience(stored: Stored) -> Audience:
    return stored.store.audience(stored.record())


async def _update(session: Session, stored: Stored, **columns: Any) -> None:
    table = stored.store.table
    await session.execute(sa.update(table).where(table.c.id == stored.id).values(**columns))


def _drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - nothing secret is drawn
