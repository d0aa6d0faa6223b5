"""Searches by numbers that people and cameras write: look-alikes are hits, one edit is near. A base of stores.

A kind declares its numbers in `numbers`, one line for each, and what else narrows a search in `narrowing`. `find` and
`match` decide by the same function, so that what is entered later is found by the same rules (ADR 98).
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar, cast

import sqlalchemy as sa
from pydantic import Field

from shared.numbers import NumberPattern
from shared.records.results import (
    Comparison,
    Hit,
    Hits,
    NumberHits,
    R,
    RecordQuery,
    compared,
    score_of_any,
    withheld_warning,
)
from shared.records.search.near_misses import likeness_of
from shared.records.search.number_keys import END, Asked, Met, NumberKeys, near_keys
from shared.records.search.number_statements import (
    MAX_PROBED,
    LookUp,
    NumberStatements,
    Probe,
    Probed,
    elsewhere_of,
    plan_of,
    probe_of,
    probes_of,
)
from shared.records.search.query_warnings import WarningKind
from shared.records.search.searchable_store import SearchableStore

SHOWN_HITS: Final = 50
SHOWN_NEAR: Final = 20
# Of a key, at its beginning or its end, by which near misses of a sandbox are found.
LEADING_SIGNS: Final = 5
# Of all lines of a batch, as each is read; a batch with more is searched in halves.
MAX_ROWS_OF_BATCH: Final = 5_000
NUMBER_COMMON: Final = WarningKind(
    "number-common",
    "More records have the number than one search compares with what else is asked; `total` counts those compared.",
)
NEAR_DESCRIPTION: Final = (
    "Also show, as `near`, at most 20 records whose number takes one edit (a sign wrong, added or dropped, or two "
    "neighbours swapped) or whose plate is of another country, the likeliest reading first. A plate has hundreds of "
    "such neighbours, and most that are found are of other vehicles; each is logged as shown to you, and its owner is "
    "not notified. So state it when there are no hits and what is before you gives a reason to. A number of fewer than "
    "four signs, or with `?` or `*`, has none."
)


class NumberQuery(RecordQuery):
    """A search by numbers; a kind adds their members."""

    near: bool = Field(False, description=NEAR_DESCRIPTION)


NQ = TypeVar("NQ", bound=NumberQuery)


class Found(NamedTuple):
    """A record that a search finds, as a hit or only near."""

    hit: Hit[Any]
    is_near: bool


class NumberSearchStore(SearchableStore[R, NQ], Generic[R, NQ]):
    """Stores a kind of record that is found by numbers."""

    numbers: ClassVar[NumberKeys]
    sought: ClassVar[sa.ColumnElement[bool]]
    """The condition of rows that a search may find, as `state` says of a record."""

    narrowed_by: ClassVar[Sequence[str]] = ()
    """The members of a search that `narrowing` compares."""

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            return
        cls.answer_model = NumberHits[cls.model]  # type: ignore[name-defined]
        # Of the class that the routes declare, so that FastAPI does not make each anew.
        cls._hit = Hit[cls.model]  # type: ignore[name-defined]
        cls._statements = NumberStatements(cls.table, cls.sought)

    _hit: ClassVar[type[Hit[Any]]]
    _statements: ClassVar[NumberStatements]

    @classmethod
    @abstractmethod
    def state(cls, record: R) -> Comparison:
        """Return whether a record is in the state in which a search may find it."""

    @classmethod
    def is_sought(cls, record: R) -> bool:
        """Return whether a search may find a record in its state, as `state` says; a kind may do so faster."""
        return cls.state(record).is_met

    @classmethod
    def narrowing(cls, record: R, query: NQ) -> Iterable[Comparison]:  # noqa: ARG003 - a kind may narrow
        """Return how a record meets what a search asks besides numbers; each must be met."""
        return ()

    @classmethod
    def query_terms(cls, query: NQ) -> Iterable[str]:
        """Return the terms under which a search is saved: near ones only if it asks for what is near."""
        return cls.numbers.query_terms(query)

    @classmethod
    def record_terms(cls, record: R) -> Iterable[str]:
        """Return the terms of all searches that may find a record, about two thousand."""
        return cls.numbers.record_terms(record)

    @classmethod
    def identifying_terms(cls, record: R) -> Iterable[str]:
        """Return the numbers of a record, of which all its terms are made."""
        return cls.numbers.identifying_terms(record)

    def search_columns(self, record: R) -> Mapping[str, Any]:
        """Return the values of the columns of the numbers; a kind adds its own."""
        return self.numbers.values(record)

    @classmethod
    def match(cls, record: R, query: NQ, at: datetime) -> Hit[R] | None:  # noqa: ARG003 - no number is a time
        """Return the hit of a search in one record, or how it is near if the search asks for that; otherwise None."""
        found = cls.found_as(record, query, cls.numbers.asked(query))
        return found and found.hit

    @classmethod
    def found_as(cls, record: R, query: NQ, asked: Sequence[Asked]) -> Found | None:
        """Return how a search, which states some numbers, finds a record, if it does."""
        mets = cls.numbers.met(asked, record)
        is_hit = any(met.is_hit for met in mets)
        is_found = is_hit or (query.near and any(met.reading for met in mets))
        if not is_found or not cls.is_sought(record):
            return None
        others = list(cls.narrowing(record, query))
        if not all(other.is_met for other in others):
            return None
        why = (*[met.match for met in mets], *[other.match for other in others])
        words = [met.words for met in mets if met.is_hit or (met.reading and not is_hit)]
        hit = cls._hit(score=score_of_any(why), match=" and ".join(words), why=why, record=record)
        return Found(hit, is_near=not is_hit)

    @classmethod
    def compare(cls, record: R, query: NQ, at: datetime) -> Sequence[Comparison]:  # noqa: ARG003 - no number is a time
        """Return its state, how it meets each number, of which one suffices, and what else is asked."""
        mets = cls.numbers.met(cls.numbers.asked(query), record)
        is_found = any(_meets(met, query) for met in mets)
        numbers = [_compared(met, query) for met in mets if _meets(met, query) or not is_found]
        return [cls.state(record), *numbers, *cls.narrowing(record, query)]

    def leads(self, query: NQ) -> Sequence[sa.ColumnElement[bool]]:
        """Return the conditions that a record has a number of a search, or its beginning or end."""
        numbers = [(each.key, each.number) for each in self.numbers.asked(query)]
        return [
            self.table.c[column].startswith(signs, autoescape=True)
            for key, number in numbers
            if not isinstance(number, NumberPattern)
            for name in key.column_names
            for column, signs in ((name, number.look[:LEADING_SIGNS]), (name + END, number.end[:LEADING_SIGNS]))
        ]

    async def search(self, query: NQ) -> NumberHits[R]:
        """Return the hits of a search, what is near and warnings, and save it. Raises NotPublic."""
        return cast("NumberHits[R]", await super().search(query))

    async def find(self, query: NQ) -> NumberHits[R]:
        """Return the records that meet any number of a search, best first, and those that are near if it asks for them.

        Among equal scores those of each owner take turns, the first entered first.
        """
        asked = self.numbers.asked(query)
        plans = [plan_of(each) for each in asked]
        look_ups = [each for plan in plans for each in plan.look_ups]
        found, many = dict[str, Any](), False
        for look_up in look_ups:
            rows, has_more = await self._statements.look_up(self.session, look_up, self.visibility)
            found.update((row.id, row) for row in rows)
            many |= has_more
        for probe in (each for plan in plans for each in plan.probes):
            found.update((row.id, row) for row in (await self._probed(probe)).rows)
        answer = self._answer(found.values(), query, asked)
        if many:
            await self._count(answer, query, look_ups)
        if query.near:
            answer.near = await self._near(query, asked)
        return answer

    def _answer(self, rows: Iterable[Any], query: NQ, asked: Sequence[Asked]) -> NumberHits[R]:
        hits = [found.hit for found in self._found_in(rows, query, asked) if not found.is_near]
        return cast("NumberHits[R]", self.answer_model(hits=_best(hits, SHOWN_HITS), total=len(hits)))

    def _found_in(self, rows: Iterable[Any], query: NQ, asked: Sequence[Asked]) -> Iterator[Found]:
        records = (self.parse(row.content) for row in rows)
        return (found for record in records if (found := self.found_as(record, query, asked)))

    async def _probed(self, probe: Probe, at_most: int = MAX_PROBED) -> Probed:
        return await self._statements.probe(self.session, probe, self.visibility, at_most)

    async def _count(self, answer: NumberHits[R], query: NQ, look_ups: Sequence[LookUp]) -> None:
        if any(getattr(query, name) is not None for name in self.narrowed_by):
            answer.warnings = [NUMBER_COMMON.at("", "more records have the number: state more of what is known")]
        else:
            answer.total = await self._statements.count(self.session, look_ups, self.visibility)

    async def _near(self, query: NQ, asked: Sequence[Asked]) -> list[Hit[R]]:
        """Return what is near and no hit, the likeliest reading first."""
        found = dict[str, Any]()
        for each in asked:
            for column in each.key.column_names:
                probed = await self._probed(probe_of(column, each, near_keys(each)))
                found.update((row.id, row) for row in probed.rows)
                if (elsewhere := elsewhere_of(column, each)) is not None:
                    rows, _ = await self._statements.look_up(self.session, elsewhere, self.visibility)
                    found.update((row.id, row) for row in rows)
        return _best([each.hit for each in self._found_in(found.values(), query, asked) if each.is_near], SHOWN_NEAR)

    def without_withheld(self, found: Hits[R]) -> Hits[R]:
        """Return hits and what is near without the confidential records that the caller may not read."""
        shown = super().without_withheld(found)
        if isinstance(shown, NumberHits):
            near = [hit for hit in shown.near if not self.is_withheld(hit.record)]
            if withheld := len(shown.near) - len(near):
                warnings = [*shown.warnings, withheld_warning(withheld)]
                return shown.model_copy(update={"near": near, "warnings": warnings})
        return shown

    async def find_many(self, queries: Sequence[NQ]) -> Mapping[int, NumberHits[R]]:
        """Return the hits of many searches, by the place of each that has any.

        One statement for each column looks up the numbers of all. A search with wildcards, and one that asks for what
        is near, is made alone. Does NOT save a search, nor leave out what is withheld: see `concluded`.
        """
        if len(queries) < 2:
            return _with_any({place: await self.find(query) for place, query in enumerate(queries)})
        look_ups = [self._together(query) for query in queries]
        rows = await self._rows_of({each for together in look_ups for each in together or ()})
        if rows is None:
            middle = len(queries) // 2
            first, second = await self.find_many(queries[:middle]), await self.find_many(queries[middle:])
            return {**first, **{middle + place: hits for place, hits in second.items()}}
        answers = dict[int, NumberHits[R]]()
        for place, (query, together) in enumerate(zip(queries, look_ups, strict=True)):
            if together is None:
                answers[place] = await self.find(query)
            elif found := {row.id: row for each in together for row in rows.get((each.column, each.first), ())}:
                answers[place] = self._answer(found.values(), query, self.numbers.asked(query))
        return _with_any(answers)

    def _together(self, query: NQ) -> Sequence[LookUp] | None:
        """Return what a search looks up, or None if it is made alone."""
        plans = [plan_of(each) for each in self.numbers.asked(query)]
        look_ups = [each for plan in plans for each in plan.look_ups]
        is_alone = query.near or any(plan.probes for plan in plans) or any(each.is_pattern for each in look_ups)
        return None if is_alone else look_ups

    async def _rows_of(self, look_ups: Collection[LookUp]) -> Mapping[tuple[str, str], Sequence[Any]] | None:
        """Return the rows of many look-ups, by column and key; None if they are too many."""
        found = dict[tuple[str, str], list[Any]]()
        for probe in probes_of(look_ups):
            probed = await self._probed(probe, MAX_ROWS_OF_BATCH)
            if not probed.are_all:
                return None
            for row in probed.rows:
                found.setdefault((probe.column, probe.first_of(row.key)), []).append(row)
        return found


def _with_any(answers: Mapping[int, NumberHits[R]]) -> Mapping[int, NumberHits[R]]:
    return {place: answer for place, answer in answers.items() if answer.hits or answer.near}


def _best(hits: list[Hit[R]], at_most: int) -> list[Hit[R]]:
    """Return the best; among equal scores the owners take turns."""
    if len(hits) < 2:
        return hits
    turns: Counter[tuple[float, str]] = Counter()

    def place(hit: Hit[R]) -> tuple[float, int]:
        group = hit.score, hit.record.owner
        turns[group] += 1
        return -hit.score, turns[group]

    hits.sort(key=lambda hit: hit.record.id)
    return sorted(hits, key=place)[:at_most]


def _meets(met: Met, query: NumberQuery) -> bool:
    return met.is_hit or (query.near and met.reading is not None)


def _compared(met: Met, query: NumberQuery) -> Comparison:
    """Return how a record meets a number, for an explanation of why it was not found."""
    asked, held = met.asked.number, met.held
    found, is_met = held and held.written, _meets(met, query)
    sought = met.asked.written
    if met.asked.key.country and asked.country:
        sought, found = f"{sought} of {asked.country}", held and f"{held.written} of {held.number.country}"
    look = met.asked.written if isinstance(asked, NumberPattern) else asked.key
    likeness = likeness_of(look, held.number.key) if held else 0.0
    comparison = compared(met.asked.key.name, sought, found, is_met=is_met, likeness=likeness)
    if is_met or met.reading is None:
        return comparison
    return comparison._replace(says=f"{comparison.says} ({met.reading.words}): a search with near=true shows it")
