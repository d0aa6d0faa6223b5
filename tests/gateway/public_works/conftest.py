"""A gateway that hosts the public, the service of cultural property behind it, and works that are entered there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gateway.app import Gateway
from services.cultural_property import SERVICE, rules
from services.cultural_property.models import Work, WorkDescription
from services.cultural_property.store import WorkStore
from services.cultural_property.tables import photograph_tables
from services.synthetic_records import revision_at
from shared.bureaus import PUBLIC
from shared.clock import FixedClock
from shared.images.picture import Picture
from shared.records.photographs.rules import photograph_of
from shared.records.photographs.store import StoredPhotograph
from shared.records.policy import Revision
from shared.rpc.client import Requester
from tests.gateway.mesh import Mesh
from tests.services.cultural_property.samples import PAINTING
from tests.support import caller

ROOT = "/works-of-art/v1"
PICTURE = Picture(b"\xff\xd8\xff\xe0 a picture \xff\xd9", b"\xff\xd8\xff\xe0 a thumbnail \xff\xd9", 300, 200)
NETHERLANDS = caller("FR", *SERVICE.scopes)


class WorksWorld:
    """Works of art, and the gateway at which everybody reads those that are public."""

    def __init__(self, mesh: Mesh, clock: FixedClock) -> None:
        self.mesh = mesh
        self.clock = clock

    async def start(self, folder: Path, stack: AsyncExitStack) -> None:
        self.public = Requester(self.mesh.join(PUBLIC, "public", 201))
        await self.mesh.start(SERVICE, folder, stack, number=100)
        self.database = self.mesh.records[SERVICE.name]._database

    def gateway(self, *, hosts_public: bool = True, **changes: Any) -> Gateway:
        requesters = {bureau: Requester(participant) for bureau, participant in self.mesh.bureaus.items()}
        public = {PUBLIC: self.public} if hosts_public else {}
        return self.mesh.gateway(SERVICE, requesters={**requesters, **public}, **changes)

    def client(self, *, hosts_public: bool = True, address: str = "127.0.0.1", **changes: Any) -> httpx.AsyncClient:
        gateway = self.gateway(hosts_public=hosts_public, **changes)
        transport = httpx.ASGITransport(gateway, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url="http://gateway")

    async def enter(self, **content: Any) -> Work:
        """Enter a work, public unless stated otherwise; each is a second younger."""
        self.clock.advance(timedelta(seconds=1))
        at = self.clock.now()
        description = WorkDescription.model_validate({**PAINTING, "public": True, **content})
        work = rules.enter(description, by=NETHERLANDS, revision=revision_at(Random(str(at)), at))  # noqa: S311
        async with self.database.writing() as session:
            await WorkStore(session, NETHERLANDS, at).add(work)
        return work

    async def photographed(self, work: Work) -> Work:
        """Give a work a photograph."""
        at = self.clock.now()
        photograph = photograph_of("71930242", PICTURE)
        shown = work.next_version(at, photographs=(photograph,))
        async with self.database.writing() as session:
            await WorkStore(session, NETHERLANDS, at).replace(shown)
            stored = StoredPhotograph(work.id, work.owner, photograph, PICTURE)
            await photograph_tables.add(session, [stored])
        return shown

    async def recover(self, work: Work) -> None:
        at = self.clock.now()
        ended = rules.recover(work, NETHERLANDS, Revision(work.id, at))
        async with self.database.writing() as session:
            await WorkStore(session, NETHERLANDS, at).replace(ended)

    async def rows(self, table: str) -> int:
        """Return how many rows a table of the service has."""
        counted = sa.select(sa.func.count().label("n")).select_from(SERVICE.metadata.tables[table])
        return int((await self.database.reading.fetch(counted, in_thread=True))[0].n)


@pytest.fixture
async def world(mesh: Mesh, clock: FixedClock, tmp_path: Path) -> AsyncIterator[WorksWorld]:
    async with AsyncExitStack() as stack:
        world = WorksWorld(mesh, clock)
        await world.start(tmp_path, stack)
        yield world


@pytest.fixture
async def anyone(world: WorksWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client
