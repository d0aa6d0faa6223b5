"""Worlds that differ only in records of which some participants must not learn, and that get the same requests.

In one world the records do not exist, in one they are hidden, in one they are open. Time, random numbers and the
order of events are the same in all, so that each asker must get the same answers byte for byte (noninterference).
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import msgspec
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from services.fingerprints import gallery, matching
from shared.audit.tables import audit_logs, disclosures
from shared.background import Job
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.disclosure import DisclosureRecorder
from shared.identity import Caller
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.protocol.http import HttpRequest, HttpResponse
from shared.protocol.messages import Receipt
from shared.records.tables import saved_searches
from shared.rpc.asgi import HttpCycle
from shared.service import Service
from shared.service_process import RecordKeeping
from shared.storage import BuiltByShape, Database, open_database
from tests.conftest import NOW
from tests.contract.askers import BUREAU, OWNER, Asker, officer_of
from tests.contract.hidden_records import Filled, Secret, filled_stores
from tests.contract.prints import without_extraction
from tests.gateway.mesh import Mesh

# Searches show and compare so few records that one can displace others: the constants of these names in the modules of
# the stores.
FEW: Final = 3
BOUNDS: Final = ("SHOWN_HITS", "SHOWN_NEAR", "COMPARED_NAMES")
# The job that signs checkpoints of the audit log.
CHECKPOINTS: Final = "checkpoints"

NOTHING: Final = HttpRequest("GET", "/")

T = TypeVar("T")
Answers = tuple[HttpResponse, HttpResponse, HttpResponse]


class Chance:
    """Pseudorandom bytes, the same after each start."""

    def __init__(self) -> None:
        self._random = Random()  # noqa: S311 - nothing is kept secret by it

    def start(self, number: int) -> None:
        """Start again with a number as the seed."""
        self._random.seed(number)

    def bytes(self, count: int) -> bytes:
        """Return the next bytes."""
        return self._random.randbytes(count)


@contextmanager
def chance_decided() -> Iterator[Chance]:
    """Draw ids and salts from a source that is started again for each event."""
    chance = Chance()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid7, "__defaults__", (chance.bytes,))
        patch.setattr(os, "urandom", chance.bytes)
        patch.setattr(asyncio, "to_thread", _at_once)
        yield chance


async def _at_once(work: Callable[..., T], *arguments: Any) -> T:
    """Call at once what would otherwise run in a thread."""
    return work(*arguments)


@contextmanager
def reduced_limits(service: Service) -> Iterator[None]:
    """Reduce the number of records that searches show and compare."""
    stores = service.metadata.info["stores"]
    modules = {sys.modules[each.__module__] for store in stores for each in store.__mro__}
    with pytest.MonkeyPatch.context() as patch:
        for module, bound in product(modules, BOUNDS):
            if hasattr(module, bound):
                patch.setattr(module, bound, FEW)
        patch.setattr(BuiltByShape, "of", _kept_apart())
        patch.setattr(gallery, "SHORTLIST", 2 * FEW)
        # The cylinders of a print are the same in all worlds.
        remembered = lru_cache(maxsize=None)(gallery.cylinders_of)
        for module in (gallery, matching):
            patch.setattr(module, "cylinders_of", remembered)
        yield


def _kept_apart() -> Callable[[BuiltByShape[Any], Hashable, Callable[[], Any]], Any]:
    """Return a `BuiltByShape.of` that keeps the statements with these limits from those of other tests."""
    kept: dict[tuple[int, Hashable], Any] = {}

    def of(shapes: BuiltByShape[Any], shape: Hashable, build: Callable[[], Any]) -> Any:
        key = id(shapes), shape
        if key not in kept:
            kept[key] = build()
        return kept[key]

    return of


class NotificationSink:
    """A mailbox that keeps the notifications it is given and delivers none."""

    def __init__(self) -> None:
        self.sent: dict[str, Notification] = {}

    async def send(self, notification: Notification) -> None:
        self.sent[notification.id] = notification

    async def proven(self, notifications: Iterable[str]) -> Mapping[str, list[Receipt]]:
        return {notification: [] for notification in notifications}


@dataclass(slots=True)
class World:
    """One running service on its store."""

    clock: FixedClock
    mesh: Mesh
    database: Database
    app: FastAPI
    keeping: RecordKeeping
    notifications: NotificationSink
    jobs: Sequence[Job]
    """The background jobs: the same objects in each run, as one deletes what it announced in the run before."""

    async def ask(self, caller: Caller, request: HttpRequest) -> HttpResponse:
        """Answer as the bridge does: a request that is audited is in the audit log first."""
        answered: list[HttpResponse] = []

        async def take(response: HttpResponse) -> None:
            answered.append(response)

        account = DisclosureRecorder()
        state = {"caller": msgspec.structs.replace(caller, recorder=account)}
        await HttpCycle(request, state, take).run(self.app)
        [response] = answered
        if account.operation:
            await self.append_request(caller, account, request, response)
        return response

    async def append_request(
        self, caller: Caller, account: DisclosureRecorder, request: HttpRequest, response: HttpResponse
    ) -> None:
        """Append a request to the audit log, as if its answer had been signed."""
        accounted = msgspec.structs.replace(caller, recorder=account)
        signature = sha256(response.body).hexdigest()
        at = self.clock.now()
        await self.keeping.audit.append_request(accounted, request, status=response.status, signature=signature, at=at)

    async def work(self, *, checkpoints: bool) -> None:
        """Run the background jobs once: the one for checkpoints, or all others."""
        for work in self.jobs:
            if (work.name == CHECKPOINTS) is checkpoints:
                await work.run_once()

    async def log_size(self) -> int:
        """Return how many leaves the audit log has."""
        rows = await self.database.reading.fetch(sa.select(audit_logs.c.size))
        return rows[0].size if rows else 0

    async def received_by(self, bureau: str) -> list[str]:
        """Return the disclosures to a bureau, its notifications, and its saved searches."""
        row = disclosures.c
        shown = sa.select(row.kind, row.record_id, row.version, row.owner, row.rule, row.how, row.score, row.match)
        sought = sa.select(saved_searches).where(saved_searches.c.bureau == bureau)
        rows = [
            *await self.database.reading.fetch(shown.where(row.bureau == bureau).order_by(row.number), in_thread=True),
            *await self.database.reading.fetch(
                sought.order_by(saved_searches.c.at, *saved_searches.primary_key), in_thread=True
            ),
        ]
        return [*(str(tuple(row)) for row in rows), *self.notifications_to(bureau)]

    def notifications_to(self, bureau: str) -> list[str]:
        """Return the notifications to a bureau without their ids, which are random as the order of those at once is."""
        sent = [msgspec.to_builtins(each) for each in self.notifications.sent.values() if bureau in each.recipients]
        return sorted(str({name: said for name, said in each.items() if name != "id"}) for each in sent)


@dataclass(slots=True)
class Worlds:
    """Three worlds with the same events."""

    service: Service
    asker: Asker
    clock: FixedClock
    chance: Chance
    without: World
    hidden: World
    open: World
    secrets: tuple[Secret, ...]
    known: tuple[str, ...]
    happened: int = 0

    @property
    def by_name(self) -> Mapping[str, World]:
        """All three worlds by name."""
        return {"without": self.without, "hidden": self.hidden, "open": self.open}

    async def ask(self, bureau: BureauCode, request: HttpRequest) -> Answers:
        """Send the same request of an officer in each world, and return the answers."""
        return await self.ask_each(bureau, request, request, request)

    async def ask_each(
        self, bureau: BureauCode, without: HttpRequest, hidden: HttpRequest, opened: HttpRequest
    ) -> Answers:
        """Send a different request of one officer in each world, and return the answers."""
        self.clock.advance(timedelta(seconds=1))
        self.happened += 1
        self.chance.start(self.happened)
        caller = self.officer(bureau)
        return (
            await self._ask(self.without, caller, without),
            await self._ask(self.hidden, caller, hidden),
            await self._ask(self.open, caller, opened),
        )

    async def work(self) -> None:
        """Run the background jobs in each world.

        Events of a hidden record are in the audit log as well. They reveal only that the log has grown, as it does with
        any request; so the logs of the other worlds are extended by requests to the same size.
        """
        worlds = self.by_name.values()
        self.clock.advance(timedelta(seconds=1))
        self.happened += 1
        for world in worlds:
            self.chance.start(self.happened)
            await world.work(checkpoints=False)
        largest = max([await world.log_size() for world in worlds])
        for world in worlds:
            while await world.log_size() < largest:
                await world.append_request(
                    self.officer(OWNER), DisclosureRecorder("ask_something"), NOTHING, HttpResponse(200)
                )
            self.chance.start(self.happened)
            await world.work(checkpoints=True)

    def officer(self, bureau: str) -> Caller:
        """Return an officer with all scopes."""
        return officer_of(bureau, self.service, self.clock)

    async def _ask(self, world: World, caller: Caller, request: HttpRequest) -> HttpResponse:
        self.chance.start(self.happened)
        return await world.ask(caller, request)


def worlds_of(
    service: Service, folder: Path, asker: Asker = BUREAU, *, all_open: bool = False
) -> AbstractAsyncContextManager[Worlds]:
    """Return the three worlds of a service on stores in a folder. It must not be called within an event loop.

    With `all_open` no record is hidden in any of them at first.
    """
    filled = filled_stores(service, asker)
    stores = [folder / f"{name}.db" for name in ("without", "hidden", "open")]
    contents = [filled.open] * 3 if all_open else [filled.without, filled.hidden, filled.open]
    for store, content in zip(stores, contents, strict=True):
        store.write_bytes(content)
    return _running_worlds(service, asker, filled, stores)


@asynccontextmanager
async def _running_worlds(
    service: Service, asker: Asker, filled: Filled, stores: Sequence[Path]
) -> AsyncIterator[Worlds]:
    clock = FixedClock(NOW)
    async with AsyncExitStack() as stack:
        stack.enter_context(reduced_limits(service))
        chance = stack.enter_context(chance_decided())
        without, hidden, opened = [
            await stack.enter_async_context(running(service, f"sqlite:///{store}", clock)) for store in stores
        ]
        yield Worlds(service, asker, clock, chance, without, hidden, opened, filled.secrets, filled.known)


@asynccontextmanager
async def running(service: Service, url: str, clock: FixedClock) -> AsyncIterator[World]:
    """Run a service on its store."""
    database = open_database(url)
    try:
        mesh, notifications = Mesh(clock), NotificationSink()
        keeping = RecordKeeping(service, database, mesh.join(service.name, "service", 100), notifications)
        # That of a sandbox has further routes.
        app = service.create_app(replace(keeping.context(1), is_sandbox=True))
        async with app.router.lifespan_context(app):
            without_extraction(service, app)
            yield World(clock, mesh, database, app, keeping, notifications, list(keeping._jobs()))
        await keeping.audit.close()
    finally:
        await database.close()
