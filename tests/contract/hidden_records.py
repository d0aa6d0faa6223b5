"""Fills the stores of a service with records that all bureaus may see, and with some that are hidden from one."""

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

import sqlalchemy as sa

from shared.bureaus import BureauCode
from shared.records.access import Reach
from shared.records.policy import Audience
from shared.records.store import RecordStore
from shared.service import Service
from shared.storage import Session
from tests.conftest import NOW, store_of
from tests.contract.prints import images_of, with_images

OWNER: Final = BureauCode("FR")
BYSTANDER: Final = BureauCode("DE")
BARRED: Final = BureauCode("PL")
BUREAUS: Final = (OWNER, BYSTANDER, BARRED)
KNOWN_RECORDS: Final = 40
SECRET_RECORDS: Final = 40
WAYS: Final = ("restricted", "expired", "secretariat", "owner", "addressed")

Found = tuple[type[RecordStore[Any]], sa.Row[Any]]


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
    """The stores of a service, as files: without the secrets, with hidden ones, and with ones open to all."""

    without: bytes
    hidden: bytes
    open: bytes
    known: tuple[str, ...]
    """The ids of the records that are in all stores, those of the barred bureau first."""

    secrets: tuple[Secret, ...]


@cache
def filled_stores(service: Service) -> Filled:
    """Return the stores of a service. It must not be called within an event loop."""
    with TemporaryDirectory() as folder:
        stores = {name: Path(folder) / name for name in ("without", "hidden", "open")}
        known, secrets = asyncio.run(_fill(service, stores))
        return Filled(*(stores[name].read_bytes() for name in stores), known, secrets)


async def _fill(service: Service, stores: Mapping[str, Path]) -> tuple[tuple[str, ...], tuple[Secret, ...]]:
    """Fill the stores: each is a changed copy of the one before."""
    async with _writing(service, stores["without"]) as session:
        await service.seed(session, _drawing(1), KNOWN_RECORDS, BUREAUS, NOW)
        await with_images(service, session)
        known = await _records(service, session)
    ids = [row.id for _, row in sorted(known, key=lambda found: json.loads(found[1].content)["owner"] != BARRED)]
    shutil.copy(stores["without"], stores["open"])
    async with _writing(service, stores["open"]) as session:
        await service.seed(session, _drawing(2), SECRET_RECORDS, (OWNER,), NOW)
        added = [(store, row) for store, row in await _records(service, session) if row.id not in ids]
        for store, row in added:
            await _change(session, store, row, audience=int(Audience.ALL))
        await with_images(service, session)
    shutil.copy(stores["open"], stores["hidden"])
    async with _writing(service, stores["hidden"]) as session:
        secrets = [await _hide(service, session, each, way) for each, way in zip(added, cycle(WAYS), strict=False)]
    return tuple(ids), tuple(secrets)


async def bar(service: Service, store: Path, bureaus: Sequence[str]) -> None:
    """Bar bureaus from all records in a store."""
    async with _writing(service, store) as session:
        for kept, row in await _records(service, session):
            content = json.loads(row.content) | {"restricted": bureaus}
            await _change(session, kept, row, content=json.dumps(content), restricted=_listed(bureaus))


@asynccontextmanager
async def _writing(service: Service, store: Path) -> AsyncIterator[Session]:
    async with store_of(service, f"sqlite:///{store}") as database, database.writing() as session:
        yield session


async def _records(service: Service, session: Session) -> list[Found]:
    """Return every record with the store of its kind."""
    return [
        (store, row)
        for store in service.metadata.info["stores"]
        for row in await session.fetch(
            sa.select(store.table.c.id, store.table.c.content).order_by(store.table.c.id), in_thread=True
        )
    ]


async def _hide(service: Service, session: Session, found: Found, way: str) -> Secret:
    """Hide a record from the barred bureau, in a way that suffices alone."""
    store, row = found
    content = json.loads(row.content)
    columns: dict[str, Any] = {}
    match way:
        case "restricted":
            content["restricted"] = ["KE", BARRED]
        case "addressed":
            content["addressed"] = [BYSTANDER, "KE"]
            columns = {"audience": int(Reach.SECRETARIAT), "admitted": _listed(content["addressed"])}
        case "secretariat":
            columns["audience"] = int(Audience.SECRETARIAT)
        case "owner":
            columns["audience"] = int(Audience.OWNER)
        case "expired":
            content["expires"], columns["expires"] = NOW.isoformat(), int(NOW.timestamp())
    columns["restricted"] = _listed(content["restricted"])
    await _change(session, store, row, content=json.dumps(content), **columns)
    images = await images_of(service, session, row.id)
    return Secret(store.model.__name__, content, way, tuple(images))


def _listed(bureaus: Sequence[str]) -> str:
    return "".join(f",{bureau}," for bureau in bureaus)


async def _change(session: Session, store: type[RecordStore[Any]], row: sa.Row[Any], **columns: Any) -> None:
    await session.execute(sa.update(store.table).where(store.table.c.id == row.id).values(**columns))


def _drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - nothing secret is drawn
