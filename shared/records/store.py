"""Stores one kind of record. A service's store names its table and model, and adds its own searches."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final, Generic, cast

import sqlalchemy as sa
from pydantic import ValidationError

from shared.bureaus import BureauCode
from shared.dates import end_of
from shared.errors import BureauRestricted, Conflict, Invalid, NotFound, Refusal
from shared.handling import Handling
from shared.identity import Caller
from shared.records.access import (
    Access,
    access_of,
    changes_readers,
    is_cleared,
    may_hide,
    may_see,
    require_cleared,
    visibility,
    visible,
    widens,
)
from shared.records.constant_time import constant_time
from shared.records.links import linked_with, put_links, replace_links
from shared.records.models import Act, Ending
from shared.records.policy import DEFAULT_RETENTION, Audience, Record, RecordInput, input_fields, require_others
from shared.records.publications.announcements import announce_change, announce_entry
from shared.records.publications.rules import Announced
from shared.records.recalls import RecalledRecord, correct, correct_late, recalled_record, schedule_recheck, withdraw
from shared.records.references import EnteredMeanwhile, entered_again, require_free
from shared.records.results import Page, PagePosition, R, RecordPageQuery
from shared.records.rules import require_public_terms, without_parts
from shared.records.tables import former_versions
from shared.records.tombstones import delete_contents, leave_tombstone
from shared.standing import describe
from shared.storage import Session, insert, page_of
from shared.validation import invalid
from shared.web.paging import count_within_reply
from shared.web.routing import path_of

# Of a record as JSON: each version is stored, and several are read at once.
MAX_BYTES: Final = 256 * 1024
PAGING: Final = frozenset(PagePosition.model_fields)


class RecordStore(ABC, Generic[R]):
    """Stores one kind of record. Reads return only what the caller may see. Never commits."""

    table: ClassVar[sa.Table]
    model: ClassVar[type[Record]]
    answer: ClassVar[Any]
    """The type of a record in answers, where that is not `model`: a union of several classes."""

    below: ClassVar[str] = ""
    """The path of the kind in its service, such as `bodies/`, where that has several."""

    exact: ClassVar[frozenset[str]] = frozenset()
    """The columns besides `reference` that identify one record: indexed, and read in constant time by a list."""

    reader_refusals: ClassVar[tuple[type[Refusal], ...]] = ()
    """How the kind refuses a change of readers, besides as all do."""

    removable: ClassVar[frozenset[str]] = frozenset()
    """The members that are lists of parts with ids, and no part of an entry, such as photographs."""

    without_parts: ClassVar[Callable[..., Any]] = staticmethod(without_parts)
    """Returns a record without parts, given by member and id: a kind may state them elsewhere as well."""

    deletion_refusals: ClassVar[tuple[type[Refusal], ...]] = ()
    """How the kind refuses a deletion by the owner, besides as all do."""

    def __init__(self, session: Session, caller: Caller, at: datetime) -> None:
        self.session = session
        self.caller = caller
        self.at = at
        self.visibility = visibility(caller, at)

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            # A base of several stores.
            return
        table, record_id = cls.table, sa.bindparam("record_id", type_=sa.String)
        table.metadata.info.setdefault("stores", []).append(cls)
        cls.answer = cls.__dict__.get("answer", cls.model)
        version_before = (table.c.id == record_id, table.c.version == sa.bindparam("version_before"))
        cls._get_hidden = sa.select(table.c.content).where(table.c.id == record_id)
        cls._get = sa.select(table.c.content).where(constant_time(table.c.id, record_id, visible(table)))
        # One with the same id is an error, one with the same reference is the record of that reference.
        cls._insert = sa.insert(table)
        cls._insert_once = insert(table).on_conflict_do_nothing(index_elements=[table.c.reference, table.c.owner])
        cls._of_reference = sa.select(table.c.content).where(
            table.c.reference == sa.bindparam("of_reference", type_=sa.String),
            table.c.owner == sa.bindparam("of_owner", type_=sa.String),
        )
        cls._access = sa.select(*table.c[Access._fields]).where(*version_before)
        cls._update = sa.update(table).where(*version_before)
        cls._delete = sa.delete(table).where(*version_before)
        kind = sa.literal(cls.model.record_kind(), sa.String(40))
        before = sa.select(kind, *table.c["id", "version", "content"]).where(*version_before)
        copy = insert(former_versions).from_select(["kind", "record_id", "version", "content"], before)
        # Two concurrent changes of a version both copy it; one of them is refused after that.
        cls._keep_former = copy.on_conflict_do_nothing()

    _get: ClassVar[sa.Select[Any]]
    _get_hidden: ClassVar[sa.Select[Any]]
    _insert: ClassVar[sa.Insert]
    _insert_once: ClassVar[Any]
    _of_reference: ClassVar[sa.Select[Any]]
    _access: ClassVar[sa.Select[Any]]
    _update: ClassVar[sa.Update]
    _delete: ClassVar[sa.Delete]
    _keep_former: ClassVar[Any]

    @classmethod
    def service(cls) -> str:
        """Return the name of the service that has this kind of record."""
        return str(cls.table.metadata.info["service"])

    @classmethod
    def path(cls) -> str:
        """Return the path of the records, to which the id of one is added."""
        return f"{path_of(cls.service())}/{cls.below}"

    @abstractmethod
    def search_columns(self, record: R) -> Mapping[str, Any]:
        """Return the values of the columns by which a record is found."""

    @classmethod
    @abstractmethod
    def audience(cls, record: R) -> Audience:
        """Return who besides its owner may see a record in its present state."""

    @classmethod
    def further_access(cls, record: R, audience: Audience) -> Mapping[str, Any]:  # noqa: ARG003 - most kinds have none
        """Return the columns that decide who sees a part of a record that is hidden whole from them."""
        return {}

    @classmethod
    def may_know(cls, bureau: BureauCode, record: R) -> bool:
        """Return whether a participant may see a record, or a part of it by `further_access`."""
        return may_see(bureau, record, cls.audience(record))

    @classmethod
    def corrected_parts(cls, record: R, corrections: Mapping[str, Any]) -> R:  # noqa: ARG003 - most kinds have none
        """Return a corrected record with what else of it repeats its entry corrected, such as a proposed change."""
        return record

    @classmethod
    def has_ended(cls, record: R) -> bool:
        """Return whether a record is over, such as a withdrawn one: only its owner sees it then, unlike a draft."""
        return cls.audience(record) is Audience.OWNER

    @classmethod
    def announced(cls, record: R) -> Announced | None:  # noqa: ARG003 - most kinds are only searched
        """Return as what a record in its present state is sent to all who may see it, or None if it is not sent."""
        return None

    @classmethod
    def recalled_as(cls, record: R) -> Act:  # noqa: ARG003 - a kind may decide by the record
        """Return what recipients are asked for that may no longer see a record in its present state."""
        return "withdrawn"

    def require_readers_changeable(self, before: R, after: R) -> None:
        """Require that the caller may change who sees a record as a version does; a kind may add its own rules.

        Raises BureauRestricted, and Invalid if it names its owner.
        """
        if changes_readers(before, after):
            require_others(after, after.owner)
        if self.caller.standing.standing == "restricted" and widens(before, after):
            raise BureauRestricted(
                f"{self.caller.bureau} is {describe(self.caller.standing)}: it may show a record to fewer, not to more"
            )

    def require_deletable(self, record: R) -> None:
        """Require that the owner may delete a record now; a kind may keep what others need. Raises Refusal."""

    def kept_for(self, record: R) -> timedelta:  # noqa: ARG002 - a kind may decide by the record
        """Return how long a record is kept after it was entered or renewed."""
        return DEFAULT_RETENTION

    def restated(self, record: R, entry: RecordInput) -> R:
        """Return the next version of a record with another entry, and all that is derived from it."""
        return record.next_version(self.at, **input_fields(entry))

    def derived(self, record: R) -> Mapping[str, Any]:  # noqa: ARG002 - most kinds derive nothing
        """Return the fields of a record that follow from its entry, by name."""
        return {}

    def require_plausible(self, record: R) -> None:
        """Require of a corrected record what its kind requires of an entry in its present state. Raises Refusal."""

    def parse(self, content: str) -> R:
        """Return the record of a stored content, as the caller may see it."""
        return cast("R", self.model.of_json(content).shown_to(self.caller))

    async def get(self, record_id: str) -> R:
        """Return a record as the caller is shown it, which is never stored.

        Raises NotFound, also if the caller may not see it, and HandlingConfidential.
        """
        return (await self.get_whole(record_id)).shown_to(self.caller)

    async def get_whole(self, record_id: str) -> R:
        """Return a record with the fields that only its owner is shown, to be changed whole.

        Raises NotFound, HandlingConfidential.
        """
        found = await self.find_whole(record_id)
        if found is None:
            raise NotFound(f"no record {record_id} that your bureau may see")
        require_cleared(found, self.caller)
        return found

    async def find_whole(self, record_id: str) -> R | None:
        """Return a record with the fields that only its owner is shown, or None if your bureau may not see it."""
        found = await self.session.fetch(self._get, {"record_id": record_id, **self.visibility})
        return cast("R", self.model.of_json(found[0].content)) if found else None

    async def get_hidden(self, record_id: str) -> R:
        """Return a record in whatever state, or raise NotFound. Does NOT check visibility."""
        found = await self.session.fetch(self._get_hidden, {"record_id": record_id})
        if not found:
            raise NotFound(f"no record {record_id} that your bureau may see")
        return cast("R", self.model.of_json(found[0].content))

    async def enter(self, record: R) -> R:
        """Store a new record; one with the reference and content of a present one is that one, and is returned.

        Raises ReferenceTaken, Conflict, and what `add` raises.
        """
        present = await self.under_reference(record.reference, record.owner)
        if present is None:
            try:
                return await self.add(record)
            except EnteredMeanwhile:
                present = await self.under_reference(record.reference, record.owner)
        if present is None:
            # It was deleted at the same time as well.
            raise _changed_meanwhile(record)
        require_cleared(present, self.caller)
        over = "has ended" if self.has_ended(present) else "has expired" if present.expires <= self.at else ""
        return entered_again(present, record, self.path(), over=over).shown_to(self.caller)

    async def add(self, record: R) -> R:
        """Store a new record. Raises HandlingConfidential, and EnteredMeanwhile if its reference is taken."""
        require_cleared(record, self.caller, is_new=True)
        columns = {"id": record.id, **self._columns(record)}
        self._require_size(record, columns["content"])
        if not await self.session.execute(self._insert_once, columns):
            raise EnteredMeanwhile
        await announce_entry(self.session, record, self.announced, self.at)
        await put_links(self.session, [record])
        self.caller.recorder.record(record.disclosure("change"))
        return record

    async def add_many(self, records: Sequence[R]) -> None:
        """Store many new records at once."""
        await self.session.execute(self._insert, [{"id": record.id, **self._columns(record)} for record in records])
        await put_links(self.session, records)

    async def replace(self, record: R) -> R:
        """Store the next version, and notify recipients that may no longer see it.

        Raises Conflict, ReferenceTaken, HandlingConfidential.
        """
        require_cleared(record, self.caller)
        columns = {"record_id": record.id, "version_before": record.version - 1, **self._columns(record)}
        self._require_size(record, columns["content"])
        before = await self.session.fetch(self._access, columns)
        require_free(await self.under_reference(record.reference, record.owner), record, self.path())
        await self.session.execute(self._keep_former, columns)
        try:
            changed = await self.session.execute(self._update, columns)
        except sa.exc.IntegrityError as error:
            # Another record was given the reference since.
            raise _changed_meanwhile(record) from error
        if not changed:
            raise _changed_meanwhile(record)
        await replace_links(self.session, record)
        if may_hide(before, access_of(record, self.audience(record))):
            act = self.recalled_as(record)
            await withdraw(self.session, self._recalled(record), self._may_see(record), act=act)
            await schedule_recheck(self.session, self._recalled(record), act)
        await announce_change(self.session, record, self.announced, self.at)
        self.caller.recorder.record(record.disclosure("change"))
        return record.shown_to(self.caller)

    async def correct(self, record: R) -> None:
        """Store a version that the Commission corrected, and notify all who have the record."""
        await self.replace(record)
        await correct(self.session, self._recalled(record), self._may_see(record))
        await schedule_recheck(self.session, self._recalled(record), "corrected")

    async def ask_to_replace(self, record: R) -> None:
        """Notify all who have a former version, and may see the record, of what its owner no longer shows in it."""
        await correct_late(self.session, self._recalled(record), record.version, self._may_see(record))
        await schedule_recheck(self.session, self._recalled(record), "corrected")

    async def delete(self, record: R, act: Ending, reference: str | None = None) -> R:
        """Delete a record, notify its recipients, and return it with the version of its deletion. Raises Conflict."""
        if not await self.session.execute(self._delete, {"record_id": record.id, "version_before": record.version}):
            raise _changed_meanwhile(record)
        ended = record.next_version(self.at)
        await delete_contents(self.session, ended)
        await leave_tombstone(self.session, ended, act, reference, self.at)
        # The Commission deletes a record without asking its owner before.
        also = (ended.owner,) if act == "decided" else ()
        await withdraw(self.session, self._recalled(ended), lambda _: False, also=also)
        await schedule_recheck(self.session, self._recalled(ended), "withdrawn")
        self.caller.recorder.record(ended.disclosure("change"))
        return ended

    async def list(self, wanted: RecordPageQuery) -> Page[R]:
        """Return one page, newest first, of the records whose columns equal the fields of a filter that are not None.

        It has as many as fit into an answer, at most as asked. Those in `exact`, the reference and links are read in
        constant time. Confidential records are left out and counted where the caller may not read them.

        Raises NotPublic.
        """
        table, exact = self.table, self.exact | {"reference"}
        conditions = [visible(table)]
        if wanted.after is not None:
            conditions.append(table.c.id < wanted.after)
        equal = wanted.model_dump(exclude={*PAGING, "linked_to", "expires_by"}, exclude_none=True)
        require_public_terms(self.model, wanted, self.caller)
        conditions += (table.c[name] == value for name, value in equal.items() if name not in exact)
        if wanted.expires_by is not None:
            conditions.append(table.c.expires < int(end_of(wanted.expires_by).timestamp()))
        if wanted.linked_to is not None:
            ids = await linked_with(self.session, wanted.linked_to, equal["owner"])
            conditions = [sa.or_(*(constant_time(table.c.id, sa.literal(each), *conditions) for each in ids))]
        for name in equal.keys() & exact:
            conditions = [constant_time(table.c[name], sa.literal(equal[name]), *conditions)]
        statement = sa.select(table.c.id, table.c.content).where(*conditions)
        newest_first = statement.order_by(table.c.id.desc()).limit(wanted.limit + 1)
        rows = await self.session.fetch(newest_first, self.visibility, in_thread=True)
        on_page, last = page_of(rows, count_within_reply(len(row.content.encode()) for row in rows[: wanted.limit]))
        found = [self.parse(row.content) for row in on_page]
        shown = [record for record in found if not self.is_withheld(record)]
        return Page(items=shown, next=last and last.id, withheld=len(found) - len(shown))

    def is_withheld(self, record: Record) -> bool:
        """Return whether a record that the caller may know of is left out, as their officer may not read it."""
        return record.handling is Handling.CONFIDENTIAL and not is_cleared(self.caller)

    async def under_reference(self, reference: str | None, owner: BureauCode) -> R | None:
        """Return the record of an owner with a reference, in whatever state, or None. Does NOT check visibility."""
        if reference is None:
            return None
        found = await self.session.fetch(self._of_reference, {"of_reference": reference, "of_owner": owner})
        return cast("R", self.model.of_json(found[0].content)) if found else None

    def _columns(self, record: R) -> dict[str, Any]:
        audience = self.audience(record)
        return {
            "owner": record.owner,
            "reference": record.reference,
            **access_of(record, audience)._asdict(),
            **self.further_access(record, audience),
            "expires": int(record.expires.timestamp()),
            "version": record.version,
            "content": self._content(record),
            **self.search_columns(record),
        }

    def _content(self, record: R) -> str:
        """Return a record as it is stored; one that cannot be read again would fail every list. Raises Invalid."""
        content = record.model_dump_json()
        try:
            self.model.of_json(content)
        except ValidationError as error:
            raise invalid(error.errors(include_url=False), place="body") from error
        return content

    def _require_size(self, record: R, content: str) -> None:
        """Require that an owner states no more than is read at once, in a record that is not over. Raises Invalid."""
        size = len(content.encode())
        if size > MAX_BYTES and self.caller.bureau == record.owner and not self.has_ended(record):
            raise Invalid(f"the record would have {size:,} bytes as JSON, and may have {MAX_BYTES:,}: state less")

    def _recalled(self, record: R) -> RecalledRecord:
        return recalled_record(record, self.service(), self.at)

    def _may_see(self, record: R) -> Callable[[BureauCode], bool]:
        return partial(self.may_know, record=record)


RecordKind = type[RecordStore[Any]]


def _changed_meanwhile(record: Record) -> Conflict:
    return Conflict(f"record {record.id} was changed by another request: read it and decide again")
