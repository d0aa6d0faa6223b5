"""Stores records with their photographs, of whatever kind. The kind decides when they may change."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Generic

from services.notices.photographs.rules import (
    Photograph,
    no_photograph,
    photograph_of,
    require_space,
    same_photograph,
)
from services.notices.photographs.store import StoredPhotograph, photograph_tables
from services.notices.subjects.search import R, S, SubjectSearchStore
from shared.errors import Refusal
from shared.images.picture import Picture
from shared.records import service_kit as kit


class PhotographedStore(SubjectSearchStore[R, S], Generic[R, S]):
    """Stores a kind of record that has photographs. Who may see a record may see them."""

    removable = frozenset({"photographs"})

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
    def with_photograph(self, record: R, photograph: Photograph, revision: kit.Revision) -> R:
        """Return the next version with one more. Raises NotTheOwner, IllegalStep, PhotographsFull."""

    @abstractmethod
    def without_photograph(self, record: R, photograph_id: str, revision: kit.Revision) -> R:
        """Return the next version without one. Raises NotTheOwner, IllegalStep, NotFound."""

    async def add_photograph(
        self, record: R, picture: Picture, revision: kit.Revision, randbytes: Callable[[int], bytes]
    ) -> tuple[R, Photograph]:
        """Store a picture as a photograph of a record, and return both; one that it has already is not added again.

        Raises NotTheOwner, IllegalStep, PhotographsFull, Conflict.
        """
        if present := same_photograph(self.photographs_to_be(record), picture):
            return record.shown_to(self.caller), present
        require_space(await photograph_tables.used_by(self.session, record.owner), picture)
        photograph = photograph_of(await photograph_tables.give_id(self.session, randbytes), picture)
        shown = await self.replace(self.with_photograph(record, photograph, revision))
        await photograph_tables.add(self.session, [StoredPhotograph(record.id, record.owner, photograph, picture)])
        return shown, photograph

    async def remove_photograph(self, record: R, photograph_id: str, revision: kit.Revision) -> R:
        """Remove a photograph of a record. Raises NotTheOwner, IllegalStep, NotFound, Conflict."""
        return await self.replace(self.without_photograph(record, photograph_id, revision))

    async def photograph(self, record_id: str, photograph_id: str, *, thumbnail: bool) -> tuple[R, bytes]:
        """Return a record, and the JPEG of one of its photographs. Raises NotFound, HandlingConfidential."""
        # First of all the record, as any other: nothing is looked up of one that the caller may not know of.
        record = await self.get(record_id)
        if photograph_id not in self.photographs_of(record):
            raise no_photograph(record_id, photograph_id)
        jpeg = await photograph_tables.read(self.session, record_id, photograph_id, thumbnail=thumbnail)
        if jpeg is None:
            raise no_photograph(record_id, photograph_id)
        self.caller.recorder.record(record.disclosure("read", match=f"photograph {photograph_id}"))
        return record, jpeg

    async def add_photographs_many(self, added: Sequence[StoredPhotograph]) -> None:
        """Store the photographs of many new records at once, which state them. Draw their ids before."""
        await photograph_tables.add(self.session, added)

    async def give_photograph_ids(self, count: int, randbytes: Callable[[int], bytes]) -> Sequence[str]:
        """Draw ids for many synthetic photographs at once."""
        return await photograph_tables.give_ids(self.session, count, randbytes)

    async def follow_up(self, before: R, after: R) -> None:
        """Delete the bytes of the photographs that a record no longer has."""
        for gone in self.photographs_of(before).keys() - self.photographs_of(after).keys():
            await photograph_tables.forget(self.session, after.id, gone)

    async def delete(self, record: R, act: kit.Ending, reference: str | None = None) -> R:
        """Delete a record with its photographs. Raises Conflict."""
        await photograph_tables.forget_all(self.session, record.id)
        return await super().delete(record, act, reference)
