"""An index of names in SQL: every word of a name is stored with the terms that similar words share.

It finds candidates by a few rows read by key: the names that have one of the rarest words of a search, without those
that cannot be hits by their bits. `shared.names` says what the terms and bits are, and decides which are hits.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, NamedTuple

import sqlalchemy as sa

from shared.names import NameHit, NameMatch, Sought, explained, find_hit, sought
from shared.names.kept import bits_of, packed
from shared.names.sieve import Sieve, leading, sieve_of
from shared.names.terms import LONGEST_TERM, stored_terms
from shared.names.words import MAX_PARTS, Name, name_of
from shared.records.models import Ending
from shared.records.results import QueryWarning, R
from shared.records.search.query_warnings import NAME_COMMON
from shared.records.search.searchable_store import Q, SearchableStore
from shared.storage import NO_PARAMETERS, Rows, Session, inline_literal, insert

# Of one search: further words that may be similar are ignored, and further names, those that meet it less first.
MAX_SIMILAR: Final = 20_000
MAX_CANDIDATES: Final = 2_000
# Names of a word are counted up to this, to know which word of a search is rarer.
MOST_COUNTED: Final = 5_000


class Candidates(NamedTuple):
    """What a search looks up: its parts, with the stored words that each may meet."""

    sought: Sought
    fitting: Sequence[Sequence[str]]


class Among(NamedTuple):
    """Which records a search of names may find, by further columns of their table, and what it reads of them."""

    conditions: Sequence[sa.ColumnElement[bool]]
    columns: Sequence[sa.ColumnElement[Any]] = ()
    parameters: Mapping[str, Any] = NO_PARAMETERS


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
        detail = f"more than {MAX_CANDIDATES} names may fit, and only so many were compared: give more of the name"
        return () if self.are_all else (NAME_COMMON.at("/name", detail),)

    def explained(self, record: NamedRecord, names: Sequence[str]) -> NameMatch:
        """Return how a record meets the search, given its names."""
        return explained(self.asked, record.hit, names[record.place])


class _Word(NamedTuple):
    token: str
    place: int
    words: str
    bits: int


def words_of(names: Iterable[str]) -> set[_Word]:
    """Return the words of the names of a record, each with its name: the place, how it is kept, and its bits."""
    return {word for place, name in enumerate(names) for word in _words_of(place, name_of(name))}


def _words_of(place: int, name: Name) -> Iterable[_Word]:
    words, bits = packed(name), bits_of(name)
    return (_Word(word.token, place, words, bits) for word in name.words)


def _row(record_id: str, word: _Word) -> dict[str, Any]:
    return {"token": word.token, "record_id": record_id, "name": word.place, "words": word.words, "bits": word.bits}


class NameIndex:
    """The names of one kind of record: two tables next to that of the records, and the searches in them."""

    def __init__(self, kind: str, metadata: sa.MetaData, records: sa.Table) -> None:
        self._records = records
        self._names = sa.Table(
            f"{kind}_names",
            metadata,
            sa.Column("token", sa.String(LONGEST_TERM), primary_key=True),
            sa.Column("record_id", sa.ForeignKey(records.c.id, ondelete="CASCADE"), primary_key=True, index=True),
            # The place of the name among those of the record, as a search must meet one of them.
            sa.Column("name", sa.SmallInteger, primary_key=True, autoincrement=False),
            # The whole name, as a search reads it with each of its words.
            sa.Column("words", sa.Text, nullable=False),
            sa.Column("bits", sa.BigInteger, nullable=False),
            # The names of a word are read in one go.
            sqlite_with_rowid=False,
        )
        self._variants = sa.Table(
            f"{kind}_name_variants",
            metadata,
            sa.Column("variant", sa.String(LONGEST_TERM), primary_key=True),
            sa.Column("token", sa.String(LONGEST_TERM), primary_key=True, index=True),
            sqlite_with_rowid=False,
        )
        name, variant = self._names.c, self._variants.c
        of_token: sa.BindParameter[str] = sa.bindparam("of_token")
        of_record = name.record_id == sa.bindparam("of_record")
        self._tokens = sa.select(name.token).distinct().where(of_record)
        self._words = sa.select(name.token, name.name, name.words, name.bits).where(of_record)
        self._insert = sa.insert(self._names)
        self._delete = sa.delete(self._names).where(
            name.token == of_token, of_record, name.name == sa.bindparam("of_name")
        )
        # One that is there is locked and not written.
        self._hold_variants = insert(self._variants).on_conflict_do_update(
            index_elements=[variant.variant, variant.token], set_={"token": variant.token}, where=sa.false()
        )
        self._delete_variants = sa.delete(self._variants).where(
            variant.token == of_token, ~sa.exists().where(name.token == of_token)
        )
        self._look_up = (
            sa.select(variant.variant, variant.token)
            .where(variant.variant.in_(sa.bindparam("variants", expanding=True)))
            .limit(MAX_SIMILAR)
        )
        self._counts = tuple(self._counting(parts) for parts in range(2, MAX_PARTS + 1))

    async def put(self, session: Session, record_id: str, names: Iterable[str]) -> None:
        """Store the names of a record, which must be stored already, in place of those it had before."""
        rows = await session.fetch(self._words, {"of_record": record_id})
        before, now = {_Word(*tuple(row)) for row in rows}, words_of(names)
        changed = {word.token for word in before} ^ {word.token for word in now}
        if changed:
            await self._hold(session, changed)
        gone = sorted(before - now)
        if gone:
            deleted = [{"of_token": word.token, "of_record": record_id, "of_name": word.place} for word in gone]
            await session.execute(self._delete, deleted)
        if new := sorted(now - before):
            await session.execute(self._insert, [_row(record_id, each) for each in new])
        if gone:
            await session.execute(self._delete_variants, [{"of_token": word.token} for word in gone])

    async def put_many(self, session: Session, names_by_id: Mapping[str, Iterable[str]]) -> None:
        """Store the names of many records, which must be stored already and have no names yet."""
        words = {record: words_of(names) for record, names in names_by_id.items()}
        rows = [(each.token, record, *each[1:]) for record, found in words.items() for each in sorted(found)]
        if rows:
            await session.insert(self._names, self._names.c.keys(), rows)
            await self._hold(session, {row[0] for row in rows})

    async def tokens_of(self, session: Session, record_id: str) -> set[str]:
        """Return what a record is found by: to be released when it is deleted, and its names are gone with it."""
        return {row.token for row in await session.fetch(self._tokens, {"of_record": record_id})}

    async def release(self, session: Session, tokens: Collection[str]) -> None:
        """Forget those tokens of a record that was deleted which no other has."""
        if tokens:
            await self._hold(session, tokens)
            await session.execute(self._delete_variants, [{"of_token": token} for token in sorted(tokens)])

    async def _hold(self, session: Session, tokens: Iterable[str]) -> None:
        """Have tokens with their variants, and keep others from deleting them until the transaction ends."""
        pairs = sorted({(variant, token) for token in tokens for variant in stored_terms(token)})
        # Always in the same order, so that two transactions that hold the same cannot wait for each other.
        await session.execute(self._hold_variants, [{"variant": variant, "token": token} for variant, token in pairs])

    async def similar(self, session: Session, name: str) -> Candidates:
        """Return what a search looks up. Do NOT show the words: their records may be hidden."""
        wanted, tokens = sought(name), dict[str, list[str]]()
        terms = sorted(wanted.terms)
        for row in await session.fetch(self._look_up, {"variants": terms}) if terms else ():
            tokens.setdefault(row.variant, []).append(row.token)
        return Candidates(wanted, wanted.fitting(tokens))

    async def search(self, session: Session, name: str, among: Among) -> NamesFound:
        """Return the records that a search finds by name; the conditions say which the caller may see."""
        found = await self.similar(session, name)
        leads = leading(*found, await self._counted(session, found))
        rows = await self._candidates(session, found, leads, among) if leads else ()
        best: dict[str, NamedRecord] = {}
        hits = dict[str, NameHit | None]()
        for record_id, place, words, *columns in map(tuple, rows[:MAX_CANDIDATES]):
            if words not in hits:
                hits[words] = find_hit(found.sought.name, words)
            hit = hits[words]
            if hit and (record_id not in best or _is_better(hit, place, best[record_id])):
                best[record_id] = NamedRecord(record_id, place, hit, columns)
        return NamesFound(found.sought.name, list(best.values()), are_all=len(rows) <= MAX_CANDIDATES)

    async def _counted(self, session: Session, found: Candidates) -> list[int]:
        """Return how many words of names each part may meet, up to MOST_COUNTED; nothing if all parts are led by."""
        numbers = [number for number, part in enumerate(found.sought.parts) if part.token and part.covers]
        counts = [0] * len(found.sought.parts)
        if len(numbers) < 2:
            return counts
        asked = {f"tokens_{place}": found.fitting[number] for place, number in enumerate(numbers)}
        for row in await session.fetch(self._counts[len(numbers) - 2], asked):
            counts[numbers[row.part]] = row.names
        return counts

    def _counting(self, parts: int) -> sa.CompoundSelect[Any]:
        return sa.union_all(*map(self._count_of, range(parts)))

    def _count_of(self, part: int) -> sa.Select[Any]:
        name = self._names.c
        tokens: sa.BindParameter[str] = sa.bindparam(f"tokens_{part}", expanding=True)
        some = sa.select(name.token).where(name.token.in_(tokens)).limit(MOST_COUNTED).subquery()
        return sa.select(inline_literal(part).label("part"), sa.func.count().label("names")).select_from(some)

    async def _candidates(self, session: Session, found: Candidates, leads: Sequence[str], among: Among) -> Rows:
        name, sieve = self._names.c, sieve_of(*found)
        is_whole, is_met = _of_bits(name.bits, sieve)
        statement = (
            sa.select(name.record_id, name.name, name.words, *among.columns)
            .join(self._records, self._records.c.id == name.record_id)
            .where(name.token.in_(sa.bindparam("leads", expanding=True)), sa.or_(is_whole, is_met), *among.conditions)
            .order_by(sa.case((sa.and_(is_whole, is_met), 0), else_=1), name.record_id.desc())
            .limit(MAX_CANDIDATES + 1)
        )
        return await session.fetch(statement, {"leads": leads, **among.parameters})


def _of_bits(bits: sa.ColumnElement[int], sieve: Sieve) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return whether all of a stored name may be met, and whether enough of a search may be, as `Sieve.passes`."""
    met = [_has(bits, each, f"needed_{number}") for number, each in enumerate(sieve.needed)]
    whole = sa.not_(_has(bits, sieve.foreign, "foreign"))
    if sieve.least == len(met):
        return whole, sa.and_(sa.true(), *met)
    return whole, sum((sa.case((each, 1), else_=0) for each in met), start=sa.literal(0)) >= sieve.least


def _has(bits: sa.ColumnElement[int], some: int, name: str) -> sa.ColumnElement[bool]:
    return bits.bitwise_and(sa.bindparam(name, some, sa.BigInteger)) != 0


def _is_better(hit: NameHit, place: int, best: NamedRecord) -> bool:
    return (-hit.score, place) < (-best.hit.score, best.place)


class NameSearchStore(SearchableStore[R, Q], Generic[R, Q]):
    """Stores a kind of record of people. Its searches have a `name`, which is None where none is sought."""

    names: ClassVar[NameIndex]

    @classmethod
    @abstractmethod
    def names_of(cls, record: R) -> Sequence[str]:
        """Return all names of the subject of a record, each in full."""

    async def add(self, record: R) -> R:
        """Store a new record and its names."""
        await super().add(record)
        await self.names.put_many(self.session, {record.id: self.names_of(record)})
        return record

    async def add_many(self, records: Sequence[R]) -> None:
        """Store many new records and their names at once."""
        await super().add_many(records)
        await self.names.put_many(self.session, {record.id: self.names_of(record) for record in records})

    async def replace(self, record: R) -> R:
        """Store the next version of a record and its names. Raises Conflict."""
        shown = await super().replace(record)
        await self.names.put(self.session, record.id, self.names_of(record))
        return shown

    async def delete(self, record: R, act: Ending, reference: str | None = None) -> R:
        """Delete a record with its names. Raises Conflict."""
        tokens = await self.names.tokens_of(self.session, record.id)
        ended = await super().delete(record, act, reference)
        await self.names.release(self.session, tokens)
        return ended
