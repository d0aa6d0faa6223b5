"""Stores one kind of record. A service's store names its table and model, and adds its own searches."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from pydantic import ValidationError

from shared.bureaus import BureauCode
from shared.errors import Conflict, Invalid
from shared.records.access import Access, access_of, may_hide, require_cleared
from shared.records.links import put_links, replace_links
from shared.records.models import Ending
from shared.records.policy import Record
from shared.records.publications.announcements import announce_change, announce_entry
from shared.records.recalls import RecalledRecord, correct, correct_late, recalled_record, schedule_recheck, withdraw
from shared.records.record_reads import RecordReads
from shared.records.references import EnteredMeanwhile, entered_again, require_free
from shared.records.results import R
from shared.records.tables import former_versions
from shared.records.tombstones import delete_contents, leave_tombstone
from shared.storage import insert
from shared.validation import invalid

# Of a record as JSON: each version is stored, and several are read at once.
MAX_BYTES: Final = 256 * 1024


class RecordStore(RecordReads[R]):
    """Enters, changes and deletes records of one kind, and notifies those who have copies. Never commits."""

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            return
        table = cls.table
        version_before = (
            table.c.id == sa.bindparam("record_id", type_=sa.String),
            table.c.version == sa.bindparam("version_before"),
        )
        # One with the same id is an error, one with the same reference is the record of that reference.
        cls._insert = sa.insert(table)
        cls._insert_once = insert(table).on_conflict_do_nothing(index_elements=[table.c.reference, table.c.owner])
        cls._access = sa.select(*table.c[Access._fields]).where(*version_before)
        cls._update = sa.update(table).where(*version_before)
        cls._delete = sa.delete(table).where(*version_before)
        kind = sa.literal(cls.model.record_kind(), sa.String(40))
        before = sa.select(kind, *table.c["id", "version", "content"]).where(*version_before)
        copy = insert(former_versions).from_select(["kind", "record_id", "version", "content"], before)
        # Two concurrent changes of a version both copy it; one of them is refused after that.
        cls._keep_former = copy.on_conflict_do_nothing()

    _insert: ClassVar[sa.Insert]
    _insert_once: ClassVar[Any]
    _access: ClassVar[sa.Select[Any]]
    _update: ClassVar[sa.Update]
    _delete: ClassVar[sa.Delete]
    _keep_former: ClassVar[Any]

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

    def _columns(self, record: R) -> dict[str, Any]:
        return self.columns_of(record, self._content(record))

    def columns_of(self, record: R, content: str) -> dict[str, Any]:
        """Return the columns of a record but its id; `content` is the record as JSON."""
        audience = self.audience(record)
        return {
            "owner": record.owner,
            "reference": record.reference,
            **access_of(record, audience)._asdict(),
            **self.further_access(record, audience),
            "expires": int(record.expires.timestamp()),
            "version": record.version,
            "content": content,
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
