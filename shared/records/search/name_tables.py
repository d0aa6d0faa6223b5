"""The tables of names: each name of a record, each of its words and pairs of words, and the terms of all words."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.names.kept import bits_of, packed, pairs_in, unpacked
from shared.names.terms import LONGEST_TERM, stored_terms
from shared.names.words import Name, name_of
from shared.storage import Number, Session, insert, is_one_of

_BITS_OF_AN_ID: Final = 63


class KeptName(NamedTuple):
    """A row of the table of names."""

    id: int
    record_id: str
    place: int
    words: str
    bits: int


def name_id(record_id: str, place: int) -> int:
    """Return the id of a name: drawn from its record and place, so that many are stored without asking for ids.

    Among ten million names two have the same with a probability of 5 in a million; the second is refused.
    """
    digest = blake2b(f"{record_id} {place}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % (1 << _BITS_OF_AN_ID)


def kept(record_id: str, place: int, name: Name) -> KeptName:
    """Return a name of a record as it is stored."""
    return KeptName(name_id(record_id, place), record_id, place, packed(name), bits_of(name))


def tokens_in(names: Iterable[Name]) -> set[str]:
    """Return the words of names."""
    return {word.token for name in names for word in name.words}


def _terms_of(tokens: Iterable[str]) -> set[tuple[str, str]]:
    return {(term, token) for token in tokens for term in stored_terms(token)}


class NameTables:
    """The names of one kind of record: four tables next to that of the records."""

    def __init__(self, kind: str, metadata: sa.MetaData, records: sa.Table) -> None:
        self._records = records
        self._names = sa.Table(
            f"{kind}_names",
            metadata,
            sa.Column("id", Number, primary_key=True, autoincrement=False),
            sa.Column("record_id", sa.ForeignKey(records.c.id, ondelete="CASCADE"), nullable=False, index=True),
            # Among those of the record.
            sa.Column("place", sa.SmallInteger, nullable=False),
            sa.Column("words", sa.Text, nullable=False),
            sa.Column("bits", sa.BigInteger, nullable=False),
        )
        self._words = self._part("words", kind, metadata, sa.Column("token", sa.String(LONGEST_TERM), primary_key=True))
        pair = sa.Column("pair", sa.BigInteger, primary_key=True, autoincrement=False)
        self._pairs = self._part("pairs", kind, metadata, pair)
        self._terms = sa.Table(
            f"{kind}_name_terms",
            metadata,
            sa.Column("term", sa.String(LONGEST_TERM), primary_key=True),
            sa.Column("token", sa.String(LONGEST_TERM), primary_key=True, index=True),
            sqlite_with_rowid=False,
        )
        name, term = self._names.c, self._terms.c
        of_token: sa.BindParameter[str] = sa.bindparam("of_token")
        self._of_record = sa.select(*name).where(name.record_id == sa.bindparam("of_record"))
        self._delete = sa.delete(self._names).where(name.id == sa.bindparam("of_id"))
        # One that is there is locked and not written.
        self._hold_terms = insert(self._terms).on_conflict_do_update(
            index_elements=[term.term, term.token], set_={"token": term.token}, where=sa.false()
        )
        counted = sa.select(term.token, sa.func.count()).where(is_one_of(term.token, "tokens"))
        self._count_terms = counted.group_by(term.token)
        self._delete_terms = sa.delete(self._terms).where(
            term.token == of_token, ~sa.exists().where(self._words.c.token == of_token)
        )

    def _part(self, parts: str, kind: str, metadata: sa.MetaData, column: sa.Column[Any]) -> sa.Table:
        """Return a table of parts of names; the names of one part are read in one go, with their bits."""
        return sa.Table(
            f"{kind}_name_{parts}",
            metadata,
            column,
            sa.Column("name", sa.ForeignKey(self._names.c.id, ondelete="CASCADE"), primary_key=True, index=True),
            sa.Column("bits", sa.BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )

    async def put(self, session: Session, record_id: str, names: Iterable[str]) -> None:
        """Store the names of a record, which must be stored already, in place of those it had before."""
        before = {KeptName(*tuple(row)) for row in await session.fetch(self._of_record, {"of_record": record_id})}
        parsed = [name_of(name) for name in names]
        now = {kept(record_id, place, name): name for place, name in enumerate(parsed)}
        had, has = tokens_in(unpacked(each.words) for each in before), tokens_in(parsed)
        await self._hold(session, had ^ has)
        if gone := sorted(before - now.keys()):
            await session.execute(self._delete, [{"of_id": each.id} for each in gone])
        await self._enter(session, {each: name for each, name in now.items() if each not in before})
        await self._forget(session, had - has)

    async def put_many(self, session: Session, names_by_id: Mapping[str, Iterable[str]]) -> None:
        """Store the names of many records, which must be stored already and have no names yet."""
        named = ((record, *each) for record, names in names_by_id.items() for each in enumerate(map(name_of, names)))
        entered = {kept(record, place, name): name for record, place, name in named}
        tokens = tokens_in(entered.values())
        await self._hold_many(session, tokens)
        await self._enter(session, entered)

    async def _enter(self, session: Session, names: Mapping[KeptName, Name]) -> None:
        """Store names with their parts, in the order of the parts, which is that of the tables."""
        words = [(token, each.id, each.bits) for each, name in names.items() for token in tokens_in([name])]
        pairs = [(pair, each.id, each.bits) for each, name in names.items() for pair in pairs_in(name)]
        for table, rows in ((self._names, list(names)), (self._words, sorted(words)), (self._pairs, sorted(pairs))):
            if rows:
                await session.insert(table, table.c.keys(), rows)

    async def tokens_of(self, session: Session, record_id: str) -> set[str]:
        """Return what a record is found by: to be released when it is deleted, and its names are gone with it."""
        rows = await session.fetch(self._of_record, {"of_record": record_id})
        return tokens_in(unpacked(row.words) for row in rows)

    async def release(self, session: Session, tokens: Collection[str]) -> None:
        """Forget those tokens of a record that was deleted which no other has."""
        await self._hold(session, tokens)
        await self._forget(session, tokens)

    async def _hold(self, session: Session, tokens: Iterable[str]) -> None:
        """Have tokens with their terms, and keep others from deleting them until the transaction ends."""
        await self._hold_pairs(session, _terms_of(tokens))

    async def _hold_pairs(self, session: Session, pairs: Collection[tuple[str, str]]) -> None:
        if pairs:
            # Always in the same order, so that two transactions that hold the same cannot wait for each other.
            await session.execute(self._hold_terms, [{"term": term, "token": token} for term, token in sorted(pairs)])

    async def _hold_many(self, session: Session, tokens: Collection[str]) -> None:
        """Hold many tokens, most of which are there already: of these one term is enough, as all come and go as one."""
        there = await self._there(session, tokens)
        firsts = {(min(stored_terms(token)), token) for token in there}
        await self._hold_pairs(session, firsts | _terms_of(token for token in tokens if token not in there))
        # Another transaction may have deleted some before they were held.
        await self._hold(session, there - await self._there(session, there))

    async def _there(self, session: Session, tokens: Collection[str]) -> set[str]:
        """Return those tokens that are there with all of their terms."""
        rows = await session.fetch(self._count_terms, {"tokens": sorted(tokens)})
        return {token for token, terms in map(tuple, rows) if terms == len(stored_terms(token))}

    async def _forget(self, session: Session, tokens: Collection[str]) -> None:
        if tokens:
            await session.execute(self._delete_terms, [{"of_token": token} for token in sorted(tokens)])
