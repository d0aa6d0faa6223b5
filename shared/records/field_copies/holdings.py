"""Which bureaus have a record in a field copy, and whether their posts have removed it: for its owner.

A withdrawal reaches the posts by the next differential, not by a message: a pack that is not updated expires within
days. The digest that a post applied is bound to the copy by what the bureau registered, and is signed by the bureau.
"""

from collections import defaultdict
from collections.abc import Sequence
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
from shared.records.field_copies.rules import prove
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
    .where(having(copied_records, owner="of_owner"), *_in_copy)
    .order_by(_copied.record_id)
)


async def held_copies(session: Session, record_id: str, now: datetime) -> dict[BureauCode, HeldCopy]:
    """Return who has a record in a field copy, other than its owner, by bureau."""
    last: dict[BureauCode, Row[Any]] = {}
    for row in await session.fetch(_of_record, {"of_record": record_id}):
        if row.bureau != row.owner:
            last[BureauCode(row.bureau)] = row
    if not last:
        return {}
    [kind] = {row.kind for row in last.values()}
    packs: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for pack in await session.fetch(_packs_of, {"of_kind": kind, "bureaus": [*last]}):
        packs[pack.bureau].append(pack)
    return {bureau: _held(row, packs[bureau], now.timestamp()) for bureau, row in last.items()}


def _held(row: Row[Any], packs: Sequence[Row[Any]], now: float) -> HeldCopy:
    posts: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for pack in packs:
        posts[pack.post_key].append(pack)
    applied, until = list[Applied](), list[float]()
    for of_post in posts.values():
        removing = [each for each in of_post if row.removed is not None and each.number >= row.removed]
        if done := [each for each in removing if each.applied is not None]:
            first = min(done, key=lambda each: each.number)
            applied.append(Applied(at=time_at(first.applied), signature=first.receipt))
            continue
        with_it = [each for each in of_post if each not in removing and each.number >= row.added]
        until += [each.expires for each in with_it if each.expires > now][-1:]
    return HeldCopy(
        number=row.added,
        version=row.version,
        removed_in=row.removed,
        applied=applied,
        outstanding=len(until),
        until=time_at(max(until)) if until else None,
    )


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
    versions = await session.fetch(_of_owner, {**of, "of_owner": row.owner}, in_thread=True)
    proof = prove([(each.record_id, each.version) for each in versions], (row.record_id, row.version))
    return Membership(
        bureau=bureau,
        number=number,
        copy_id=copy.id,
        owner=row.owner,
        record=row.record_id,
        version=row.version,
        index=proof.place,
        count=proof.size,
        root=proof.root,
        path=[encode_base64url(each) for each in proof.path],
        leaf=copy.leaf,
    )


def _may_know(row: Row[Any], bureau: BureauCode, reader: Caller) -> bool:
    return reader.bureau in (row.owner, bureau) or examines(reader.bureau, reader.purpose)
