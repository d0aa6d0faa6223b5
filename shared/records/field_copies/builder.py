"""Prepares field copies in the background: compares what a bureau may see with what it copied before, and logs it.

The comparison goes through the records by id, in short transactions, so that searches and changes go on; what changes
behind it comes with the next copy. One entry of the audit log discloses the whole: for each owner the number of its
records and the root of a tree over their ids and versions. Records are read of a copy that is in the log alone.
"""

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.pending import PendingAudit
from shared.audit.writer import AuditLog, append, unanswered
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.merkle import CompactRange
from shared.disclosure import COPIED, Disclosure
from shared.fieldpack.manifest import OwnerShare
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.records.access import visibility, visible
from shared.records.field_copies.rules import KIND, TREE_PAGE, copied_leaf, is_confidential
from shared.records.field_copies.store import write_shares
from shared.records.stored_kind import StoredKind
from shared.records.tables import copied_records, field_copies
from shared.storage import Database, Rows, Session, first_or_none, having

OPERATION: Final = "prepare_field_copy"
# A transaction with as many takes some 20 ms, during which nothing else is written to a file of SQLite.
BATCH_SIZE: Final = 2_000

_copies, _copied = field_copies.c, copied_records.c
_ordered: Final = sa.select(field_copies).where(_copies.leaf.is_(None)).order_by(_copies.at, _copies.id).limit(1)
_before: Final = sa.select(_copies.confidential).where(
    having(field_copies, bureau="of_bureau", kind="of_kind", number="of_number")
)
_advance: Final = (
    sa.update(field_copies)
    .where(having(field_copies, id="of_id", upto="from_id"))
    .values(upto=sa.bindparam("to_id", type_=sa.String))
)
_finish: Final = (
    sa.update(field_copies)
    .where(having(field_copies, id="of_id"))
    .values(shares=sa.bindparam("of_owners", type_=sa.LargeBinary), leaf=sa.bindparam("in_leaf"))
)
_unfinished: Final = sa.select(_copies.id).where(having(field_copies, id="of_id"), _copies.leaf.is_(None))
_open: Final = (
    having(copied_records, bureau="of_bureau", kind="of_kind"),
    _copied.removed.is_(None),
    _copied.record_id > sa.bindparam("after_id"),
)
_held: Final = sa.select(_copied.record_id, _copied.version).where(*_open, _copied.record_id <= sa.bindparam("upto_id"))
_all: Final = (
    sa.select(_copied.record_id, _copied.version, _copied.owner)
    .where(*_open)
    .order_by(_copied.record_id)
    .limit(sa.bindparam("rows_of_page"))
)
_close_open: Final = (
    sa.update(copied_records)
    .where(having(copied_records, record_id="of_record", bureau="of_bureau"), _copied.removed.is_(None))
    .values(removed=sa.bindparam("in_number"))
)
_COLUMNS: Final = ("record_id", "bureau", "version", "added", "kind", "owner")
# Above every id, as these are hexadecimal.
_END: Final = "g"


class FieldCopyBuilder:
    """Prepares the field copies of a service. Several processes of it may do this at once."""

    def __init__(
        self, kinds: Iterable[type[StoredKind[Any]]], database: Database, audit: AuditLog, clock: Clock
    ) -> None:
        self._kinds = {kind.model.record_kind(): kind for kind in kinds if kind.copied is not None}
        self._database = database
        self._audit = audit
        self._clock = clock

    async def run_once(self) -> float | None:
        """Do the next step of the copy that was ordered first; 0.0 if there may be more to do.

        None to wait: nothing was ordered, or another process does the same and was faster.
        """
        copy = first_or_none(await self._database.reading.fetch(_ordered))
        if copy is None:
            return None
        is_done = await (self._conclude(copy) if copy.upto is None else self._compare(copy))
        return 0.0 if is_done else None

    async def _compare(self, copy: Row[Any]) -> bool:
        """Compare the next records by id with those that the bureau copied before, and store what differs.

        Returns whether it did, before another process.
        """
        kind, reading = self._kinds[copy.kind], self._database.reading
        seen = await reading.fetch(_visible_of(kind), _parameters(copy, self._clock.now()), in_thread=True)
        upto = seen[-1].id if len(seen) == BATCH_SIZE else None
        between = {"of_bureau": copy.bureau, "of_kind": copy.kind, "after_id": copy.upto, "upto_id": upto or _END}
        # Nothing but this job changes them, and only together with `upto`.
        rows = await reading.fetch(_held, between, in_thread=True)
        held = await asyncio.to_thread(_versions_in, rows)
        withheld = set() if copy.confidential else await self._confidential(copy, seen, held)
        changes = await asyncio.to_thread(_changes, seen, held, withheld)
        async with self._database.writing() as session:
            advanced = await session.execute(_advance, {"of_id": copy.id, "from_id": copy.upto, "to_id": upto})
            if advanced:
                await _store(session, copy, changes)
        return bool(advanced)

    async def _confidential(self, copy: Row[Any], seen: Rows, held: Mapping[str, int]) -> set[str]:
        """Return which of some records are confidential; those that were copied before as they are, are not."""
        table = self._kinds[copy.kind].table
        before = first_or_none(
            await self._database.reading.fetch(
                _before, {"of_bureau": copy.bureau, "of_kind": copy.kind, "of_number": copy.number - 1}
            )
        )
        is_known = {} if before is not None and before.confidential else held
        new = [row.id for row in seen if is_known.get(row.id) != row.version]
        contents = sa.select(table.c.id, table.c.content).where(table.c.id.in_(sa.bindparam("ids", expanding=True)))
        rows = await self._database.reading.fetch(contents, {"ids": new}, in_thread=True) if new else ()
        return {row.id for row in rows if is_confidential(row.content)}

    async def _conclude(self, copy: Row[Any]) -> bool:
        """Disclose a copy whose records were all compared: in one transaction with its entry in the audit log.

        Returns whether it did, before another process.
        """
        shares = await self._shares(copy)
        async with self._database.writing(exclusive=True) as session:
            if not await session.fetch(_unfinished, {"of_id": copy.id}):
                return False
            now = self._clock.now()
            bureau, purpose = BureauCode(copy.bureau), Purpose(copy.purpose)
            shown = tuple(
                Disclosure(KIND, copy.id, copy.number, BureauCode(each.owner), COPIED, 1.0, f"{each.count} {each.root}")
                for each in shares
            )
            pending = PendingAudit(uuid7(now), bureau, copy.officer, purpose, OPERATION, shown)
            [leaf] = await append(session, [msgspec.structs.replace(unanswered(pending, now), pending=False)])
            await session.execute(_finish, {"of_id": copy.id, "of_owners": write_shares(shares), "in_leaf": leaf})
        self._audit.changes.notify()
        return True

    async def _shares(self, copy: Row[Any]) -> tuple[OwnerShare, ...]:
        """Return how many records of each owner a copy has, and the root of the tree over them, by their ids."""
        trees: dict[str, CompactRange] = {}
        after = ""
        while True:
            of = {"of_bureau": copy.bureau, "of_kind": copy.kind, "after_id": after, "rows_of_page": TREE_PAGE}
            rows = await self._database.reading.fetch(_all, of, in_thread=True)
            await asyncio.to_thread(_grow, trees, rows)
            if len(rows) < TREE_PAGE:
                break
            after = rows[-1].record_id
        return tuple(
            OwnerShare(owner, tree.size, encode_base64url(tree.root())) for owner, tree in sorted(trees.items())
        )


class _Changes(NamedTuple):
    """What differs between what a bureau sees and what it copied before."""

    gone: Sequence[str]
    """The records that are no longer seen in the version that was copied."""

    added: Sequence[Row[Any]]
    """Those that are seen in another version than was copied, or were not copied."""


def _versions_in(held: Rows) -> dict[str, int]:
    return {row.record_id: row.version for row in held}


def _changes(seen: Rows, held: Mapping[str, int], withheld: Container[str]) -> _Changes:
    present = {row.id: row for row in seen if row.id not in withheld}
    gone = [each for each, version in held.items() if each not in present or present[each].version != version]
    return _Changes(gone, [row for row in present.values() if held.get(row.id) != row.version])


async def _store(session: Session, copy: Row[Any], changes: _Changes) -> None:
    if changes.gone:
        number = {"of_bureau": copy.bureau, "in_number": copy.number}
        await session.execute(_close_open, [{"of_record": each, **number} for each in changes.gone])
    if changes.added:
        rows = [(row.id, copy.bureau, row.version, copy.number, copy.kind, row.owner) for row in changes.added]
        await session.insert(copied_records, _COLUMNS, rows)


def _grow(trees: dict[str, CompactRange], rows: Rows) -> None:
    for row in rows:
        tree = trees.get(row.owner)
        if tree is None:
            tree = trees[row.owner] = CompactRange()
        tree.append(copied_leaf(row.record_id, row.version))


def _visible_of(kind: type[StoredKind[Any]]) -> sa.Select[Any]:
    """Return the statement for the next records that a bureau may copy, with the restriction in SQL."""
    table = kind.table
    return (
        sa.select(table.c.id, table.c.owner, table.c.version)
        .where(
            table.c.id > sa.bindparam("after_id"),
            visible(table),
            *(kind.copied.conditions(table) if kind.copied else ()),
        )
        .order_by(table.c.id)
        .limit(BATCH_SIZE)
    )


def _parameters(copy: Row[Any], at: datetime) -> Mapping[str, Any]:
    caller = Caller(BureauCode(copy.bureau), copy.officer, frozenset(), Purpose(copy.purpose), copy.id)
    return {**visibility(caller, at), "after_id": copy.upto}
