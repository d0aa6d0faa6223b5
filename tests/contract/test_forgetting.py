"""What is left of a record when it is gone, whichever way it went: nothing of what it said, in any table there is.

Others search for it, read it and have it told before, and its owner changes it, as often as the document of the service
says how. So a table that is added, and keeps something of it, is found without being listed.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
import sqlalchemy as sa

from services import SERVICES
from shared.asgi import HttpResponse
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import FixedClock
from shared.identity import COMMON_SCOPES, PURPOSE_SCOPES, Caller, Purpose
from shared.ids import uuid7
from shared.names import fold
from shared.records import RecordStore
from shared.service import Service
from tests.conftest import NOW, store_of
from tests.contract.asking import ANY_TEXT, Clues, Guesses, questions
from tests.contract.described import Operation, Schema, operations_of
from tests.contract.hiding import BYSTANDER, OWNER
from tests.contract.prints import images_of, with_images
from tests.contract.worlds import World, running

RECORDS: Final = 8
QUESTIONS: Final = 3
# A text of three letters may be part of any other.
SHORTEST: Final = 4
# Salts, hashes and digests are drawn, and four letters may stand in any of them.
DRAWN_BYTES: Final = (16, 32)
DIGEST: Final = re.compile(r"[\w-]{43}")
# Whose it was, and that it was there, stays.
STAYS: Final = {"id", "owner", "created"}
LONGEST_TERM: Final = timedelta(days=15 * 365)
DECISION: Final = {"decision": "delete", "reference": "CCF/2026/12"}


@dataclass
class Kept:
    """A service as it runs, and what its records say."""

    service: Service
    world: World
    document: Schema
    operations: Sequence[Operation]
    clues: Sequence[tuple[type[RecordStore[Any]], Clues]]

    async def ask(self, bureau: BureauCode, operation: Operation, clues: Clues) -> HttpResponse:
        """Let an officer do what an operation does to a record."""
        return await self.world.ask(self.officer(bureau), Guesses(operation, clues).restated())

    def officer(self, bureau: BureauCode) -> Caller:
        """Return an officer with all scopes; one of the Secretariat speaks for the Commission."""
        purpose = Purpose.DATA_SUBJECT_REQUEST if bureau == SECRETARIAT else Purpose.SECURITY_CHECK
        scopes = frozenset((*self.service.scopes, *COMMON_SCOPES, PURPOSE_SCOPES[purpose]))
        return Caller(bureau, f"{bureau.lower()}.officer", scopes, purpose, uuid7(self.world.clock.now()))

    async def pass_on(self, time: timedelta) -> None:
        """Let time pass, and the service do what it does by itself."""
        self.world.clock.advance(time)
        for _ in range(2):
            await self.world.work(checkpoints=False)

    async def cells(self) -> set[str]:
        """Return all that the store holds, value by value."""
        tables = self.service.metadata.sorted_tables
        rows = [row for table in tables for row in await self.world.database.reading.scan(sa.select(table))]
        return {_text(cell) for row in rows for cell in row if isinstance(cell, str | bytes)}


def _text(cell: str | bytes) -> str:
    if isinstance(cell, bytes) and len(cell) in DRAWN_BYTES:
        return ""
    return DIGEST.sub("", cell if isinstance(cell, str) else cell.decode("latin-1"))


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
async def kept(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Kept]:
    """Run a service that holds a few records of one owner."""
    service: Service = request.param
    store = tmp_path / "store.db"
    async with store_of(service, f"sqlite:///{store}") as database, database.writing() as session:
        await service.seed(session, Random(1), RECORDS, (OWNER,), NOW)  # noqa: S311 - nothing secret is drawn
        await with_images(service, session)
        clues = [
            (kind, Clues(json.loads(row.content), (), tuple(await images_of(service, session, row.id))))
            for kind in service.metadata.info["stores"]
            for row in await session.scan(sa.select(kind.table.c.id, kind.table.c.content))
        ]
    async with running(service, store, clock) as world:
        document = world.app.openapi()
        yield Kept(service, world, document, operations_of(document), clues)


async def test_of_a_record_that_is_gone_no_table_holds_what_it_said(kept: Kept) -> None:
    """Some are deleted by their owner, some by the Commission, the others expire; so does what was sought."""
    texts = {ANY_TEXT, *(text for _, clues in kept.clues for text in said(clues, kept.document))}
    assert len({text for text in texts if any(text in cell for cell in await kept.cells())}) > RECORDS
    await look_and_change(kept)
    for number, (kind, clues) in enumerate(kept.clues):
        await end(kept, kind, clues, ("DELETE", "POST", "")[number % 3])
    await kept.pass_on(timedelta(minutes=5))
    await kept.pass_on(LONGEST_TERM)
    for kind in kept.service.metadata.info["stores"]:
        assert await kept.world.database.reading.scan(sa.select(kind.table)) == []
    cells = await kept.cells()
    assert {cell for cell in cells if any(text.lower() in cell.lower() for text in texts)} == set()
    tokens = {token for text in texts for token in fold(text) if len(token) >= SHORTEST}
    assert cells & tokens - words(kept.document) == set()


async def look_and_change(kept: Kept) -> None:
    """Let others ask all that can be asked, and the owner do all that he can do, but delete."""
    for operation in kept.operations:
        about = [clues for kind, clues in kept.clues if kind.model.__name__ in operation.shows]
        if not about or operation.method == "DELETE":
            continue
        for clues, requests in zip(about, questions(operation, about, QUESTIONS), strict=True):
            for request in requests:
                await kept.world.ask(kept.officer(BYSTANDER), request)
            await kept.ask(OWNER, operation, clues)
        await kept.pass_on(timedelta(seconds=1))


async def end(kept: Kept, kind: type[RecordStore[Any]], clues: Clues, way: str) -> None:
    """Delete a record as its owner or as the Commission does, or leave it to expire."""
    name = kind.model.record_kind().replace("-", "_")
    wanted = {"DELETE": (f"delete_{name}", OWNER), "POST": (f"decide_on_{name}", SECRETARIAT)}
    if way not in wanted:
        return
    operation_id, bureau = wanted[way]
    [operation] = [each for each in kept.operations if each.stated["operationId"] == operation_id]
    asked = Clues({**clues.content, **DECISION}, (), ())
    answer = await kept.ask(bureau, operation, asked)
    assert answer.status in {200, 204}, answer


def said(clues: Clues, document: Schema) -> Iterator[str]:
    """Return the texts of a record that might tell something of anybody, and its images."""
    known = words(document)
    for name, value in clues.fields:
        if isinstance(value, str) and name not in STAYS and len(value) >= SHORTEST and value not in known:
            yield value
    yield from map(_text, clues.images[: len(clues.content.get("prints", ()))])


def words(document: Schema) -> set[str]:
    """Return the words that a service has for all records alike: states, kinds, operations."""
    return set(_words(document))


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (each for each in (*part.get("enum", ()), part.get("const")) if isinstance(each, str))
        yield from (inner for each in part.values() for inner in _words(each))
    elif isinstance(part, list):
        yield from (inner for each in part for inner in _words(each))
