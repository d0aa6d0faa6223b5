"""Searches by numbers that people and cameras write: look-alikes are hits, one edit is near. A base of stores.

A kind declares its numbers in `numbers`, one line for each, and what else narrows a search in `narrowing`. `find` and
`match` decide by the same function, so that what is entered later is found by the same rules (ADR 98).
"""

import asyncio
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeGuard, TypeVar, cast

import sqlalchemy as sa
from pydantic import Field

from shared.numbers import NumberPattern
from shared.records.results import (
    Comparison,
    FieldMatch,
    Hit,
    Hits,
    NumberHits,
    QueryWarning,
    R,
    RecordQuery,
    score_of_any,
    withheld_warning,
)
from shared.records.search.number_keys import END, Asked, NumberKeys, asks_near
from shared.records.search.number_plans import LookUp, Probe, keys_of_many, near_of, plan_of
from shared.records.search.number_results import best_of, compared_with, meets
from shared.records.search.number_statements import NumberStatements, Read
from shared.records.search.query_warnings import WarningKind
from shared.records.search.searchable_store import SearchableStore
from shared.storage import begins_with

SHOWN_HITS: Final = 50
SHOWN_NEAR: Final = 20
# Of a key, at its beginning or its end, by which near misses of a sandbox are found.
LEADING_SIGNS: Final = 5
NUMBER_COMMON: Final = WarningKind(
    "number-common",
    "More records fit the numbers than one search compares: state more. `total` counts those compared.",
)
NEAR_CUT: Final = WarningKind(
    "near-cut",
    f"More than {SHOWN_NEAR} records have the number, which alone proves nothing: state what tells them apart.",
)
NEAR_DESCRIPTION: Final = (
    "Also show, as `near`, at most 20 records whose number takes one edit (a sign wrong, added or dropped, or two "
    "neighbours swapped) or whose plate is of another country, the likeliest reading first. A plate has hundreds of "
    "such neighbours, and most that are found are of other vehicles; each is logged as shown to you, and its owner is "
    "not notified. So state it when there are no hits and what is before you gives a reason to. A number of fewer than "
    "four signs, or with `?` or `*`, has none, and a sign beyond Latin letters and figures, such as a Chinese one, is "
    "not guessed."
)


class NumberQuery(RecordQuery):
    """A search by numbers; a kind adds their members."""

    near: bool = Field(False, description=NEAR_DESCRIPTION)


NQ = TypeVar("NQ", bound=RecordQuery)


NOT_ALL_COMPARED: Final = (
    "not all records that may fit were compared, as there are too many: state more signs, or another number"
)


class Found(NamedTuple):
    """A record that a search finds, as a hit or only near."""

    hit: Hit[Any]
    is_near: bool


class MetOtherwise(NamedTuple):
    """How a record meets what a search seeks besides numbers, such as a name: any of them suffices."""

    match: FieldMatch
    words: str
    is_met: bool


def _unique(reads: Iterable[Read], others: Iterable[Any] = ()) -> Iterable[Any]:
    return {row.id: row for row in chain(*(read.rows for read in reads), others)}.values()


class NumberSearchStore(SearchableStore[R, NQ], Generic[R, NQ]):
    """Stores a kind of record that is found by numbers."""

    numbers: ClassVar[NumberKeys]
    sought: ClassVar[sa.ColumnElement[bool]]
    """The condition of rows that a search may find, as `state` says of a record."""

    sought_otherwise: ClassVar[Sequence[str]] = ()
    """The members of a search that `met_otherwise` compares."""

    narrowed_by: ClassVar[Sequence[str]] = ()
    """The members of a search that `narrowing` compares."""

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            return
        if "answer_model" not in cls.__dict__:
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
    def proves(cls, query: NQ) -> bool:  # noqa: ARG003 - of most kinds a number is enough
        """Return whether the numbers of a search name one thing, with what else it states.

        Otherwise all that it finds is near, and no hit: of a kind whose numbers repeat between makers.
        """
        return True

    @classmethod
    def narrowing(cls, record: R, query: NQ) -> Iterable[Comparison]:  # noqa: ARG003 - a kind may narrow
        """Return how a record meets what a search asks besides numbers; each must be met."""
        return ()

    @classmethod
    def met_otherwise(cls, record: R, query: NQ) -> Iterable[MetOtherwise]:  # noqa: ARG003 - a kind may have some
        """Return how a record meets what a search seeks besides numbers."""
        return ()

    async def find_otherwise(self, query: NQ) -> tuple[Iterable[Any], Sequence[QueryWarning]]:  # noqa: ARG002
        """Return the rows that may meet what a search seeks besides numbers, each with id and content, and warnings."""
        return (), ()

    @classmethod
    def query_terms(cls, query: NQ) -> Iterable[str]:
        """Return the terms under which a search is saved: near ones only if it asks for what is near."""
        return cls.numbers.query_terms(query)

    @classmethod
    def record_terms(cls, record: R) -> Iterable[str]:
        """Return the terms of all searches that may find a record, some fifty for each of its numbers."""
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
        otherwise = list(cls.met_otherwise(record, query))
        is_met = any(met.is_hit for met in mets) or any(each.is_met for each in otherwise)
        is_hit = is_met and cls.proves(query)
        is_found = is_met or (asks_near(query) and any(met.reading for met in mets))
        if not is_found or not cls.is_sought(record):
            return None
        others = list(cls.narrowing(record, query))
        if not all(other.is_met for other in others):
            return None
        why = (*[met.match for met in mets], *[each.match for each in otherwise], *[other.match for other in others])
        words = [met.words for met in mets if met.is_hit or (met.reading and not is_met)]
        words += [each.words for each in otherwise if each.is_met]
        words += [other.match.reading for other in others if other.match.reading]
        hit = cls._hit(score=score_of_any(why), match=" and ".join(words), why=why, record=record)
        return Found(hit, is_near=not is_hit)

    @classmethod
    def compare(cls, record: R, query: NQ, at: datetime) -> Sequence[Comparison]:  # noqa: ARG003 - no number is a time
        """Return its state, how it meets each number, of which one suffices, and what else is asked."""
        mets = cls.numbers.met(cls.numbers.asked(query), record)
        near = asks_near(query)
        is_met_otherwise = any(each.is_met for each in cls.met_otherwise(record, query))
        is_found = is_met_otherwise or any(meets(met, near=near) for met in mets)
        numbers = [compared_with(met, near=near) for met in mets if meets(met, near=near) or not is_found]
        return [cls.state(record), *numbers, *cls.narrowing(record, query)]

    def leads(self, query: NQ) -> Sequence[sa.ColumnElement[bool]]:
        """Return the conditions that a record has a number of a search, or its beginning or end."""
        numbers = [(each.key, each.number) for each in self.numbers.asked(query)]
        return [
            begins_with(self.table.c[column], signs)
            for key, number in numbers
            if not isinstance(number, NumberPattern)
            for name in key.column_names
            for column, signs in ((name, number.look[:LEADING_SIGNS]), (name + END, number.end[:LEADING_SIGNS]))
            if column in self.table.c
        ]

    async def search(self, query: NQ) -> NumberHits[R]:
        """Return the hits of a search, what is near and warnings, and save it. Raises NotPublic."""
        return cast("NumberHits[R]", await super().search(query))

    async def find(self, query: NQ) -> NumberHits[R]:
        """Return the records that meet any number of a search, best first, and those that are near if it asks for them.

        Among equal scores those of each owner take turns, the first entered first.
        """
        asked = self.numbers.asked(query)
        steps = [step for each in asked for step in plan_of(each)]
        reads = [await self._read(step) for step in steps]
        others, warnings = await self.find_otherwise(query)
        answer = self._answer(_unique(reads, others), query, asked)
        is_whole = all(read.are_all for read in reads)
        if not is_whole and self._can_count(steps, query):
            answer.total, is_whole = await self._statements.count(self.session, steps, self.visibility), True
        near = [] if self.proves(query) else reads
        near = [*near, *[await self._read(step) for step in self.near_steps(query, asked)]]
        found = self._near(_unique(near), query, asked) if near else []
        answer.show_near(best_of(found, SHOWN_NEAR), len(found))
        is_whole = is_whole and all(read.are_all for read in near)
        cut = () if is_whole else (NUMBER_COMMON.at("", NOT_ALL_COMPARED),)
        answer.warnings = (*warnings, *cut, *self.near_warnings(query, len(found)))
        return answer

    @classmethod
    def near_warnings(cls, query: NQ, found: int) -> Sequence[QueryWarning]:
        """Return the warning that more are near than are shown, where the number alone proves nothing."""
        if found <= SHOWN_NEAR or cls.proves(query):
            return ()
        return [NEAR_CUT.at("", f"{SHOWN_NEAR} of {found} records are shown: state what tells them apart")]

    @classmethod
    def near_steps(cls, query: NQ, asked: Sequence[Asked]) -> Iterable[LookUp | Probe]:
        """Return what reads all that may be near, if that is asked for; a kind may find others near."""
        return near_of(asked) if asks_near(query) else ()

    async def _read(self, step: LookUp | Probe) -> Read:
        if isinstance(step, LookUp):
            return await self._statements.look_up(self.session, step, self.visibility)
        return await self._statements.probe(self.session, step, self.visibility)

    def _answer(self, rows: Iterable[Any], query: NQ, asked: Sequence[Asked]) -> NumberHits[R]:
        hits = [found.hit for found in self._found_in(rows, query, asked) if not found.is_near]
        return cast("NumberHits[R]", self.answer_model(hits=best_of(hits, SHOWN_HITS), total=len(hits)))

    def _found_in(self, rows: Iterable[Any], query: NQ, asked: Sequence[Asked]) -> Iterator[Found]:
        records = (self.parse(row.content) for row in rows)
        return (found for record in records if (found := self.found_as(record, query, asked)))

    def _can_count(self, steps: Sequence[LookUp | Probe], query: NQ) -> TypeGuard[Sequence[LookUp]]:
        """Return whether all that is looked up are hits, as whole numbers are, so that they need not be compared."""
        is_narrowed = any(getattr(query, name) is not None for name in (*self.narrowed_by, *self.sought_otherwise))
        is_bare = not is_narrowed and self.proves(query)
        return is_bare and all(isinstance(step, LookUp) and step.is_sure for step in steps)

    def _near(self, rows: Iterable[Any], query: NQ, asked: Sequence[Asked]) -> list[Hit[R]]:
        """Return what is near and no hit."""
        return [each.hit for each in self._found_in(rows, query, asked) if each.is_near]

    def without_withheld(self, found: Hits[R]) -> Hits[R]:
        """Return hits and what is near without the confidential records that the caller may not read."""
        shown = super().without_withheld(found)
        if isinstance(shown, NumberHits):
            near = [hit for hit in shown.near if not self.is_withheld(hit.record)]
            if withheld := len(shown.near) - len(near):
                warnings = [*shown.warnings, withheld_warning(withheld)]
                return shown.model_copy(update={"near": near, "warnings": warnings})
        return shown

    async def which_may_find(self, queries: Sequence[NQ]) -> Collection[int]:
        """Return the places of the searches with a number that a record has which the caller may see.

        A few statements for each column look up the numbers of all. A search with wildcards, by a reference or for what
        is near is among them, whatever it finds.
        """
        keys = await asyncio.to_thread(keys_of_many, self.numbers, self.sought_otherwise, queries)
        found = set(keys.alone)
        for (column, are_beginnings), places in keys.places.items():
            probe = Probe(column, sorted(places), are_beginnings)
            for key in await self._statements.present(self.session, probe, self.visibility):
                found.update(places[key])
        return found

    @classmethod
    def is_searched_alone(cls, query: NQ) -> bool:
        """Return whether a search takes statements of its own: by a name, with wildcards, or for what is near."""
        is_other = any(getattr(query, name) is not None for name in cls.sought_otherwise)
        return (
            is_other
            or asks_near(query)
            or any(isinstance(each.number, NumberPattern) for each in cls.numbers.asked(query))
        )
