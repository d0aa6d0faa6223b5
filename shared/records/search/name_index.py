"""An index of the names of people in SQL: every token is stored with each variant that lacks one letter.

Two tokens one edit apart share a variant (the idea of SymSpell, W. Garbe 2012), so a search reads a few rows by key.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic

import sqlalchemy as sa

from shared.names import LONGEST_TOKEN, NamePart, name_parts, searched_tokens, stored_variants, tokens_of, variants
from shared.records.models import Ending
from shared.records.results import R
from shared.records.search.searchable_store import Q, SearchableStore
from shared.storage import Session, insert


class NameIndex:
    """The names of one kind of record: two tables next to that of the records, and the searches in them."""

    def __init__(self, kind: str, metadata: sa.MetaData, records: sa.Table) -> None:
        self._records = records
        self._names = sa.Table(
            f"{kind}_names",
            metadata,
            sa.Column("token", sa.String(LONGEST_TOKEN), primary_key=True),
            sa.Column("record_id", sa.ForeignKey(records.c.id, ondelete="CASCADE"), primary_key=True, index=True),
        )
        self._variants = sa.Table(
            f"{kind}_name_variants",
            metadata,
            sa.Column("variant", sa.String(LONGEST_TOKEN), primary_key=True),
            sa.Column("token", sa.String(LONGEST_TOKEN), primary_key=True, index=True),
        )
        name, variant = self._names.c, self._variants.c
        of_token: sa.BindParameter[str] = sa.bindparam("of_token")
        self._tokens = sa.select(name.token).where(name.record_id == sa.bindparam("of_record"))
        self._insert = sa.insert(self._names)
        self._delete = sa.delete(self._names).where(name.token == of_token, name.record_id == sa.bindparam("of_record"))
        # One that is there is locked and not written.
        self._hold_variants = insert(self._variants).on_conflict_do_update(
            index_elements=[variant.variant, variant.token], set_={"token": variant.token}, where=sa.false()
        )
        self._delete_variants = sa.delete(self._variants).where(
            variant.token == of_token, ~sa.exists().where(name.token == of_token)
        )
        self._look_up = sa.select(self._variants.c.token).where(
            self._variants.c.variant.in_(sa.bindparam("variants", expanding=True))
        )

    async def put(self, session: Session, record_id: str, names: Iterable[str]) -> None:
        """Store the names of a record, which must be stored already, in place of those it had before."""
        before, now = await self.tokens_of(session, record_id), tokens_of(names)
        if before != now:
            await self._hold(session, before ^ now)
        if new := sorted(now - before):
            await session.execute(self._insert, [{"token": token, "record_id": record_id} for token in new])
        if gone := sorted(before - now):
            await session.execute(self._delete, [{"of_token": token, "of_record": record_id} for token in gone])
            await session.execute(self._delete_variants, [{"of_token": token} for token in gone])

    async def put_many(self, session: Session, names_by_id: Mapping[str, Iterable[str]]) -> None:
        """Store the names of many records, which must be stored already and have no names yet."""
        tokens = {record: tokens_of(names) for record, names in names_by_id.items()}
        rows = [{"token": token, "record_id": record} for record, found in tokens.items() for token in sorted(found)]
        if rows:
            await session.execute(self._insert, rows)
            await self._hold(session, set().union(*tokens.values()))

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
        pairs = sorted({(variant, token) for token in tokens for variant in stored_variants(token)})
        # Always in the same order, so that two transactions that hold the same cannot wait for each other.
        await session.execute(self._hold_variants, [{"variant": variant, "token": token} for variant, token in pairs])

    async def similar(self, session: Session, query: str) -> list[NamePart]:
        """Return each token of a search with matching stored ones. Do NOT show these: their records may be hidden."""
        searched = searched_tokens(query)
        wanted = sorted({variant for token in searched for variant in variants(token)})
        rows = await session.fetch(self._look_up, {"variants": wanted}) if wanted else []
        return name_parts(searched, {row.token for row in rows})

    def condition(self, parts: Sequence[NamePart]) -> sa.ColumnElement[bool]:
        """Return the condition that every part is met by some name of a record, in any order."""
        if not parts or not all(part.fitting for part in parts):
            return sa.false()
        tables = [self._names.alias(f"name_{number}") for number in range(len(parts))]
        first = tables[0]
        met = (table.c.token.in_(list(part.fitting)) for table, part in zip(tables, parts, strict=True))
        same_record = (table.c.record_id == first.c.record_id for table in tables[1:])
        found: sa.Select[Any] = sa.select(first.c.record_id).where(*met, *same_record)
        return self._records.c.id.in_(found)


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
