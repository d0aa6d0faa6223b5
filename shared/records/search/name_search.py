"""Stores a kind of record that is found by the names of people: these are kept, and go, with the record."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic

from shared.records.models import Ending
from shared.records.results import R
from shared.records.search.name_index import NameIndex
from shared.records.search.searchable_store import Q, SearchableStore


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

    async def forget(self, record: R, act: Ending, reference: str | None = None) -> R:
        """Delete a record with its names. Raises Conflict."""
        tokens = await self.names.tokens_of(self.session, record.id)
        ended = await super().forget(record, act, reference)
        await self.names.release(self.session, tokens)
        return ended
