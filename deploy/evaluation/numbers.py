"""Measures the search of stolen vehicles by numbers that are written or read otherwise: `i247 evaluate numbers`.

Recall is measured on records of the store, each searched with one slip; strangers on the numbers of further synthetic
vehicles, which have the letters that such numbers have: look-alikes as often, and all members alike.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from time import perf_counter
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from deploy.evaluation.filled_store import AT, SEED, filled_store
from deploy.evaluation.slips import OF_KEY, Slip
from deploy.state.errors import StartRefused, WrongUsage
from services.stolen_vehicles import SERVICE
from services.stolen_vehicles.models import Vehicle, VehicleQuery
from services.stolen_vehicles.store import VehicleStore, vehicles
from services.stolen_vehicles.synthetic import drawn_entry
from shared.bureaus import MEMBERS, BureauCode
from shared.errors import Busy, StoreUnavailable
from shared.identity import Caller, Purpose
from shared.numbers import END_SIGNS, signs_of
from shared.records.results import NumberHits
from shared.storage import Session, StorageRefused
from shared.storage.read_only import read_only

PER: Final = 1_000
# So many times as many searches as of each class, as strangers are rare.
STRANGERS: Final = 10
_OTHER_SEED: Final = 248
_SEARCHER: Final = BureauCode("FR")


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


def measure(records: int, searches: int, store: str | None, advance: Callable[[int], None]) -> Measured:
    """Measure a store that is there, given by its URL, or one that is made with so many synthetic records.

    Raises WrongUsage, StartRefused.
    """
    if store is not None:
        try:
            return asyncio.run(measure_store(store, searches))
        except StorageRefused as refused:
            raise WrongUsage(f"--store: {refused}") from refused
        except (StoreUnavailable, Busy) as refused:
            raise StartRefused(f"--store: {refused.detail}") from refused
    return asyncio.run(_measure_new(records, searches, advance))


async def measure_store(url: str, searches: int) -> Measured:
    """Measure a store that is there, without a change to it. Raises StorageRefused, StoreUnavailable, Busy."""
    async with read_only(url, SERVICE.tables) as reading:
        measured = await Measurement(reading, searches).run()
    if not measured.records:
        raise StorageRefused("it has no vehicles to search for: fill it with `i247 seed`")
    return measured


async def _measure_new(records: int, searches: int, advance: Callable[[int], None]) -> Measured:
    async with filled_store(SERVICE, records, advance) as database:
        return await Measurement(database.reading, searches).run()


class Measurement:
    """The searches in one store, and how long they took."""

    def __init__(self, reading: Session, searches: int) -> None:
        self._reading = reading
        self._searches = searches
        self._random = Random(SEED)  # noqa: S311 - nothing secret is drawn
        self._seconds: dict[str, list[float]] = {"hits": [], "near": []}

    async def run(self) -> Measured:
        """Return what was measured."""
        counted = sa.select(sa.func.count()).select_from(vehicles)
        [[records]] = await self._reading.fetch(counted, in_thread=True)
        if not records:
            return Measured(0, (), (), ())
        sample = await self._sample()
        recall = [await self._recall(sample, key, name, slip) for key in OF_KEY for name, slip in OF_KEY[key].items()]
        strangers = [await self._strangers(key) for key in OF_KEY]
        return Measured(records, recall, strangers, [_timing(what, took) for what, took in self._seconds.items()])

    async def _sample(self) -> Sequence[Vehicle]:
        """Return records all over the store, each once."""
        found = dict[str, Vehicle]()
        # By the end of a VIN, which is random, as rows of millions cannot be drawn otherwise in little time.
        following = sa.select(vehicles.c.content).where(vehicles.c.vin_end >= sa.bindparam("end", type_=sa.String))
        one = following.order_by(vehicles.c.vin_end).limit(1)
        for _ in range(self._searches * 4):
            end = f"{self._random.randrange(10**END_SIGNS):0{END_SIGNS}}"
            for row in await self._reading.fetch(one, {"end": end}):
                vehicle = Vehicle.model_validate_json(row.content)
                found[vehicle.id] = vehicle
            if len(found) == self._searches:
                break
        return list(found.values())

    async def _recall(self, sample: Sequence[Vehicle], key: str, name: str, slip: Slip) -> Recall:
        searches = hits = near = 0
        for vehicle in sample:
            written = getattr(vehicle, key)
            asked = slip(self._random, written) if written else None
            if asked is None:
                continue
            found = await self._search(_query(key, name, asked, vehicle.country))
            is_hit = vehicle.id in {hit.record.id for hit in found.hits}
            searches, hits = searches + 1, hits + is_hit
            near += is_hit or vehicle.id in {hit.record.id for hit in found.near}
        return Recall(key, name, searches, hits, near)

    async def _strangers(self, key: str) -> Strangers:
        random, owners, hits, near = Random(_OTHER_SEED), sorted(MEMBERS), 0, 0  # noqa: S311 - nothing secret is drawn
        for number in range(self._searches * STRANGERS):
            other = drawn_entry(random, random.choice(owners), AT)
            asked = _query(key, "", other[key], other["country"])
            found = await (self._search(asked) if number < self._searches else self._find(asked, "hits"))
            hits += sum(signs_of(getattr(hit.record, key)) != signs_of(other[key]) for hit in found.hits)
            near += len(found.near)
        return Strangers(key, self._searches * STRANGERS, hits, self._searches, near)

    async def _search(self, asked: Mapping[str, Any]) -> NumberHits[Vehicle]:
        """Return the answer to a search with what is near, after one without it."""
        await self._find(asked, "hits")
        return await self._find(asked, "near")

    async def _find(self, asked: Mapping[str, Any], what: str) -> NumberHits[Vehicle]:
        """Return the answer to a search for hits alone, or with what is near, and note how long it took."""
        caller = Caller(_SEARCHER, "evaluation", frozenset(), Purpose.BORDER_MANAGEMENT, "evaluation")
        store = VehicleStore(self._reading, caller, datetime.now(UTC))
        query = VehicleQuery.model_validate({**asked, "near": what == "near"})
        begun = perf_counter()
        found = await store.find(query)
        self._seconds[what].append(perf_counter() - begun)
        return found


def _query(key: str, name: str, asked: str, country: str | None) -> dict[str, Any]:
    if key != "plate" or name == "no country":
        return {key: asked}
    if name == "wrong country":
        return {key: asked, "country": "FR" if country != "FR" else "DE"}
    return {key: asked, "country": country}


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
    yield f"strangers of {PER:,} searches for numbers of other vehicles"
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
