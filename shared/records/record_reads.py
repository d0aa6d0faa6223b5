"""Reads one kind of record: one by its id or reference, or pages of them. Returns only what the caller may see."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

import sqlalchemy as sa

from shared.bureaus import PUBLIC, BureauCode, kind_of
from shared.dates import end_of
from shared.errors import NotFound
from shared.handling import Handling
from shared.identity import examines
from shared.records.access import Reach, is_cleared, require_cleared, visible
from shared.records.constant_time import constant_time
from shared.records.links import linked_with
from shared.records.policy import Record
from shared.records.results import Page, PagePosition, R, RecordPageQuery
from shared.records.rules import require_public_terms
from shared.records.stored_kind import StoredKind
from shared.records.tables import ADMITTED
from shared.storage import Rows, hot, inline_literal, page_of
from shared.web.paging import count_within_reply

PAGING: Final = frozenset(PagePosition.model_fields)


class RecordReads(StoredKind[R]):
    """Reads one kind of record. What checks no visibility says so."""

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if not hasattr(cls, "table"):
            return
        table, record_id = cls.table, sa.bindparam("record_id", type_=sa.String)
        cls._get_hidden = sa.select(table.c.content).where(table.c.id == record_id)
        cls._get = hot(sa.select(table.c.content).where(constant_time(table.c.id, record_id, visible(table))))
        cls._of_reference = sa.select(table.c.content).where(
            table.c.reference == sa.bindparam("of_reference", type_=sa.String),
            table.c.owner == sa.bindparam("of_owner", type_=sa.String),
        )

    _get: ClassVar[sa.Select[Any]]
    _get_hidden: ClassVar[sa.Select[Any]]
    _of_reference: ClassVar[sa.Select[Any]]

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
            raise self.not_found(record_id)
        require_cleared(found, self.caller)
        return found

    async def find_whole(self, record_id: str) -> R | None:
        """Return a record with the fields that only its owner is shown, or None if your bureau may not see it."""
        found = await self.session.fetch(self._get, {"record_id": record_id, **self.visibility})
        return cast("R", self.model.of_json(found[0].content)) if found else None

    def not_found(self, record_id: str) -> NotFound:
        """Return the refusal of a record that the caller may not see, or that is not there."""
        whom = "is public" if self.caller.bureau == PUBLIC else "your bureau may see"
        return NotFound(f"no record {record_id} that {whom}")

    async def get_hidden(self, record_id: str) -> R:
        """Return a record in whatever state, or raise NotFound. Does NOT check visibility."""
        found = await self.session.fetch(self._get_hidden, {"record_id": record_id})
        if not found:
            raise self.not_found(record_id)
        return cast("R", self.model.of_json(found[0].content))

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
            until = int(end_of(wanted.expires_by).timestamp())
            is_one = wanted.linked_to is not None or equal.keys() & exact
            conditions.append(table.c.expires < until if is_one else self._expire_before(until))
        if self.is_unshared(wanted):
            conditions += self._unshared()
        alternatives = [await self._identified(wanted, equal, [*conditions, *part]) for part in self._parts()]
        return await self.page_where(alternatives[0], wanted.limit, *alternatives[1:])

    async def page_where(
        self, conditions: Sequence[sa.ColumnElement[bool]], limit: int, *others: Sequence[sa.ColumnElement[bool]]
    ) -> Page[R]:
        """Return the newest records that meet conditions, or some others, as many as fit into an answer.

        Does NOT check visibility.
        """
        found_by_id = {row.id: row for each in (conditions, *others) for row in await self._newest(each, limit)}
        rows = sorted(found_by_id.values(), key=lambda row: row.id, reverse=True)[: limit + 1]
        on_page, last = page_of(rows, count_within_reply(len(row.content.encode()) for row in rows[:limit]))
        found = [self.parse(row.content) for row in on_page]
        shown = [record for record in found if not self.is_withheld(record)]
        return Page(items=shown, next=last and last.id, withheld=len(found) - len(shown))

    def _parts(self) -> Iterator[Sequence[sa.ColumnElement[bool]]]:
        """Yield further conditions that together hold of all records that the caller may see, each with an index."""
        if self.visibility["visible_reach"] >= Reach.MEMBERS:
            yield ()
            return
        yield (sa.text(f"({ADMITTED})"),)  # type: ignore[misc]
        if kind_of(self.caller.bureau) == "partner":
            yield (self.table.c.owner == sa.bindparam("visible_to"),)

    async def _identified(
        self, wanted: RecordPageQuery, equal: Mapping[str, Any], conditions: Sequence[sa.ColumnElement[bool]]
    ) -> Sequence[sa.ColumnElement[bool]]:
        """Return conditions with those that identify a record, which are looked up in constant time."""
        table = self.table
        if wanted.linked_to is not None:
            ids = await linked_with(self.session, wanted.linked_to, equal["owner"])
            conditions = [sa.or_(*(constant_time(table.c.id, sa.literal(each), *conditions) for each in ids))]
        for name in equal.keys() & (self.exact | {"reference"}):
            conditions = [constant_time(table.c[name], sa.literal(equal[name]), *conditions)]
        return conditions

    async def _newest(self, conditions: Sequence[sa.ColumnElement[bool]], limit: int) -> Rows:
        """Return the rows of a page, and one more if there is."""
        statement = sa.select(self.table.c.id, self.table.c.content).where(*conditions)
        newest_first = statement.order_by(self.table.c.id.desc()).limit(limit + 1)
        return await self.session.fetch(newest_first, self.visibility, in_thread=True)

    def _expire_before(self, until: int) -> sa.ColumnElement[bool]:
        """Return the condition that records expire before a time: found by an index of that, as those are the oldest.

        In the order of the answer, the newest first, all others would be read before.
        """
        due = self.table.alias("due").c
        return self.table.c.id.in_(sa.select(due.id).where(due.expires < until))

    def _unshared(self) -> Iterator[sa.ColumnElement[bool]]:
        """Yield conditions that hold of all records that are shown to their owner alone, of which there is an index."""
        yield self.table.c.reach > inline_literal(0)
        if not examines(self.caller.bureau, self.caller.purpose):
            yield self.table.c.owner == sa.bindparam("visible_to")

    def is_withheld(self, record: Record) -> bool:
        """Return whether a record that the caller may know of is left out, as their officer may not read it."""
        return record.handling is Handling.CONFIDENTIAL and not is_cleared(self.caller)

    async def under_reference(self, reference: str | None, owner: BureauCode) -> R | None:
        """Return the record of an owner with a reference, in whatever state, or None. Does NOT check visibility."""
        if reference is None:
            return None
        found = await self.session.fetch(self._of_reference, {"of_reference": reference, "of_owner": owner})
        return cast("R", self.model.of_json(found[0].content)) if found else None
