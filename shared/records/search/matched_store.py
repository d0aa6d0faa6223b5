"""Stores a kind of record whose searches are saved, to be matched against records that are entered later."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar, cast

import sqlalchemy as sa
from pydantic import BaseModel, TypeAdapter

from shared.bureaus import ParticipantKind, kind_of
from shared.disclosure import SavedSearch
from shared.records.admission import ALL_PARTNERS
from shared.records.entry_limits import SearchTerms, count, is_new, is_taken_back, require_few_taken_back
from shared.records.identifiers import IdentifiedStore
from shared.records.models import Ending
from shared.records.policy import Audience
from shared.records.results import (
    Hit,
    Hits,
    QueryWarning,
    R,
    reference_in,
    withheld_warning,
)
from shared.records.search.query_warnings import WarningKind
from shared.records.search.saved_searches import KEPT_FOR, MAX_COMPARED_TOTAL, keys_of
from shared.storage import Session

Q = TypeVar("Q", bound=BaseModel)
# The Commission, partners and the public are not notified of what is entered later.
SEARCHERS: Final[frozenset[ParticipantKind]] = frozenset({"bureau", "unit"})


class Helper(Protocol):
    """Does a part of the matching in processes of its own, which start with the first."""

    async def close(self) -> None:
        """End the processes."""
        ...


class MatchedStore(IdentifiedStore[R], Generic[R, Q]):
    """Stores a kind of record that is searched. A service that searches by other means calls `concluded` itself."""

    query: ClassVar[type[BaseModel]]
    saved: ClassVar[Any]
    """The type of the searches that are saved, where that is not `query`: a model that extends it."""

    warning_kinds: ClassVar[Sequence[WarningKind]] = ()
    """All that `query_warnings` may yield, for the documents."""
    entry_warning_kinds: ClassVar[Sequence[WarningKind]] = ()
    """All that the records themselves may warn of, for the documents."""
    max_compared: ClassVar[int] = MAX_COMPARED_TOTAL
    """The most searches that a record is compared with; fewer if that takes long."""

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once, and the reader of its searches."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            # A base of several stores.
            return
        table = cls.table
        cls._kind = cls.model.record_kind()
        cls.saved = cls.__dict__.get("saved", cls.query)
        cls._queries, cls._stated = TypeAdapter(cls.saved), TypeAdapter(cls.query)
        cls._present = sa.select(table.c.content).where(table.c.id == sa.bindparam("record_id"))
        # On PostgreSQL a concurrent change of the record waits.
        cls._unchanged = (
            sa.select(table.c.id)
            .where(table.c.id == sa.bindparam("record_id"), table.c.version == sa.bindparam("of_version"))
            .with_for_update(read=True)
        )

    _kind: ClassVar[str]
    _queries: ClassVar[TypeAdapter[Any]]
    _stated: ClassVar[TypeAdapter[Any]]
    _present: ClassVar[sa.Select[Any]]
    _unchanged: ClassVar[sa.Select[Any]]

    @classmethod
    @abstractmethod
    async def matcher(cls, session: Session, record: R, at: datetime) -> Callable[[Q], Hit[R] | None]:
        """Return the function that matches one record against searches, which does not read the store."""

    @classmethod
    def helper(cls) -> Helper | None:
        """Return what `matches` needs besides the store; most kinds need nothing."""
        return None

    @classmethod
    async def matches(
        cls,
        session: Session,
        record: R,
        queries: Sequence[Q],
        at: datetime,
        helper: Any,  # noqa: ARG003
    ) -> Sequence[Hit[R] | None]:
        """Return the hits of saved searches in one record; None for each that it does not match."""
        match = await cls.matcher(session, record, at)
        # In a thread, as comparing prints is slow.
        return await asyncio.to_thread(lambda: [match(query) for query in queries])

    @classmethod
    @abstractmethod
    def query_terms(cls, query: Q) -> Iterable[str]:
        """Return the terms of a search: a record that matches has one of them among its `record_terms`."""

    @classmethod
    def is_costly(cls, query: Q) -> bool:  # noqa: ARG003 - a kind may have some
        """Return whether it takes long to compare a record with a search: of these few are kept and compared."""
        return False

    @classmethod
    @abstractmethod
    def record_terms(cls, record: R) -> Iterable[str]:
        """Return the terms of all searches that a record may match."""

    @classmethod
    async def terms_beside(cls, session: Session, record: R) -> Iterable[str]:  # noqa: ARG003
        """Return further terms, of what is stored beside a record. Most kinds have none."""
        return ()

    @classmethod
    def identifying_terms(cls, record: R) -> Iterable[str]:
        """Return terms that differ between two versions of a record if searches find these by other terms."""
        return cls.record_terms(record)

    @classmethod
    def query_warnings(cls, query: Q, at: datetime) -> Iterable[QueryWarning]:  # noqa: ARG003 - a kind may have some
        """Return what looks wrong in a search. Pure: it knows no record, so that it reveals none."""
        return ()

    def has_ended_well(self, record: R) -> bool:  # noqa: ARG002 - a kind may decide by the record
        """Return whether a record has served its purpose, so that hiding it does not count as taking it back."""
        return False

    async def add(self, record: R) -> R:
        """Store a new record. Raises TooManyTakenBack, AlreadyEntered."""
        found = self._found(record)
        await self._require_may_enter(record, None, found)
        added = await super().add(record)
        await count(self.session, record.owner, self.at, entered=found is not None)
        return added

    async def replace(self, record: R) -> R:
        """Store the next version of a record. Raises Conflict, TooManyTakenBack, AlreadyEntered."""
        present = await self.present(self.session, record.id)
        before, after = None if present is None else self._found(present), self._found(record)
        await self._require_may_enter(record, before, after)
        replaced = await super().replace(record)
        await self._count_change(record, present, before, after)
        if present is not None:
            await self.follow_up(present, record)
        return replaced

    async def follow_up(self, before: R, after: R) -> None:
        """Do what a change has to be followed by, in its transaction. Most kinds do nothing."""

    async def delete(self, record: R, act: Ending, reference: str | None = None) -> R:
        """Delete a record, notify all who received it, and return it as it ended. Raises Conflict."""
        ended = await super().delete(record, act, reference)
        if act == "deleted":
            await self._count_change(record, record, self._found(record), None)
        return ended

    def _found(self, record: R) -> SearchTerms | None:
        if self.audience(record) > Audience.ALL:
            return None
        partners = {record.partners} if record.partners == ALL_PARTNERS else record.partners
        return SearchTerms(
            frozenset(self.identifying_terms(record)),
            frozenset(record.restricted),
            frozenset(record.addressed),
            frozenset(partners),
        )

    async def _require_may_enter(self, record: R, before: SearchTerms | None, after: SearchTerms | None) -> None:
        if self.caller.bureau == record.owner and is_new(before, after):
            await require_few_taken_back(self.session, record.owner, self.at)

    async def _count_change(
        self, record: R, present: R | None, before: SearchTerms | None, after: SearchTerms | None
    ) -> None:
        own = self.caller.bureau == record.owner and present is not None and self.at - present.updated < KEPT_FOR
        gone, well = own and is_taken_back(before, after), self.has_ended_well(record)
        await count(
            self.session,
            record.owner,
            self.at,
            entered=is_new(before, after),
            taken_back=gone and not well,
            ended_well=gone and well,
        )

    def concluded(self, query: Q, found: Hits[R]) -> Hits[R]:
        """Save a search, and return its hits without those that are withheld, with what looks wrong in it."""
        self.save_search(query)
        return self.with_warnings(query, found)

    def with_warnings(self, query: Q, found: Hits[R]) -> Hits[R]:
        """Return the hits of a search without those that are withheld, with what looks wrong in it."""
        shown = self.without_withheld(found)
        if warnings := list(self.query_warnings(query, self.at)):
            shown.warnings = [*warnings, *shown.warnings]
        return shown

    def save_search(self, query: BaseModel) -> None:
        """Record a search, to be saved with the audit entry: of those who are notified of what is entered later.

        One by reference is not saved, as it finds records of the caller's own alone.
        """
        if reference_in(query) is None and kind_of(self.caller.bureau) in SEARCHERS:
            self.caller.recorder.searches.append(self.saved_search(query))

    def without_withheld(self, found: Hits[R]) -> Hits[R]:
        """Return hits without the confidential records that the caller may not read, and a warning of how many."""
        shown = [hit for hit in found.hits if not self.is_withheld(hit.record)]
        if withheld := len(found.hits) - len(shown):
            warnings = [*found.warnings, withheld_warning(withheld)]
            return found.model_copy(update={"hits": shown, "total": found.total - withheld, "warnings": warnings})
        return found

    def saved_search(self, query: BaseModel) -> SavedSearch:
        """Return a search as it is saved."""
        # By its declared type: a line of many has a reference of its sender too, which is not kept.
        kept = self._queries if isinstance(query, self.saved) else self._stated
        asked = kept.dump_json(query, exclude_defaults=True)
        of_kind = cast("Q", query)
        at, costly = self.at.timestamp(), self.is_costly(of_kind)
        return SavedSearch(self._kind, asked, lambda: keys_of(self._kind, self.query_terms(of_kind)), at, costly)

    @classmethod
    def read_query(cls, saved: bytes) -> Q:
        """Return a search that was saved."""
        return cast("Q", cls._queries.validate_json(saved))

    @classmethod
    def keys_of_record(cls, record: R, beside: Iterable[str] = ()) -> Sequence[int]:
        """Return the keys of the searches that a record may match, with the terms of what is stored with it."""
        return keys_of(cls._kind, [*cls.record_terms(record), *beside])

    @classmethod
    async def present(cls, session: Session, record_id: str) -> R | None:
        """Return a record as it is now. Does NOT check visibility: for background jobs of the service."""
        found = await session.fetch(cls._present, {"record_id": record_id})
        return cast("R", cls.model.of_json(found[0].content)) if found else None

    @classmethod
    async def is_unchanged(cls, session: Session, record: R) -> bool:
        """Return whether a record is still in this version, and lock it until the transaction ends."""
        return bool(await session.fetch(cls._unchanged, {"record_id": record.id, "of_version": record.version}))


SearchedKind = type[MatchedStore[Any, Any]]
