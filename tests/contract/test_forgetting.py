"""No table keeps any content of a record that was deleted or has expired.

Before that, another bureau searches for it and reads it, and its owner changes it, by all operations of the OpenAPI
document of the service. So a new table that keeps content of a record is found without being listed here.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from services import SERVICES
from shared.bureaus import COMMISSION
from shared.clock import FixedClock
from shared.names import fold
from shared.records.store import RecordStore
from tests.contract.askers import BYSTANDER, OWNER
from tests.contract.guessed_requests import ANY_TEXT, Clues, questions
from tests.contract.operations import Schema
from tests.contract.service_fixture import DELETION, ServiceFixture, service_with_records
from tests.extent import by_extent

RECORDS: Final = by_extent(3, 8)
QUESTIONS: Final = by_extent(2, 3)
# A shorter text may be part of any other.
SHORTEST: Final = 4
# A tombstone keeps that the record existed, and whose it was.
STAYS: Final = {"id", "owner", "created", "bureau"}
# Ids, hashes and signatures, which may contain any short text.
RANDOM: Final = re.compile(r"[\w+/-]{32,}", re.ASCII)
LONGEST_TERM: Final = timedelta(days=15 * 365)


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
async def running(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceFixture]:
    """Run each service."""
    async with service_with_records(request.param, f"sqlite:///{tmp_path / 'store.db'}", clock, RECORDS) as running:
        yield running


async def cells(running: ServiceFixture) -> set[str]:
    """Return all texts that the store holds, value by value, with bytes decoded as text."""
    tables = running.service.metadata.sorted_tables
    rows = [
        row for table in tables for row in await running.world.database.reading.fetch(sa.select(table), in_thread=True)
    ]
    texts = (cell.decode("latin-1") if isinstance(cell, bytes) else cell for row in rows for cell in row)
    return {RANDOM.sub("", text.lower()) for text in texts if isinstance(text, str)}


def cells_with_any(cells: set[str], texts: set[str]) -> set[str]:
    """Return the cells that contain one of these texts as a whole word."""
    any_text = re.compile(r"(?<!\w)(?:{})(?!\w)".format("|".join(map(re.escape, texts))))
    return {cell for cell in cells if any_text.search(cell)}


@pytest.mark.thorough
async def test_no_table_keeps_content_of_a_record_that_was_deleted_or_has_expired(running: ServiceFixture) -> None:
    """Some records are deleted by their owner, some by the Commission, the others expire; so do saved searches."""
    texts = {ANY_TEXT.lower(), *(text for _, clues in running.clues for text in texts_of(clues, running.document))}
    assert len(cells_with_any(await cells(running), texts)) > RECORDS
    await look_and_change(running)
    for number, (kind, clues) in enumerate(running.clues):
        await end(running, kind, clues, ("delete_{}", "decide_on_{}", None)[number % 3])
    await running.pass_on(timedelta(minutes=5))
    await running.pass_on(LONGEST_TERM)
    running.renew_key()
    await running.pass_on(timedelta(seconds=1))
    for kind in running.service.metadata.info["stores"]:
        assert await running.world.database.reading.fetch(sa.select(kind.table), in_thread=True) == []
    left = await cells(running)
    assert cells_with_any(left, texts) == set()
    tokens = {token for text in texts for token in fold(text) if len(token) >= SHORTEST}
    assert left & tokens - words(running.document) == set()


async def look_and_change(running: ServiceFixture) -> None:
    """Send all operations as another bureau and as the owner, except deletions."""
    for operation in running.operations:
        about = [clues for kind, clues in running.clues if kind.answer.__name__ in operation.shows]
        if not about or operation.method == "DELETE":
            continue
        for clues, requests in zip(about, questions(operation, about, QUESTIONS), strict=True):
            for request in requests:
                await running.world.ask(running.officer(BYSTANDER), request)
            await running.ask(OWNER, operation, clues)
        await running.pass_on(timedelta(seconds=1))


async def end(running: ServiceFixture, kind: type[RecordStore[Any]], clues: Clues, way: str | None) -> None:
    """Delete a record as its owner or as the Commission does, or leave it to expire."""
    if way is None:
        return
    name = way.format(kind.model.record_kind().replace("-", "_"))
    [operation] = [each for each in running.operations if each.stated["operationId"] == name]
    bureau = OWNER if operation.method == "DELETE" else COMMISSION
    answer = await running.ask(bureau, operation, replace(clues, content={**clues.content, **DELETION}))
    assert answer.status in {200, 204}, answer


def texts_of(clues: Clues, document: Schema) -> Iterator[str]:
    """Return the texts of a record that could say something about a person, and its images, in lower case."""
    known = words(document)
    for name, value in clues.fields:
        if isinstance(value, str) and name not in STAYS and len(value) >= SHORTEST and value not in known:
            yield value.lower()
    yield from (image.decode("latin-1").lower() for image in clues.images[: len(clues.content.get("prints", ()))])


def words(document: Schema) -> set[str]:
    """Return the words that all records of a service have in common: states, kinds, operations."""
    return set(_words(document))


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (each for each in (*part.get("enum", ()), part.get("const")) if isinstance(each, str))
        yield from (inner for each in part.values() for inner in _words(each))
    elif isinstance(part, list):
        yield from (inner for each in part for inner in _words(each))
