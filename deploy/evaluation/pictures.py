"""Measures the search of works of art by pictures: `i247 evaluate pictures`.

Recall is measured on pictures of the store that are photographed again, each in one way; strangers on works that are
not in the store: siblings of those that are, and others. The pictures are drawn, or those of a folder.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from deploy.evaluation.picture_sources import DrawnPictures, FolderPictures, Pictures
from services.cultural_property import SERVICE, photographs
from services.cultural_property.likeness.messages import Score
from services.cultural_property.likeness.scoring import MAX_HITS, is_hit, weight
from services.cultural_property.synthetic import synthetic_work
from shared.bureaus import MEMBERS, BureauCode
from shared.identity import Caller, Purpose
from shared.images.picture import Picture
from shared.records import service_kit as kit
from shared.storage import Database, Session, open_database
from shared.storage.migrations import upgraded

if TYPE_CHECKING:
    from PIL import Image

BATCH_SIZE: Final = 200
PER: Final = 1_000
FIRST_PHOTOGRAPH: Final = 10_000_000
ALL: Final = "all"
SEED: Final = 248
"""Another one than thresholds were chosen by."""

# As of a fixed day, so that a measurement can be repeated.
_AT: Final = datetime(2026, 6, 1, tzinfo=UTC)
_SEARCHER: Final = BureauCode("FR")
STEPS: Final = ("describe", "read", "compare", "search")


class Recall(NamedTuple):
    """How often the work that was meant was found, of one style and kind of change."""

    style: str
    change: str
    searches: int
    compared: int
    """Among the candidates."""

    found: int
    """Among the first ten hits."""

    others: int
    """Searches with a hit of another work."""


class Strangers(NamedTuple):
    """How many searches for works that are not in the store had a hit, of one style and kind of stranger."""

    style: str
    kind: str
    searches: int
    hits: int


class Timing(NamedTuple):
    """How long one step of a search took, in milliseconds."""

    what: str
    p50: float
    p99: float


class Measured(NamedTuple):
    """All that was measured on one store."""

    pictures: int
    recall: Sequence[Recall]
    strangers: Sequence[Strangers]
    timings: Sequence[Timing]


def measure(
    folder: Path | None, records: int, searches: int, advance: Callable[[int], None], seed: int = SEED
) -> Measured:
    """Measure on drawn pictures, or on those of a folder. Raises WrongUsage."""
    pictures: Pictures = DrawnPictures(seed, records) if folder is None else FolderPictures(folder)
    return asyncio.run(measure_pictures(pictures, searches, advance))


async def measure_pictures(pictures: Pictures, searches: int, advance: Callable[[int], None]) -> Measured:
    """Measure on a store that is made of pictures."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        opened = open_database(f"sqlite:///{Path(folder) / 'store.db'}")
        database = await stack.enter_async_context(upgraded(opened, SERVICE.tables))
        ids = await _fill(database, pictures, advance)
        return await Measurement(database.reading, pictures, ids, searches).run()


async def _fill(database: Database, pictures: Pictures, advance: Callable[[int], None]) -> Sequence[str]:
    """Store works with one picture each, and return the ids of the works."""
    from services.cultural_property.likeness.description import describe
    from services.cultural_property.store import WorkStore
    from services.synthetic_records import seeding_officer

    random, owners, ids = Random(SEED), sorted(MEMBERS), list[str]()  # noqa: S311 - nothing secret is drawn
    for start in range(0, len(pictures), BATCH_SIZE):
        count = min(BATCH_SIZE, len(pictures) - start)
        works = [synthetic_work(random, random.choice(owners), _AT) for _ in range(count)]
        stored = []
        for place, work in enumerate(works, start):
            image = pictures.image(place)
            picture = Picture(b"", b"", *image.size, describe(image).to_bytes())
            photograph = kit.photograph_of(str(FIRST_PHOTOGRAPH + 2 * place), picture._replace(jpeg=b"-"))
            stored.append(kit.StoredPhotograph(work.id, work.owner, photograph, picture))
        async with database.writing() as session:
            await WorkStore(session, seeding_officer(owners[0]), _AT).add_many(works)
            await photographs.add(session, stored)
        ids += [work.id for work in works]
        advance(count)
    return ids


class Found(NamedTuple):
    """What one search found: the works that were compared, and the hits, best first."""

    compared: Sequence[str]
    hits: Sequence[str]


class Measurement:
    """The searches in one store, and how long they took."""

    def __init__(self, reading: Session, pictures: Pictures, ids: Sequence[str], searches: int) -> None:
        self._reading = reading
        self._pictures = pictures
        self._ids = ids
        self._searches = searches
        self._random = Random(SEED)  # noqa: S311 - nothing secret is drawn
        caller = Caller(_SEARCHER, "evaluation", frozenset(), Purpose.BORDER_MANAGEMENT, "evaluation")
        self._visibility = kit.visibility(caller, datetime.now(UTC))
        self._seconds: dict[str, list[float]] = {step: [] for step in STEPS}

    async def run(self) -> Measured:
        """Return what was measured."""
        recall = [each async for each in self._recall()]
        strangers = [each async for each in self._strangers()]
        timings = [_timing(step, took) for step, took in self._seconds.items()]
        return Measured(len(self._pictures), recall, strangers, timings)

    async def _recall(self) -> Any:
        """Yield what searches for pictures of the store found, which are chosen all over it."""
        count = min(self._searches, len(self._ids))
        places = [number * len(self._ids) // count for number in range(count)]
        for name, change in self._pictures.changes().items():
            for place in places:
                found = await self._search(change(self._random, self._pictures.image(place)))
                meant = self._ids[place]
                yield Recall(
                    self._pictures.style(place),
                    name,
                    1,
                    meant in found.compared,
                    meant in found.hits[:MAX_HITS],
                    any(each != meant for each in found.hits[:MAX_HITS]),
                )

    async def _strangers(self) -> Any:
        changes = list(self._pictures.changes().values())
        for kind, style, image in self._pictures.strangers(self._searches):
            found = await self._search(self._random.choice(changes)(self._random, image))
            yield Strangers(style, kind, 1, bool(found.hits))

    async def _search(self, image: "Image.Image") -> Found:
        """Return what a picture finds, and note how long each step took."""
        from services.cultural_property.likeness.comparison import compare
        from services.cultural_property.likeness.description import seek
        from services.cultural_property.likeness.points import mirror_of, points_of

        begun = perf_counter()
        sought = seek(image)
        described = perf_counter()
        keys = photographs.SoughtKeys(sought.keys, sought.mirror_keys)
        compared = await photographs.candidates(self._reading, keys, self._visibility)
        read = perf_counter()
        both = (sought.points, mirror_of(sought.points))
        scores = list[tuple[float, str]]()
        for each in compared:
            agreement = compare(both[each.candidate.is_mirrored], points_of(each.candidate.points))
            score = Score(agreement.agreeing, agreement.paired)
            if is_hit(score):
                scores.append((weight(score), each.record_id))
        ended = perf_counter()
        for step, took in zip(STEPS, (described - begun, read - described, ended - read, ended - begun), strict=True):
            self._seconds[step].append(took)
        best = [record for _, record in sorted(scores, key=lambda each: -each[0])]
        return Found([each.record_id for each in compared], list(dict.fromkeys(best)))


def _timing(what: str, took: Sequence[float]) -> Timing:
    in_order = sorted(took) or [0.0]
    return Timing(what, in_order[len(in_order) // 2] * 1000, in_order[int(len(in_order) * 0.99)] * 1000)


def recall_by(measured: Measured) -> Iterator[Recall]:
    """Yield the recall of each kind of change, then of each style, then of all."""
    for name in dict.fromkeys(each.change for each in measured.recall):
        yield _sum([each for each in measured.recall if each.change == name])._replace(style=ALL)
    for name in dict.fromkeys(each.style for each in measured.recall):
        yield _sum([each for each in measured.recall if each.style == name])._replace(change=ALL)
    if measured.recall:
        yield _sum(measured.recall)._replace(style=ALL, change=ALL)


def _sum(each: Sequence[Recall]) -> Recall:
    columns = zip(*(one[2:] for one in each), strict=True)
    searches, compared, found, others = (sum(column) for column in columns)
    return Recall(each[0].style, each[0].change, searches, compared, found, others)


def strangers_by(measured: Measured) -> Iterator[Strangers]:
    """Yield the strangers of each kind, then of each style."""
    for kind in dict.fromkeys(each.kind for each in measured.strangers):
        of_kind = [each for each in measured.strangers if each.kind == kind]
        for style in (ALL, *dict.fromkeys(each.style for each in of_kind)):
            chosen = [each for each in of_kind if style in (ALL, each.style)]
            yield Strangers(style, kind, len(chosen), sum(each.hits for each in chosen))


def lines(measured: Measured) -> Iterator[str]:
    """Yield tables of recall, strangers and times."""
    yield f"{measured.pictures:,} pictures"
    yield f"{'change':14} {'style':12} {'searches':>8} {'compared':>8} {'first 10':>8} {'others':>8}"
    for each in recall_by(measured):
        shares = " ".join(f"{value / each.searches:8.4f}" for value in (each.compared, each.found, each.others))
        yield f"{each.change:14} {each.style:12} {each.searches:8} {shares}"
    yield f"hits of {PER:,} searches for works that are not in the store"
    for other in strangers_by(measured):
        yield f"{other.kind:14} {other.style:12} {other.searches:8} {other.hits * PER / other.searches:8.2f}"
    for timing in measured.timings:
        yield f"{timing.what}: p50 {timing.p50:.0f} ms, p99 {timing.p99:.0f} ms"


def data(measured: Measured) -> Iterator[dict[str, Any]]:
    """Yield the same for programs."""
    yield {"pictures": measured.pictures}
    for each in recall_by(measured):
        shares = {"compared": each.compared / each.searches, "recall_first": each.found / each.searches}
        yield {"change": each.change, "style": each.style, "searches": each.searches, **shares}
    for other in strangers_by(measured):
        shown = {"kind": other.kind, "style": other.style, "searches": other.searches}
        yield {**shown, "strangers": other.hits * PER / other.searches}
    yield from ({"what": timing.what, "p50_ms": timing.p50, "p99_ms": timing.p99} for timing in measured.timings)
