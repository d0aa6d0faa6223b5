"""An index of names in SQL: every word of a name is stored with the terms that similar words share.

It finds candidates by a few rows read by key: the names that have one of the rarest words of a search, without those
that cannot be hits by their bits. `shared.names` says what the terms and bits are, and decides which are hits.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final, Generic, NamedTuple

import sqlalchemy as sa

from shared.names import NameHit, NameMatch, Sought, explained, find_hit, sought
from shared.names.candidates import Fitting
from shared.names.sieve import FIRST, SECOND, Leads, enough_of, leads_of, sieve_of, word_sieve_of
from shared.names.words import MAX_PARTS, Name
from shared.records.models import Ending
from shared.records.results import QueryWarning, R
from shared.records.search.matched_store import Q
from shared.records.search.name_tables import NameTables
from shared.records.search.query_warnings import NAME_COMMON
from shared.records.search.searchable_store import SearchableStore
from shared.storage import NO_PARAMETERS, BuiltByShape, Rows, Session, hot, inline_literal, is_one_of

# Of one search: further words that may be similar are ignored, and further names, those that meet it less first.
MAX_SIMILAR: Final = 20_000
MAX_CANDIDATES: Final = 2_000
# Of those that have one word of the search and other words.
MAX_UNORDERED: Final = 500
# Names of a word are counted up to this, to know which word of a search is rarer.
MOST_COUNTED: Final = 2_000


class Candidates(NamedTuple):
    """What a search looks up: its parts, with the stored words that each may meet."""

    sought: Sought
    fitting: Sequence[Fitting]


@dataclass(frozen=True, slots=True, eq=False)
class Among:
    """Which records a search of names may find, by further columns of their table, and what it reads of them.

    Keep one for each shape of a search, as the statements that are built with it are kept.
    """

    conditions: Sequence[sa.ColumnElement[bool]]
    columns: Sequence[sa.ColumnElement[Any]] = ()


class NamedRecord(NamedTuple):
    """A record that a search finds by one of its names."""

    id: str
    place: int
    """Of that name among those of the record."""

    hit: NameHit
    columns: Sequence[Any]


class NamesFound(NamedTuple):
    """The records that a search finds, each with its best name."""

    asked: Name
    records: Sequence[NamedRecord]
    are_all: bool
    """Whether all names that may be hits were compared."""

    @property
    def warnings(self) -> Sequence[QueryWarning]:
        """Return the warning that some were not compared."""
        return self.warnings_of("name")

    def warnings_of(self, member: str) -> Sequence[QueryWarning]:
        """Return the warning that some were not compared with a member of the search."""
        detail = "more names may fit than one search compares: give more of the name, or what else is known"
        return () if self.are_all else (NAME_COMMON.at(f"/{member}", detail),)

    def explained(self, record: NamedRecord, names: Sequence[str]) -> NameMatch:
        """Return how a record meets the search, given its names."""
        return explained(self.asked, record.hit, names[record.place])


class NameIndex(NameTables):
    """The searches in the names of one kind of record."""

    def __init__(self, kind: str, metadata: sa.MetaData, records: sa.Table) -> None:
        super().__init__(kind, metadata, records)
        term = self._terms.c
        self._look_up = hot(sa.select(term.term, term.token).where(is_one_of(term.term, "terms")).limit(MAX_SIMILAR))
        self._counts = tuple(hot(self._counting(parts)) for parts in range(2, MAX_PARTS + 1))
        # By how many words are sought, as each is built once.
        self._led = tuple(self._led_by(words, sa.or_) for words in range(MAX_PARTS + 1))
        self._led_strictly = tuple(self._led_by(words, sa.and_) for words in range(MAX_PARTS + 1))
        self._orders = tuple(_order(self._names.c.bits, words) for words in range(MAX_PARTS + 1))
        self._reads = BuiltByShape[sa.Select[Any]]()

    async def similar(self, session: Session, name: str) -> Candidates:
        """Return what a search looks up. Do NOT show the words: their records may be hidden."""
        wanted, tokens = sought(name), dict[str, list[str]]()
        terms = sorted(wanted.terms)
        for term, token in map(tuple, await session.fetch(self._look_up, {"terms": terms})):
            tokens.setdefault(term, []).append(token)
        return Candidates(wanted, wanted.fitting(tokens))

    def has_a_word(self, name: str) -> sa.ColumnElement[bool]:
        """Return the condition that a record has a name with a word of another, spelled alike when it is compared."""
        tokens = sorted({part.token for part in sought(name).parts if part.token})
        words = sa.select(self._names.c.record_id).join(self._words, self._words.c.name == self._names.c.id)
        return self._records.c.id.in_(words.where(self._words.c.token.in_(tokens)))

    async def search(
        self, session: Session, name: str, among: Among, parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> NamesFound:
        """Return the records that a search finds by name; the conditions say which the caller may see."""
        found = await self.similar(session, name)
        leads = leads_of(*found, await self._counted(session, found))
        read = partial(self._read, session, found, among=among, further=parameters)
        rows, are_all = await read(leads) if found.sought.least > 1 else await self._read_of_one_word(read, leads)
        return NamesFound(found.sought.name, _best(_hits(found, rows)), are_all)

    @staticmethod
    async def _read_of_one_word(read: Callable[..., Awaitable[tuple[Rows, bool]]], leads: Leads) -> tuple[Rows, bool]:
        """Return the candidates for one word, and whether they are all: names that are met whole are read first.

        Very many names may have other words too, so these are read in any order.
        """
        rows, are_all = await read(Leads((), (*leads.words, *leads.whole), ()))
        others, are_all_others = await read(replace(leads, whole=()), in_order=False)
        return [*rows, *others], are_all and are_all_others

    async def _counted(self, session: Session, found: Candidates) -> list[int]:
        """Return how many words of names each part may meet, up to MOST_COUNTED; nothing if all parts are led by."""
        numbers = [number for number, part in enumerate(found.sought.parts) if part.token and part.covers]
        counts = [0] * len(found.sought.parts)
        if len(numbers) < 2:
            return counts
        asked = {f"tokens_{place}": list(found.fitting[number].tokens) for place, number in enumerate(numbers)}
        for row in await session.fetch(self._counts[len(numbers) - 2], asked):
            counts[numbers[row.part]] = row.names
        return counts

    def _counting(self, parts: int) -> sa.CompoundSelect[Any]:
        return sa.union_all(*map(self._count_of, range(parts)))

    def _count_of(self, part: int) -> sa.Select[Any]:
        word = self._words.c
        some = sa.select(word.token).where(is_one_of(word.token, f"tokens_{part}")).limit(MOST_COUNTED).subquery()
        return sa.select(inline_literal(part).label("part"), sa.func.count().label("names")).select_from(some)

    async def _read(
        self,
        session: Session,
        found: Candidates,
        leads: Leads,
        *,
        among: Among,
        further: Mapping[str, Any],
        in_order: bool = True,
    ) -> tuple[Rows, bool]:
        """Return the candidates, at most so many as are compared, and whether these are all."""
        sieve = sieve_of(*found)
        most, words = MAX_CANDIDATES if in_order else MAX_UNORDERED, len(sieve.needed)
        shape = among, words, sieve.is_strict, in_order
        statement = self._reads.of(shape, lambda: hot(self._reading(*shape).limit(most + 1)))
        led = {"words": leads.words, "whole": leads.whole, "pairs": leads.pairs}
        masks = {
            f"needed_{number}_{part}": each & bits
            for number, bits in enumerate(sieve.needed)
            for part, each in (("first", FIRST), ("second", SECOND))
        }
        parameters = {**led, **masks, "foreign": sieve.foreign, **further}
        rows = await session.fetch(statement, parameters, in_thread=True)
        return rows[:most], len(rows) <= most

    def _reading(self, among: Among, words: int, is_strict: bool, in_order: bool) -> sa.Select[Any]:
        name, led = self._names.c, (self._led_strictly if is_strict else self._led)[words]
        read = sa.select(name.record_id, name.place, name.words, *among.columns).where(name.id.in_(led))
        read = read.join(self._records, self._records.c.id == name.record_id).where(*among.conditions)
        return read.order_by(self._orders[words], name.record_id.desc()) if in_order else read

    def _led_by(self, sought: int, both: Callable[..., sa.ColumnElement[bool]]) -> sa.CompoundSelect[Any]:
        word, pair = self._words.c, self._pairs.c
        words = sa.select(word.name).where(is_one_of(word.token, "words"), both(*_of_bits(word.bits, sought)))
        whole = sa.select(word.name).where(is_one_of(word.token, "whole"), _of_bits(word.bits, sought)[0])
        pairs = sa.select(pair.name).where(is_one_of(pair.pair, "pairs"), both(*_of_bits(pair.bits, sought)))
        return sa.union_all(words, whole, pairs)


def _order(bits: sa.ColumnElement[int], sought: int) -> sa.ColumnElement[int]:
    """Return what puts names first that may meet all of a search, and of which all may be met."""
    return sa.case((sa.and_(*_of_bits(bits, sought)), 0), else_=1)


def _of_bits(bits: sa.ColumnElement[int], sought: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return whether all of a stored name may be met, and whether enough of a search may be, as `Sieve.passes`."""
    enough = enough_of(sought)
    met = [
        sa.and_(_has(bits, f"needed_{number}_first"), _has(bits, f"needed_{number}_second")) for number in range(sought)
    ]
    whole = sa.not_(_has(bits, "foreign"))
    if enough == sought:
        return whole, sa.and_(sa.true(), *met)
    return whole, sum((sa.case((each, 1), else_=0) for each in met), start=inline_literal(0)) >= inline_literal(enough)


def _has(bits: sa.ColumnElement[int], name: str) -> sa.ColumnElement[bool]:
    return bits.bitwise_and(sa.bindparam(name, type_=sa.BigInteger)) != inline_literal(0)


def _hits(found: Candidates, rows: Rows) -> Iterable[NamedRecord]:
    """Yield the hits among candidates; names that are decided alike are compared once."""
    asked, sieve, similar = found.sought.name, word_sieve_of(*found), found.sought.similarity(found.fitting)
    hits = dict[str | None, NameHit | None]({None: None})
    for record_id, place, words, *columns in map(tuple, rows):
        shape = sieve.shape_of(words)
        if shape not in hits:
            hits[shape] = find_hit(asked, words, similar)
        if hit := hits[shape]:
            yield NamedRecord(record_id, place, hit, columns)


def _best(hits: Iterable[NamedRecord]) -> list[NamedRecord]:
    """Return the best hit of each record, the first of its names among equals."""
    best = dict[str, NamedRecord]()
    for each in hits:
        before = best.get(each.id)
        if before is None or (-each.hit.score, each.place) < (-before.hit.score, before.place):
            best[each.id] = each
    return list(best.values())


class NamesSearchStore(SearchableStore[R, Q], Generic[R, Q]):
    """Stores a kind of record that is found by names of several sorts, such as title and maker."""

    @classmethod
    @abstractmethod
    def name_indexes(cls) -> Mapping[str, NameIndex]:
        """Return the index of each sort of name, by the member of a search, which is None where none is sought."""

    @classmethod
    @abstractmethod
    def names_by_member(cls, record: R) -> Mapping[str, Sequence[str]]:
        """Return all names of a record, each in full, by the member of a search that finds them."""

    def leads(self, query: Q) -> Sequence[sa.ColumnElement[bool]]:
        """Return the conditions that a record has a word of a name that is sought."""
        sought_names = {member: getattr(query, member, None) for member in self.name_indexes()}
        own = [self.name_indexes()[member].has_a_word(name) for member, name in sought_names.items() if name]
        return [*super().leads(query), *own]

    async def add(self, record: R) -> R:
        """Store a new record and its names."""
        await super().add(record)
        await self._put_names([record])
        return record

    async def add_many(self, records: Sequence[R]) -> None:
        """Store many new records and their names at once."""
        await super().add_many(records)
        await self._put_names(records)

    async def replace(self, record: R) -> R:
        """Store the next version of a record and its names. Raises Conflict."""
        shown = await super().replace(record)
        names = self.names_by_member(record)
        for member, index in self.name_indexes().items():
            await index.put(self.session, record.id, names[member])
        return shown

    async def delete(self, record: R, act: Ending, reference: str | None = None) -> R:
        """Delete a record with its names. Raises Conflict."""
        indexes = self.name_indexes().values()
        tokens = [(index, await index.tokens_of(self.session, record.id)) for index in indexes]
        ended = await super().delete(record, act, reference)
        for index, released in tokens:
            await index.release(self.session, released)
        return ended

    async def _put_names(self, records: Sequence[R]) -> None:
        names = {record.id: self.names_by_member(record) for record in records}
        for member, index in self.name_indexes().items():
            await index.put_many(self.session, {record: each[member] for record, each in names.items()})


class NameSearchStore(NamesSearchStore[R, Q], Generic[R, Q]):
    """Stores a kind of record of people. Its searches have a `name`, which is None where none is sought."""

    names: ClassVar[NameIndex]

    @classmethod
    @abstractmethod
    def names_of(cls, record: R) -> Sequence[str]:
        """Return all names of the subject of a record, each in full."""

    @classmethod
    def name_indexes(cls) -> Mapping[str, NameIndex]:
        """Return the only index."""
        return {"name": cls.names}

    @classmethod
    def names_by_member(cls, record: R) -> Mapping[str, Sequence[str]]:
        """Return all names of the subject of a record."""
        return {"name": cls.names_of(record)}
