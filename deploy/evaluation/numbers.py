"""Measures searches by numbers that are written or read otherwise: of vehicles and of firearms (`i247 evaluate`).

Recall is measured on records of the store, each searched with one slip; strangers on the numbers of further synthetic
records, which have the letters that such numbers have: look-alikes as often, and all members alike.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from time import perf_counter
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from deploy.evaluation.filled_store import AT, SEED, filled_store
from deploy.evaluation.slips import Slip
from deploy.state.errors import StartRefused, WrongUsage
from shared.bureaus import MEMBERS, BureauCode
from shared.errors import Busy, StoreUnavailable
from shared.identity import Caller, Purpose
from shared.numbers import signs_of
from shared.records.results import NumberHits
from shared.records.search.number_search import NumberSearchStore
from shared.service import Service
from shared.storage import Session, StorageRefused
from shared.storage.read_only import read_only

PER: Final = 1_000
# So many times as many searches as of each class, as strangers are rare.
STRANGERS: Final = 10
_OTHER_SEED: Final = 248
_SEARCHER: Final = BureauCode("FR")


class Searched(NamedTuple):
    """A kind of record whose search is measured."""

    service: Service
    store: type[NumberSearchStore[Any, Any]]
    slips: Mapping[str, Mapping[str, Slip]]
    """The slips of each number, by their names."""

    sampled_by: sa.ColumnElement[str]
    """By what records are drawn all over the store, as rows of millions cannot be drawn otherwise in little time."""

    place: Callable[[Random], str]
    """Returns a random value of it."""

    drawn: Callable[[Random, BureauCode, datetime], Mapping[str, Any]]
    """Returns the entry of another record, which is in no store."""

    query: Callable[[str, str, str, Mapping[str, Any]], Mapping[str, Any]]
    """Returns a search for a number: by its key, the slip, the number, and what else is known of the record."""


class Recall(NamedTuple):
    """How often the record that was meant was found, of one number and class of slip."""

    key: str
    slip: str
    searches: int
    in_hits: int
    in_near: int
    """In hits or near."""


class Strangers(NamedTuple):
    """How many records searches for numbers of other vehicles found that have another number."""

    key: str
    searches: int
    in_hits: int
    near_searches: int
    in_near: int


class Timing(NamedTuple):
    """How long searches of one kind took, in milliseconds."""

    what: str
    p50: float
    p99: float


class Measured(NamedTuple):
    """All that was measured on one store."""

    records: int
    recall: Sequence[Recall]
    strangers: Sequence[Strangers]
    timings: Sequence[Timing]


def measure(kind: Searched, records: int, searches: int, store: str | None, advance: Callable[[int], None]) -> Measured:
    """Measure a store that is there, given by its URL, or one that is made with so many synthetic records.

    Raises WrongUsage, StartRefused.
    """
    if store is not None:
        try:
            return asyncio.run(measure_store(kind, store, searches))
        except StorageRefused as refused:
            raise WrongUsage(f"--store: {refused}") from refused
        except (StoreUnavailable, Busy) as refused:
            raise StartRefused(f"--store: {refused.detail}") from refused
    return asyncio.run(_measure_new(kind, records, searches, advance))


async def measure_store(kind: Searched, url: str, searches: int) -> Measured:
    """Measure a store that is there, without a change to it. Raises StorageRefused, StoreUnavailable, Busy."""
    async with read_only(url, kind.service.tables) as reading:
        measured = await Measurement(kind, reading, searches).run()
    if not measured.records:
        raise StorageRefused("it has no records to search for: fill it with `i247 seed`")
    return measured


async def _measure_new(kind: Searched, records: int, searches: int, advance: Callable[[int], None]) -> Measured:
    async with filled_store(kind.service, records, advance) as database:
        return await Measurement(kind, database.reading, searches).run()


class Measurement:
    """The searches in one store, and how long they took."""

    def __init__(self, kind: Searched, reading: Session, searches: int) -> None:
        self._kind = kind
        self._reading = reading
        self._searches = searches
        self._random = Random(SEED)  # noqa: S311 - nothing secret is drawn
        self._seconds: dict[str, list[float]] = {"hits": [], "near": []}

    async def run(self) -> Measured:
        """Return what was measured."""
        counted = sa.select(sa.func.count()).select_from(self._kind.store.table)
        [[records]] = await self._reading.fetch(counted, in_thread=True)
        if not records:
            return Measured(0, (), (), ())
        sample = await self._sample()
        slips = self._kind.slips
        recall = [await self._recall(sample, key, name, slip) for key in slips for name, slip in slips[key].items()]
        strangers = [await self._strangers(key) for key in slips]
        return Measured(records, recall, strangers, [_timing(what, took) for what, took in self._seconds.items()])

    async def _sample(self) -> Sequence[Any]:
        """Return records all over the store, each once."""
        found, kind = dict[str, Any](), self._kind
        place = sa.bindparam("place", type_=sa.String)
        following = sa.select(kind.store.table.c.content).where(kind.sampled_by >= place)
        one = following.order_by(kind.sampled_by).limit(1)
        for _ in range(self._searches * 4):
            for row in await self._reading.fetch(one, {"place": kind.place(self._random)}):
                record = kind.store.model.of_json(row.content)
                found[record.id] = record
            if len(found) == self._searches:
                break
        return list(found.values())

    async def _recall(self, sample: Sequence[Any], key: str, name: str, slip: Slip) -> Recall:
        searches = hits = near = 0
        for record in sample:
            written = getattr(record, key)
            asked = slip(self._random, written) if written else None
            if asked is None:
                continue
            found = await self._search(self._kind.query(key, name, asked, vars(record)))
            is_hit = record.id in {hit.record.id for hit in found.hits}
            searches, hits = searches + 1, hits + is_hit
            near += is_hit or record.id in {hit.record.id for hit in found.near}
        return Recall(key, name, searches, hits, near)

    async def _strangers(self, key: str) -> Strangers:
        random, owners, hits, near = Random(_OTHER_SEED), sorted(MEMBERS), 0, 0  # noqa: S311 - nothing secret is drawn
        for number in range(self._searches * STRANGERS):
            other = self._kind.drawn(random, random.choice(owners), AT)
            asked = self._kind.query(key, "", other[key], other)
            found = await (self._search(asked) if number < self._searches else self._find(asked, "hits"))
            hits += sum(signs_of(getattr(hit.record, key)) != signs_of(other[key]) for hit in found.hits)
            near += len(found.near)
        return Strangers(key, self._searches * STRANGERS, hits, self._searches, near)

    async def _search(self, asked: Mapping[str, Any]) -> NumberHits[Any]:
        """Return the answer to a search with what is near, after one without it."""
        await self._find(asked, "hits")
        return await self._find(asked, "near")

    async def _find(self, asked: Mapping[str, Any], what: str) -> NumberHits[Any]:
        """Return the answer to a search for hits alone, or with what is near, and note how long it took."""
        caller = Caller(_SEARCHER, "evaluation", frozenset(), Purpose.BORDER_MANAGEMENT, "evaluation")
        store = self._kind.store(self._reading, caller, datetime.now(UTC))
        query = self._kind.store.query.model_validate({**asked, "near": what == "near"})
        begun = perf_counter()
        found = await store.find(query)
        self._seconds[what].append(perf_counter() - begun)
        return found


def _timing(what: str, took: Sequence[float]) -> Timing:
    in_order = sorted(took) or [0.0]
    return Timing(what, in_order[len(in_order) // 2] * 1000, in_order[int(len(in_order) * 0.99)] * 1000)


def lines(measured: Measured) -> Iterator[str]:
    """Yield tables of recall, strangers and times."""
    yield f"{measured.records:,} records"
    yield f"{'number':14} {'slip':14} {'searches':>8} {'hits':>7} {'+near':>7}"
    for each in measured.recall:
        total = max(each.searches, 1)
        yield f"{each.key:14} {each.slip:14} {each.searches:8} {each.in_hits / total:7.4f} {each.in_near / total:7.4f}"
    yield f"strangers of {PER:,} searches for numbers of others"
    for other in measured.strangers:
        hits, near = _shares(other)
        yield f"{other.key:14} {'':14} {other.searches:8} {hits:7.2f} {near:7.0f}"
    for timing in measured.timings:
        yield f"a search with {timing.what}: p50 {timing.p50:.2f} ms, p99 {timing.p99:.2f} ms"


def _shares(other: Strangers) -> tuple[float, float]:
    """Return how many strangers of 1,000 searches are in hits, and how many in what is near."""
    return other.in_hits * PER / max(other.searches, 1), other.in_near * PER / max(other.near_searches, 1)


def data(measured: Measured) -> Iterator[dict[str, Any]]:
    """Yield the same for programs."""
    yield {"records": measured.records}
    for each in measured.recall:
        total = max(each.searches, 1)
        shares = {"recall_hits": each.in_hits / total, "recall_near": each.in_near / total}
        yield {"number": each.key, "slip": each.slip, "searches": each.searches, **shares}
    for other in measured.strangers:
        hits, near = _shares(other)
        yield {"number": other.key, "searches": other.searches, "strangers_hits": hits, "strangers_near": near}
    yield from ({"what": timing.what, "p50_ms": timing.p50, "p99_ms": timing.p99} for timing in measured.timings)
