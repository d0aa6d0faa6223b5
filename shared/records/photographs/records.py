"""Stores records with their photographs, of whatever kind. The kind decides when they may change."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel

from shared.errors import Refusal
from shared.images.picture import Picture
from shared.records.models import Ending
from shared.records.photographs.rules import (
    Photograph,
    no_photograph,
    photograph_of,
    require_space,
    same_photograph,
)
from shared.records.photographs.store import PhotographTables, StoredPhotograph
from shared.records.policy import Revision
from shared.records.results import R
from shared.records.search.matched_store import MatchedStore

Q = TypeVar("Q", bound=BaseModel)


class PhotographedStore(MatchedStore[R, Q], Generic[R, Q]):
    """Stores a kind of record that has photographs. Who may see a record may see them."""

    removable = frozenset({"photographs"})

    photograph_tables: ClassVar[PhotographTables]
    """Those of its service."""

    photographs_change: ClassVar[str]
    """When they do, for the documents."""

    photograph_refusals: ClassVar[tuple[type[Refusal], ...]] = ()
    """How the kind refuses another set of photographs, besides as all do."""

    @classmethod
    @abstractmethod
    def photographs_of(cls, record: R) -> Mapping[str, Photograph]:
        """Return the photographs whose bytes are kept for a record, by their ids."""

    @classmethod
    @abstractmethod
    def photographs_to_be(cls, record: R) -> Sequence[Photograph]:
        """Return those that a record has once what waits is in force: to these one is added."""

    @abstractmethod
    def require_photographable(self, record: R) -> None:
        """Require that the caller may add a photograph to a record. Raises NotTheOwner, IllegalStep."""

    @abstractmethod
    def with_photograph(self, record: R, photograph: Photograph, revision: Revision) -> R:
        """Return the next version with one more. Raises NotTheOwner, IllegalStep, PhotographsFull."""

    @abstractmethod
    def without_photograph(self, record: R, photograph_id: str, revision: Revision) -> R:
        """Return the next version without one. Raises NotTheOwner, IllegalStep, NotFound."""

    async def add_photograph(
        self, record: R, picture: Picture, revision: Revision, randbytes: Callable[[int], bytes]
    ) -> tuple[R, Photograph]:
        """Store a picture as a photograph of a record, and return both; one that it has already is not added again.

        Raises NotTheOwner, IllegalStep, PhotographsFull, Conflict.
        """
        if present := same_photograph(self.photographs_to_be(record), picture):
            return record.shown_to(self.caller), present
        require_space(await self.photograph_tables.used_by(self.session, record.owner), picture)
        photograph = photograph_of(await self.photograph_tables.give_id(self.session, randbytes), picture)
        shown = await self.replace(self.with_photograph(record, photograph, revision))
        stored = [StoredPhotograph(record.id, record.owner, photograph, picture)]
        await self.photograph_tables.add(self.session, stored)
        await self.photographs_stored(stored)
        return shown, photograph

    async def remove_photograph(self, record: R, photograph_id: str, revision: Revision) -> R:
        """Remove a photograph of a record. Raises NotTheOwner, IllegalStep, NotFound, Conflict."""
        return await self.replace(self.without_photograph(record, photograph_id, revision))

    async def photograph(self, record_id: str, photograph_id: str, *, thumbnail: bool) -> tuple[R, bytes]:
        """Return a record, and the JPEG of one of its photographs. Raises NotFound, HandlingConfidential."""
        # First of all the record, as any other: nothing is looked up of one that the caller may not know of.
        record = await self.get(record_id)
        if photograph_id not in self.photographs_of(record):
            raise no_photograph(record_id, photograph_id)
        jpeg = await self.photograph_tables.read(self.session, record_id, photograph_id, thumbnail=thumbnail)
        if jpeg is None:
            raise no_photograph(record_id, photograph_id)
        self.caller.recorder.record(record.disclosure("read", match=f"photograph {photograph_id}"))
        return record, jpeg

    async def add_photographs_many(self, added: Sequence[StoredPhotograph]) -> None:
        """Store the photographs of many new records at once, which state them. Draw their ids before."""
        await self.photograph_tables.add(self.session, added)
        await self.photographs_stored(added)

    async def give_photograph_ids(self, count: int, randbytes: Callable[[int], bytes]) -> Sequence[str]:
        """Draw ids for many synthetic photographs at once."""
        return await self.photograph_tables.give_ids(self.session, count, randbytes)

    async def photographs_stored(self, stored: Sequence[StoredPhotograph]) -> None:
        """Do what new photographs have to be followed by, in their transaction. Most kinds do nothing."""

    async def photographs_forgotten(self, record_id: str, photograph_ids: Collection[str] | None) -> None:
        """Do what the end of photographs has to be followed by; None is all of the record. Most kinds do nothing."""

    async def follow_up(self, before: R, after: R) -> None:
        """Delete the bytes of the photographs that a record no longer has."""
        await super().follow_up(before, after)
        for gone in self.photographs_of(before).keys() - self.photographs_of(after).keys():
            await self.photograph_tables.forget(self.session, after.id, gone)
            await self.photographs_forgotten(after.id, [gone])

    async def delete(self, record: R, act: Ending, reference: str | None = None) -> R:
        """Delete a record with its photographs. Raises Conflict."""
        await self.photograph_tables.forget_all(self.session, record.id)
        await self.photographs_forgotten(record.id, None)
        return await super().delete(record, act, reference)
