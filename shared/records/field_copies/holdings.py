"""Which bureaus have a record in a field copy, and whether their posts have removed it: for its owner.

A withdrawal reaches the posts by the next differential, not by a message: a pack that is not updated expires within
days. What a post applied is bound to the copy by what its bureau registered; the post signs it, and the bureau too.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.bureaus import BureauCode
from shared.clock import time_at
from shared.crypto.ed25519 import encode_base64url
from shared.errors import NotFound
from shared.identity import Caller, examines
from shared.records.field_copies.models import Membership
from shared.records.field_copies.rules import TREE_PAGE, CopyProof, is_in, read_shares
from shared.records.models import Applied, HeldCopy
from shared.records.tables import copied_records, field_copies, field_packs
from shared.storage import Session, first_or_none, having

_copied, _packs = copied_records.c, field_packs.c
_of_record: Final = (
    sa.select(copied_records)
    .where(having(copied_records, record_id="of_record"))
    .order_by(_copied.bureau, _copied.added)
)
_packs_of: Final = sa.select(field_packs).where(
    having(field_packs, kind="of_kind"), _packs.bureau.in_(sa.bindparam("bureaus", expanding=True))
)
_copy: Final = sa.select(field_copies).where(
    having(field_copies, bureau="of_bureau", kind="of_kind", number="of_number")
)
_in_copy: Final = (
    having(copied_records, bureau="of_bureau", kind="of_kind"),
    _copied.added <= sa.bindparam("of_number"),
    sa.or_(_copied.removed.is_(None), _copied.removed > sa.bindparam("of_number")),
)
_version: Final = sa.select(copied_records).where(having(copied_records, record_id="of_record"), *_in_copy)
_of_owner: Final = (
    sa.select(_copied.record_id, _copied.version)
    .where(having(copied_records, owner="of_owner"), *_in_copy, _copied.record_id > sa.bindparam("after_id"))
    .order_by(_copied.record_id)
    .limit(sa.bindparam("rows_of_page"))
)
_before: Final = sa.select(sa.func.count()).where(
    having(copied_records, owner="of_owner"), *_in_copy, _copied.record_id < sa.bindparam("of_record")
)


async def held_copies(session: Session, record_id: str, now: datetime) -> dict[BureauCode, HeldCopy]:
    """Return who has a record in a field copy, other than its owner, by bureau."""
    rows: defaultdict[BureauCode, list[Row[Any]]] = defaultdict(list)
    for row in await session.fetch(_of_record, {"of_record": record_id}):
        if row.bureau != row.owner:
            rows[BureauCode(row.bureau)].append(row)
    if not rows:
        return {}
    [kind] = {row.kind for of_bureau in rows.values() for row in of_bureau}
    packs: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for pack in await session.fetch(_packs_of, {"of_kind": kind, "bureaus": [*rows]}):
        packs[pack.bureau].append(pack)
    return {bureau: _held(of_bureau, packs[bureau], now.timestamp()) for bureau, of_bureau in rows.items()}


def _held(versions: Sequence[Row[Any]], packs: Sequence[Row[Any]], now: float) -> HeldCopy:
    """Return what a bureau has of a record, of which it copied some versions, one after another."""
    posts: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for pack in packs:
        posts[pack.post_key].append(pack)
    last, applied, until = versions[-1], list[Applied](), list[float]()
    for of_post in posts.values():
        done = [each for each in of_post if each.applied is not None]
        # A post never goes back to an earlier copy than one that it applied.
        reached = max((each.number for each in done), default=0)
        with_it = [each for each in of_post if any(is_in(row, each.number) for row in versions)]
        ends = max((each.expires for each in with_it if each.number >= reached), default=0.0)
        if ends > now:
            until.append(ends)
        if with_it and last.removed is not None and reached >= last.removed:
            removing = (each for each in done if each.number >= last.removed)
            applied.append(applied_of(min(removing, key=lambda each: each.number)))
    return HeldCopy(
        number=last.added,
        version=last.version,
        removed_in=last.removed,
        applied=applied,
        outstanding=len(until),
        until=time_at(max(until)) if until else None,
    )


def applied_of(pack: Row[Any]) -> Applied:
    """Return what is shown of a pack that a post applied."""
    return Applied(at=time_at(pack.applied), post_key=pack.post_key, statement=pack.statement, signature=pack.receipt)


async def membership(
    session: Session, kind: str, bureau: BureauCode, number: int, record_id: str, reader: Caller
) -> Membership:
    """Return the proof that a record was in a field copy: for its owner, the bureau that took it and the Commission.

    Raises NotFound, also to others.
    """
    of = {"of_bureau": bureau, "of_kind": kind, "of_number": number}
    copy = first_or_none(await session.fetch(_copy, of))
    row = first_or_none(await session.fetch(_version, {**of, "of_record": record_id}))
    if row is None or copy is None or copy.leaf is None or not _may_know(row, bureau, reader):
        raise NotFound(f"no record {record_id} of yours was in field copy {number} of {bureau}")
    share = next(each for each in read_shares(copy.shares) if each.owner == row.owner)
    proof = await _prove(session, {**of, "of_owner": row.owner}, record_id, share.count)
    return Membership(
        bureau=bureau,
        number=number,
        copy_id=copy.id,
        owner=row.owner,
        record=row.record_id,
        version=row.version,
        index=proof.place,
        count=share.count,
        root=share.root,
        path=[encode_base64url(each) for each in proof.path()],
        leaf=copy.leaf,
    )


async def _prove(session: Session, of_owner: Mapping[str, Any], record_id: str, size: int) -> CopyProof:
    """Return the proof of a record among all of its owner, which are read and hashed outside the event loop."""
    [[place]] = await session.fetch(_before, {**of_owner, "of_record": record_id}, in_thread=True)
    proof, after = CopyProof(place, size), ""
    while True:
        page = {**of_owner, "after_id": after, "rows_of_page": TREE_PAGE}
        rows = await session.fetch(_of_owner, page, in_thread=True)
        await asyncio.to_thread(proof.add, rows)
        if len(rows) < TREE_PAGE:
            return proof
        after = rows[-1].record_id


def _may_know(row: Row[Any], bureau: BureauCode, reader: Caller) -> bool:
    return reader.bureau in (row.owner, bureau) or examines(reader.bureau, reader.purpose)
