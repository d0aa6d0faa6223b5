"""The field copies of one bureau, as rows: taken, read page by page, and the packs that were made of them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.clock import time_at
from shared.errors import Invalid, NotFound
from shared.fieldpack.database import copied_columns
from shared.ids import uuid7
from shared.records.access import visible
from shared.records.copied import Copied
from shared.records.field_copies.holdings import applied_of
from shared.records.field_copies.models import (
    CopiedPage,
    CopiedQuery,
    CopiedShare,
    FieldCopies,
    FieldCopy,
    FieldCopyOrder,
    FieldCopyQuery,
    PackEntry,
    RegisteredPack,
)
from shared.records.field_copies.rules import (
    FieldCopyNotReady,
    FieldCopyUnderWay,
    PackRefused,
    read_shares,
    reduced,
    require_in_time,
    require_may_copy,
    require_may_read,
)
from shared.records.stored_kind import StoredKind
from shared.records.tables import copied_records, field_copies, field_packs
from shared.storage import Rows, first_or_none, having
from shared.web.paging import count_within_reply

# To read as many takes some 20 ms, between which searches are answered. Fewer if their contents exceed a reply.
PAGE_ROWS: Final = 1_000
MAX_PACKS: Final = 200

write_shares: Final = msgspec.json.Encoder().encode

_copies, _copied, _packs = field_copies.c, copied_records.c, field_packs.c
_of_bureau: Final = having(field_copies, bureau="of_bureau", kind="of_kind")
_newest: Final = sa.select(field_copies).where(_of_bureau).order_by(_copies.number.desc()).limit(1)
_this: Final = sa.select(field_copies).where(_of_bureau, _copies.number == sa.bindparam("of_number"))
_listed: Final = (
    sa.select(field_copies)
    .where(_of_bureau, _copies.number < sa.bindparam("before"))
    .order_by(_copies.number.desc())
    .limit(sa.bindparam("at_most"))
)
_packs_of: Final = (
    sa.select(field_packs)
    .where(
        having(field_packs, bureau="of_bureau", kind="of_kind"),
        _packs.number.in_(sa.bindparam("numbers", expanding=True)),
    )
    .order_by(_packs.number.desc(), _packs.made.desc())
    .limit(MAX_PACKS)
)
_is_of_post: Final = having(field_packs, post_key="of_key")
_listed_of_post: Final = _listed.where(
    sa.exists().where(_is_of_post, *(_packs[name] == _copies[name] for name in ("bureau", "kind", "number")))
)
_packs_of_post: Final = _packs_of.where(_is_of_post)
_this_pack: Final = sa.select(field_packs).where(having(field_packs, digest="of_digest"))
_number: Final = sa.bindparam("of_number", type_=sa.Integer)
_is_present: Final = sa.and_(_copied.added <= _number, sa.or_(_copied.removed.is_(None), _copied.removed > _number))
_since: Final = sa.bindparam("since", type_=sa.Integer)
_present: Final = sa.case((_is_present, 1), else_=0).label("present")
_next_copied: Final = (
    sa.select(_copied.record_id, _copied.version, _present)
    .where(having(copied_records, bureau="of_bureau", kind="of_kind"), _copied.record_id > sa.bindparam("after_id"))
    .order_by(_copied.record_id, _copied.version)
    .limit(sa.bindparam("rows_of_page"))
)
_whole: Final = _next_copied.where(_is_present)
_changed: Final = _next_copied.where(
    sa.or_(
        sa.and_(_is_present, _copied.added > _since),
        sa.and_(_copied.added <= _since, _copied.removed > _since, _copied.removed <= _number),
    )
)
_LATEST: Final = 2**31 - 1


class FieldCopyStore:
    """The field copies of a kind that the caller's bureau took. Only that bureau sees them."""

    def __init__(self, records: StoredKind[Any]) -> None:
        self._records = records
        self._session = records.session
        self._of: dict[str, Any] = {"of_bureau": records.caller.bureau, "of_kind": records.model.record_kind()}

    async def take(self, order: FieldCopyOrder) -> FieldCopy:
        """Order the next field copy, which is prepared in the background. Raises NoFieldCopy, FieldCopyUnderWay."""
        records, caller = self._records, self._records.caller
        require_may_copy(caller, self._form)
        last = first_or_none(await self._session.fetch(_newest, self._of))
        if last is not None and last.leaf is None:
            raise FieldCopyUnderWay(f"copy {last.number} of {caller.bureau} is being prepared: wait until it is ready")
        number: int = 1 if last is None else last.number + 1
        row = {
            "bureau": caller.bureau,
            "kind": records.model.record_kind(),
            "number": number,
            "id": uuid7(records.at),
            "at": records.at.timestamp(),
            "officer": caller.officer,
            "purpose": caller.purpose.value,
            "confidential": order.confidential,
            "upto": "",
        }
        try:
            await self._session.execute(sa.insert(field_copies), row)
        except sa.exc.IntegrityError as error:
            raise FieldCopyUnderWay(f"another copy of {caller.bureau} was ordered at the same time") from error
        return await self.get(number)

    async def get(self, number: int) -> FieldCopy:
        """Return a field copy. Raises NotFound."""
        return (await self._with_packs([await self._row(number)]))[0]

    async def newest_first(self, wanted: FieldCopyQuery) -> FieldCopies:
        """Return the field copies, the newest first."""
        before = _LATEST if wanted.before is None else wanted.before
        page = {**self._of, "before": before, "at_most": wanted.limit}
        if wanted.post_key is None:
            return FieldCopies(items=await self._with_packs(await self._session.fetch(_listed, page)))
        post = {"of_key": wanted.post_key}
        rows = await self._session.fetch(_listed_of_post, {**page, **post})
        return FieldCopies(items=await self._with_packs(rows, _packs_of_post, post))

    async def page(self, number: int, wanted: CopiedQuery) -> CopiedPage:
        """Return a page of a copy, or of how it differs from an earlier one, as the caller may see it now.

        A record that changed since the copy was taken is left out: the next differential has it. Raises NotFound,
        FieldCopyNotReady, NoFieldCopy, HandlingConfidential, and Invalid for a copy that is not earlier.
        """
        await self._readable(number)
        place = {"of_number": number, "after_id": wanted.after or "", "since": wanted.since or 0}
        parameters = {**self._of, **place, "rows_of_page": PAGE_ROWS}
        if wanted.since is not None and wanted.since >= number:
            raise Invalid(f"must be smaller than {number}, the number of the copy", at="/since", place="query")
        rows = await self._session.fetch(_whole if wanted.since is None else _changed, parameters, in_thread=True)
        is_last = len(rows) < PAGE_ROWS
        if not is_last:
            # A record that changed has two rows, which belong together.
            rows = [row for row in rows if row.record_id != rows[-1].record_id]
        present = {row.record_id: row.version for row in rows if row.present}
        found = await self._records_of(present)
        fitting = count_within_reply(len(row[-1]) + 200 for row in found)
        upto = found[fitting - 1][0] if fitting < len(found) else None
        removed = {row.record_id for row in rows if not row.present}
        # Also what was added since, so that no older version stays.
        if wanted.since is not None:
            removed |= present.keys()
        last = None if is_last and upto is None else upto or rows[-1].record_id
        return CopiedPage(
            columns=copied_columns(self._records.table),
            rows=[list(row) for row in found[:fitting]],
            removed=sorted(each for each in removed if last is None or each <= last),
            next=last,
        )

    async def register(self, number: int, entry: PackEntry) -> RegisteredPack:
        """Register a pack that the bureau made of a copy; again, it is the same one.

        Raises NotFound, FieldCopyNotReady, NoFieldCopy, HandlingConfidential, PackRefused.
        """
        copy, at = await self._readable(number), self._records.at
        if (present := await self._pack(entry.digest)) is not None:
            if (present.bureau, present.kind, present.number) != (*self._of.values(), number):
                raise PackRefused("is of another pack", at="/digest")
            return registered(present)
        await self._require_follows(entry, number)
        expires = at + timedelta(hours=entry.valid_hours)
        require_in_time(expires, time_at(copy.at))
        row = {
            **entry.model_dump(exclude={"valid_hours"}),
            "bureau": self._of["of_bureau"],
            "kind": self._of["of_kind"],
            "number": number,
            "made": at.timestamp(),
            "expires": expires.timestamp(),
        }
        await self._session.execute(sa.insert(field_packs), row)
        return registered(await self._pack(entry.digest))

    async def _require_follows(self, entry: PackEntry, number: int) -> None:
        """Require that a differential says which file of an earlier copy its post has. Raises PackRefused."""
        if (entry.after is None) != (entry.previous is None):
            raise PackRefused("after and previous go together: a differential has both, a whole pack neither")
        if entry.previous is None or entry.after is None:
            return
        if entry.after >= number:
            raise PackRefused(f"must be smaller than {number}, the number of the copy", at="/after")
        before = await self._pack(entry.previous)
        fits = (*self._of.values(), entry.after, entry.post_key)
        if before is None or (before.bureau, before.kind, before.number, before.post_key) != fits:
            raise PackRefused("must be the digest of a file that was made for this post", at="/previous")

    async def _pack(self, digest: str) -> Row[Any] | None:
        return first_or_none(await self._session.fetch(_this_pack, {"of_digest": digest}))

    @property
    def _form(self) -> Copied:
        """What a copy has of a record. Raises TypeError for a kind of which no copy is taken."""
        if (copied := self._records.copied) is None:
            raise TypeError(f"no field copy of a {self._of['of_kind']} is taken")
        return copied

    async def _row(self, number: int) -> Row[Any]:
        row = first_or_none(await self._session.fetch(_this, {**self._of, "of_number": number}))
        if row is None:
            raise NotFound(f"your bureau has no field copy {number}")
        return row

    async def _readable(self, number: int) -> Row[Any]:
        """Return a copy that is in the audit log, and that the caller may read."""
        row = await self._row(number)
        if row.leaf is None:
            raise FieldCopyNotReady(f"copy {number} is being prepared: wait until it is ready")
        require_may_read(row, self._records.caller, self._records.at)
        return row

    async def _with_packs(
        self, rows: Rows, which: sa.Select[Any] = _packs_of, of: Mapping[str, str] = {}
    ) -> list[FieldCopy]:
        numbers = [row.number for row in rows]
        packs = await self._session.fetch(which, {**self._of, **of, "numbers": numbers}) if numbers else ()
        return [_copy_of(row, [registered(each) for each in packs if each.number == row.number]) for row in rows]

    async def _records_of(self, versions: dict[str, int]) -> list[tuple[Any, ...]]:
        """Return the rows of versions of records that are still as they were copied, by their ids."""
        records, table = self._records, self._records.table
        columns = [table.c[name] for name in copied_columns(table)]
        wanted = sa.select(*columns).where(
            table.c.id.in_(sa.bindparam("ids", expanding=True)),
            visible(table),
            *self._form.conditions(table),
        )
        found = await self._session.fetch(
            wanted.order_by(table.c.id), {**records.visibility, "ids": list(versions)}, in_thread=True
        )
        return await asyncio.to_thread(_as_copied, found, versions, self._form.members)


def _as_copied(rows: Rows, versions: Mapping[str, int], members: Collection[str]) -> list[tuple[Any, ...]]:
    """Return the rows that are still in the version that was copied, with the least of their contents."""
    return [(*row[:-1], reduced(row[-1], members)) for row in rows if row.version == versions[row.id]]


def registered(row: Any) -> RegisteredPack:
    """Return a pack as it is shown."""
    return RegisteredPack(
        digest=row.digest,
        post=row.post,
        post_key=row.post_key,
        number=row.number,
        after=row.after,
        made=time_at(row.made),
        expires=time_at(row.expires),
        applied=None if row.applied is None else applied_of(row),
    )


def _copy_of(row: Row[Any], packs: Sequence[RegisteredPack]) -> FieldCopy:
    shares = () if row.shares is None else read_shares(row.shares)
    return FieldCopy(
        number=row.number,
        id=row.id,
        state="preparing" if row.leaf is None else "ready",
        taken=time_at(row.at),
        officer=row.officer,
        purpose=row.purpose,
        confidential=row.confidential,
        records=None if row.leaf is None else sum(each.count for each in shares),
        shares=[CopiedShare.of(each) for each in shares],
        leaf=row.leaf,
        packs=list(packs),
    )
