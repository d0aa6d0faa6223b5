"""An index of names in SQL: every word of a name is stored with the terms that similar words share.

It finds candidates by a few rows read by key: the records that meet as many words as a hit needs. `shared.names` says
what the terms are, and decides which candidates are hits.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from string import ascii_lowercase, digits
from typing import Any, ClassVar, Final, Generic, NamedTuple

import sqlalchemy as sa

from shared.names import Sought, sought, tokens_of
from shared.names.terms import LONGEST_TERM, stored_terms
from shared.records.models import Ending
from shared.records.results import R
from shared.records.search.searchable_store import Q, SearchableStore
from shared.storage import Session, inline_literal, insert

# Of one search: further words that may be similar are ignored, and further records, those that meet fewest words.
MAX_SIMILAR: Final = 20_000
MAX_CANDIDATES: Final = 2_000


_LETTERS: Final = frozenset(ascii_lowercase + digits)


class Candidates(NamedTuple):
    """What a search looks up: its parts, with the stored words that each may meet."""

    sought: Sought
    fitting: Sequence[Sequence[str]]


def words_of(names: Iterable[str]) -> set[tuple[str, int]]:
    """Return the words of the names of a record, each with the place of its name."""
    return {(token, place) for place, name in enumerate(names) for token in tokens_of([name])}


def _row(record_id: str, word: tuple[str, int]) -> dict[str, Any]:
    token, name = word
    return {"token": token, "record_id": record_id, "name": name}


def _least_stored(found: Candidates) -> int:
    """Return how many stored words must meet a search: one, if it may be several of it, or a syllable be repeated."""
    joins = any(tokens for part, tokens in zip(found.sought.parts, found.fitting, strict=True) if not part.token)
    return 1 if joins or found.sought.name.is_syllabic else found.sought.least


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
        )
        self._variants = sa.Table(
            f"{kind}_name_variants",
            metadata,
            sa.Column("variant", sa.String(LONGEST_TERM), primary_key=True),
            sa.Column("token", sa.String(LONGEST_TERM), primary_key=True, index=True),
        )
        name, variant = self._names.c, self._variants.c
        of_token: sa.BindParameter[str] = sa.bindparam("of_token")
        of_record = name.record_id == sa.bindparam("of_record")
        self._tokens = sa.select(name.token).distinct().where(of_record)
        self._words = sa.select(name.token, name.name).where(of_record)
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

    async def put(self, session: Session, record_id: str, names: Iterable[str]) -> None:
        """Store the names of a record, which must be stored already, in place of those it had before."""
        rows = await session.fetch(self._words, {"of_record": record_id})
        before, now = {(row.token, row.name) for row in rows}, words_of(names)
        changed = {token for token, _ in before} ^ {token for token, _ in now}
        if changed:
            await self._hold(session, changed)
        if new := sorted(now - before):
            await session.execute(self._insert, [_row(record_id, each) for each in new])
        if gone := sorted(before - now):
            deleted = [{"of_token": token, "of_record": record_id, "of_name": name} for token, name in gone]
            await session.execute(self._delete, deleted)
            await session.execute(self._delete_variants, [{"of_token": token} for token, _ in gone])

    async def put_many(self, session: Session, names_by_id: Mapping[str, Iterable[str]]) -> None:
        """Store the names of many records, which must be stored already and have no names yet."""
        words = {record: words_of(names) for record, names in names_by_id.items()}
        rows = [_row(record, each) for record, found in words.items() for each in sorted(found)]
        if rows:
            await session.execute(self._insert, rows)
            await self._hold(session, {row["token"] for row in rows})

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

    def candidates(self, found: Candidates) -> sa.Subquery:
        """Return the names of records that meet enough words of a search: `record_id`, `name` and how many as `met`.

        One stored initial counts once, however many words of the search it may stand for.
        """
        parts = zip(found.sought.parts, found.fitting, strict=True)
        fitting = [[token for token in tokens if len(token) > 1 or not token.isascii()] for _, tokens in parts]
        words = zip(found.sought.parts, fitting, strict=True)
        met = [tokens for part, tokens in words if tokens for _ in range(part.weight)]
        met += [[letter] for letter in sorted({token for tokens in found.fitting for token in tokens} & _LETTERS)]
        each = sa.union_all(*(self._meeting(number, tokens) for number, tokens in enumerate(met or [[]]))).subquery()
        count, stored = (sa.func.count(sa.distinct(column)) for column in (each.c.part, each.c.token))
        return (
            sa.select(each.c.record_id, each.c.name, count.label("met"))
            .group_by(each.c.record_id, each.c.name)
            .having(count >= found.sought.least, stored >= _least_stored(found))
            .subquery()
        )

    def _meeting(self, number: int, tokens: Sequence[str]) -> sa.Select[Any]:
        name, part = self._names.c, inline_literal(number).label("part")
        return sa.select(name.record_id, name.name, name.token, part).where(name.token.in_(tokens))


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
