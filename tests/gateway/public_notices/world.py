"""A gateway that hosts the public, the notices service behind it, and notices that are entered as published."""

from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from gateway.app import Gateway
from gateway.public_faults import FaultPlan
from services.notices import SERVICE, rules
from services.notices.lifecycle import NoticeStatus
from services.notices.models import Notice
from services.notices.store import NoticeStore
from shared.bureaus import PUBLIC, SECRETARIAT, BureauCode
from shared.clock import FixedClock
from shared.ids import uuid7
from shared.images.picture import Picture
from shared.records.photographs.rules import Photograph
from shared.records.photographs.store import StoredPhotograph
from shared.records.policy import Revision
from shared.rpc.client import Requester
from tests.gateway.mesh import Mesh
from tests.services.notices.examples import complete, entry
from tests.support import caller

ROOT: Final = "/notices/v1"
JPEG: Final = b"\xff\xd8\xff\xe0 a picture of %s \xff\xd9"


class PublicWorld:
    """Notices, and the gateway at which everybody reads them."""

    def __init__(self, mesh: Mesh, clock: FixedClock) -> None:
        self.mesh = mesh
        self.clock = clock
        self._number = 52481

    async def start(self, folder: Path, stack: AsyncExitStack) -> None:
        self.public = Requester(self.mesh.join(PUBLIC, "public", 201))
        await self.mesh.start(SERVICE, folder, stack, number=100)
        self.database = self.mesh.records[SERVICE.name]._database

    def gateway(self, faults: str | None = None, **changes: Any) -> Gateway:
        requesters = {bureau: Requester(participant) for bureau, participant in self.mesh.bureaus.items()}
        plan = None if faults is None else FaultPlan.parse(faults)
        hosted = {**requesters, PUBLIC: self.public}
        return self.mesh.gateway(SERVICE, requesters=hosted, public_faults=plan, **changes)

    def client(
        self,
        faults: str | None = None,
        base_url: str = "http://gateway",
        address: str = "127.0.0.1",
        **changes: Any,
    ) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.gateway(faults, **changes), client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=f"{base_url}{ROOT}/")

    async def publish(self, colour: str = "red", *, photographs: tuple[str, ...] = (), **content: Any) -> Notice:
        """Enter a notice as published, and return it; each has the next number, and is a second younger."""
        self.clock.advance(timedelta(seconds=1))
        self._number += 1
        at = self.clock.now()
        draft = rules.draft(
            entry(complete(colour, **{"public": True, **content})),
            by=caller(SECRETARIAT if colour == "un-special" else "FR", *SERVICE.scopes),
            revision=Revision(uuid7(at), at),
        )
        notice = draft.model_copy(
            update={
                "status": NoticeStatus.PUBLISHED,
                "number": f"2026/{self._number}",
                "published": at,
                "photographs": tuple(map(_photograph, photographs)),
            }
        )
        async with self.database.writing() as session:
            store = self.store(session, at)
            await store.add(notice)
            await store.add_photographs_many([_stored(notice, each) for each in notice.photographs])
        return notice

    async def withdraw(self, notice: Notice) -> None:
        at = self.clock.now()
        async with self.database.writing() as session:
            await self.store(session, at).replace(notice.next_version(at, status=NoticeStatus.WITHDRAWN))

    def store(self, session: Any, at: datetime) -> NoticeStore:
        return NoticeStore(session, caller(BureauCode("FR"), *SERVICE.scopes), at)


def _photograph(identifier: str) -> Photograph:
    return Photograph(
        id=identifier, width=480, height=640, bytes=1000, sha256="n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"
    )


def _stored(notice: Notice, photograph: Photograph) -> StoredPhotograph:
    full, small = (JPEG % which.encode() for which in (photograph.id, f"{photograph.id}, small"))
    return StoredPhotograph(notice.id, notice.owner, photograph, Picture(full, small, 480, 640))
