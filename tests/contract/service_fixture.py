"""A running service whose store has a few records of one owner, and the operations on them."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, Final

import sqlalchemy as sa

from shared.bureaus import COMMISSION, BureauCode
from shared.clock import FixedClock
from shared.identity import COMMON_SCOPES, PURPOSE_SCOPES, Caller, Purpose
from shared.ids import uuid7
from shared.protocol.http import HttpResponse
from shared.records.store import RecordStore
from shared.service import Service
from tests.conftest import NOW, store_of
from tests.contract.askers import OWNER
from tests.contract.guessed_requests import Clues, Guesses
from tests.contract.noninterference import World, running
from tests.contract.operations import Operation, Schema, operations_of
from tests.contract.prints import images_of, with_images

REFERENCE: Final = "CCF/2026/12"
CORRECTION: Final = {"decision": "correct", "reference": REFERENCE, "corrections": {"handling": "CONFIDENTIAL"}}
DELETION: Final = {"decision": "delete", "reference": REFERENCE}


@dataclass(frozen=True)
class ServiceFixture:
    """A running service, and the content of its records."""

    service: Service
    world: World
    document: Schema
    operations: Sequence[Operation]
    clues: Sequence[tuple[type[RecordStore[Any]], Clues]]

    async def ask(self, bureau: BureauCode, operation: Operation, clues: Clues) -> HttpResponse:
        """Send a request about a record to an operation, as an officer of a bureau."""
        return await self.world.ask(self.officer(bureau), Guesses(operation, clues).restated())

    def officer(self, bureau: BureauCode) -> Caller:
        """Return an officer with all scopes; one of the Secretariat acts for the Commission."""
        purpose = Purpose.DATA_SUBJECT_REQUEST if bureau == COMMISSION else Purpose.SECURITY_CHECK
        scopes = frozenset((*self.service.scopes, *COMMON_SCOPES, PURPOSE_SCOPES[purpose]))
        return Caller(bureau, f"{bureau.lower()}.officer", scopes, purpose, uuid7(self.world.clock.now()))

    async def pass_on(self, time: timedelta) -> None:
        """Advance the clock, and run the background jobs."""
        self.world.clock.advance(time)
        for _ in range(2):
            await self.world.work(checkpoints=False)

    def renew_key(self) -> None:
        """Give the service a key that is in force now: without one its background jobs delete nothing."""
        self.world.mesh.give_key(self.service.name, "service", 101)

    def about(self, kind: type[RecordStore[Any]]) -> Iterator[Operation]:
        """Yield the operations on one record of a kind."""
        name = kind.model.record_kind().replace("-", "_")
        [path] = [each.path for each in self.operations if each.stated["operationId"] == f"delete_{name}"]
        return (each for each in self.operations if each.path.startswith(path))


@asynccontextmanager
async def service_with_records(
    service: Service, url: str, clock: FixedClock, count: int
) -> AsyncIterator[ServiceFixture]:
    """Run a service with a number of records."""
    async with store_of(service, url) as database, database.writing() as session:
        await service.seed(session, Random(1), count, (OWNER,), NOW)  # noqa: S311 - nothing secret is drawn
        await with_images(service, session)
        clues = [
            (kind, Clues(json.loads(row.content), (), tuple(await images_of(service, session, row.id))))
            for kind in service.metadata.info["stores"]
            for row in await session.fetch(
                sa.select(kind.table.c.id, kind.table.c.content).order_by(kind.table.c.id), in_thread=True
            )
        ]
    async with running(service, url, clock) as world:
        document = world.app.openapi()
        yield ServiceFixture(service, world, document, operations_of(document), clues)
