"""Measures the search of travel documents: `i247 evaluate documents`.

Recall is measured on documents of the store, each with one sign misread as one that looks like it, with and without the
check digit of its zone. Strangers are measured on valid numbers of the same series that are in no record: numbers are
issued in series, so the neighbours of each exist.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from time import perf_counter
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from deploy.evaluation.filled_store import AT, SEED, filled_store
from services.travel_documents import SERVICE
from services.travel_documents.models import TravelDocument
from services.travel_documents.queries import DocumentHits, DocumentQuery
from services.travel_documents.series import series_of
from services.travel_documents.store import TravelDocumentStore, documents
from shared.bureaus import SECRETARIAT
from shared.identity import Caller, Purpose
from shared.mrz import check_digit
from shared.numbers import CONFUSED, DOCUMENT_NUMBER, signs_of
from shared.storage import Session

PER: Final = 1_000
# So many times as many searches as of each kind, as strangers are rare.
STRANGERS: Final = 5
_PAIRS: Final = sorted(map(sorted, {*CONFUSED, *map(frozenset, DOCUMENT_NUMBER.look_alikes.items())}))


class Recall(NamedTuple):
    """How often the document that was meant was found with one sign misread."""

    digit: bool
    """Whether the check digit was sent as well."""

    searches: int
    in_hits: int
    in_near: int


class Strangers(NamedTuple):
    """How many records were found by numbers of the same series that no record has."""

    misread: bool
    """Whether one sign was misread, and the check digit sent."""

    searches: int
    in_hits: int
    in_near: int


class Measured(NamedTuple):
    """All that was measured on one store."""

    records: int
    recall: Sequence[Recall]
    strangers: Sequence[Strangers]
    milliseconds: Sequence[float]
    """Of each search, the fastest first."""


def measure(records: int, searches: int, advance: Callable[[int], None]) -> Measured:
    """Measure a store that is made with so many synthetic records."""
    return asyncio.run(_measure(records, searches, advance))


async def _measure(records: int, searches: int, advance: Callable[[int], None]) -> Measured:
    async with filled_store(SERVICE, records, advance) as database:
        return await _Measurement(database.reading, searches).run(records)


class _Measurement:
    """The searches in one store, and how long they took."""

    def __init__(self, reading: Session, searches: int) -> None:
        self._reading = reading
        self._searches = searches
        self._random = Random(SEED)  # noqa: S311 - nothing secret is drawn
        self._milliseconds = list[float]()

    async def run(self, records: int) -> Measured:
        sample = await self._sample()
        recall = [await self._recall(sample[: self._searches], digit=digit) for digit in (False, True)]
        strangers = [await self._strangers(sample, misread=misread) for misread in (False, True)]
        return Measured(records, recall, strangers, sorted(self._milliseconds))

    async def _sample(self) -> Sequence[TravelDocument]:
        some = sa.select(documents.c.content).where(documents.c.number.is_not(None)).limit(self._searches * STRANGERS)
        rows = await self._reading.fetch(some, in_thread=True)
        return [TravelDocument.of_json(row.content) for row in rows]

    async def _recall(self, meant: Sequence[TravelDocument], *, digit: bool) -> Recall:
        in_hits = in_near = 0
        for document in meant:
            number = document.number or ""
            answer = await self._find(document.issuer, self._misread(number), check_digit(number) if digit else None)
            in_hits += any(hit.record.id == document.id for hit in answer.hits)
            in_near += any(hit.record.id == document.id for hit in answer.near)
        return Recall(digit, len(meant), in_hits, in_near)

    async def _strangers(self, sample: Sequence[TravelDocument], *, misread: bool) -> Strangers:
        """Search for the numbers of other documents of the series of a sample."""
        in_hits = in_near = 0
        for document in sample:
            series = series_of(document.issuer, document.type)
            number = series.number(self._random.randrange(series.size))
            read, digit = (self._misread(number), check_digit(number)) if misread else (number, None)
            answer = await self._find(document.issuer, read, digit)
            in_hits += sum(not _has(hit.record, number) for hit in answer.hits)
            in_near += sum(not _has(hit.record, number) for hit in answer.near)
        return Strangers(misread, len(sample), in_hits, in_near)

    def _misread(self, number: str) -> str:
        """Return a number with one sign that was taken for another; a number of other signs alone as it is."""
        signs = signs_of(number)
        found = [(at, pair) for at, sign in enumerate(signs) for pair in _PAIRS if sign in pair]
        if not found:
            return signs
        at, (one, other) = self._random.choice(found)
        return signs[:at] + (other if signs[at] == one else one) + signs[at + 1 :]

    async def _find(self, issuer: str, number: str, digit: str | None) -> DocumentHits:
        caller = Caller(SECRETARIAT, "evaluation", frozenset(), Purpose.BORDER_MANAGEMENT, "evaluation")
        query = DocumentQuery(issuer=issuer, number=number, check_digit=digit)
        began = perf_counter()
        answer = await TravelDocumentStore(self._reading, caller, AT).look_up(query)
        self._milliseconds.append((perf_counter() - began) * 1_000)
        return answer


def _has(document: TravelDocument, number: str) -> bool:
    """Return whether a record is about a number: as its own, or within its range."""
    if document.number is not None:
        return signs_of(document.number) == number
    return (document.first_number or "") <= number <= (document.last_number or "")


def lines(measured: Measured) -> Iterator[str]:
    """Yield what was measured, for people."""
    yield f"{measured.records:,} documents"
    for recall in measured.recall:
        how = f"with{'' if recall.digit else 'out'} the check digit"
        as_hits, either = (_percent(each, recall) for each in (recall.in_hits, recall.in_hits + recall.in_near))
        yield f"one sign misread, {how}: found in {either} of {recall.searches:,} searches, {as_hits} as hits"
    for each in measured.strangers:
        how = "misread, with the check digit" if each.misread else "read right"
        false_hits, near = _rates(each)
        yield f"numbers of no record, {how}: false hits in {PER:,} searches {false_hits:.2f}, near {near:.2f}"
    times = _times(measured)
    yield f"a search takes {times['p50_ms']:.2f} ms, one in a hundred {times['p99_ms']:.2f} ms or more"


def data(measured: Measured) -> Iterator[Mapping[str, Any]]:
    """Yield what was measured, for programs."""
    for recall in measured.recall:
        of = {"records": measured.records, "digit": recall.digit, "searches": recall.searches}
        yield {**of, "recall_hits": recall.in_hits / recall.searches, "recall_near": recall.in_near / recall.searches}
    for each in measured.strangers:
        hits, near = _rates(each)
        yield {"misread": each.misread, "searches": each.searches, "strangers_hits": hits, "strangers_near": near}
    yield {"what": "search", **_times(measured)}


def _percent(found: int, recall: Recall) -> str:
    return f"{100 * found / max(recall.searches, 1):.1f} %"


def _rates(each: Strangers) -> tuple[float, float]:
    searches = max(each.searches, 1)
    return each.in_hits * PER / searches, each.in_near * PER / searches


def _times(measured: Measured) -> Mapping[str, float]:
    took = measured.milliseconds or (0.0,)
    return {"p50_ms": took[len(took) // 2], "p99_ms": took[min(len(took) - 1, len(took) * 99 // 100)]}
