"""Gathers repeated hits: a hit is notified at once, its repeats together, unless the record was withdrawn meanwhile.

A camera sees the same car a hundred times, and a flood of checks the same thousand.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from shared.audit.tables import REMOVED, withdrawals
from shared.protocol.payloads import HitDetails
from shared.records.tables import hit_repeats
from shared.storage import Session, having, hot, inline_literal

# From one notification to the next about the same record, officer and purpose.
REPEATS_SECONDS: Final = 30.0
BATCH_SIZE: Final = 500

_repeats_of: Final = hit_repeats.c["key", "repeats"]
_known: Final = sa.select(*_repeats_of).where(hit_repeats.c.key.in_(sa.bindparam("keys", expanding=True)))
_insert: Final = sa.insert(hit_repeats)
_this: Final = having(hit_repeats, key="of")
_gather: Final = sa.update(hit_repeats).where(_this).values(repeats=sa.bindparam("gathered"))
_is_over: Final = hit_repeats.c.notified <= sa.bindparam("before")
_over: Final = sa.select(*_repeats_of).where(_is_over).order_by(hit_repeats.c.notified).limit(sa.bindparam("at_most"))
_any_over: Final = hot(_over.with_only_columns(hit_repeats.c.key).limit(inline_literal(1)))
_notified: Final = sa.update(hit_repeats).where(_this).values(notified=sa.bindparam("at"), repeats=None)
_withdrawn: Final = (
    sa.select(withdrawals.c.record_id, withdrawals.c.bureau, sa.func.max(withdrawals.c.version).label("version"))
    .where(withdrawals.c.record_id.in_(sa.bindparam("records", expanding=True)), withdrawals.c.act.in_(REMOVED))
    .group_by(withdrawals.c.record_id, withdrawals.c.bureau)
)
_delete: Final = sa.delete(hit_repeats).where(_this)

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(HitDetails).decode


async def due_hits(session: Session, hits: Iterable[HitDetails], at: datetime) -> list[HitDetails]:
    """Return those of new hits that are due now, and gathered repeats that are; gather the others."""
    fresh = {_key(hit): hit for hit in hits}
    known = {row.key: row.repeats for row in await session.fetch(_known, {"keys": list(fresh)})} if fresh else {}
    await _change(session, _gather, [_gathered(key, known[key], fresh[key]) for key in known])
    now = [hit for key, hit in fresh.items() if key not in known]
    over = await session.fetch(_over, {"before": at.timestamp() - REPEATS_SECONDS, "at_most": BATCH_SIZE})
    again = await _still_found(session, {row.key: _decode(row.repeats) for row in over if row.repeats is not None})
    await _change(session, _delete, [{"of": row.key} for row in over if row.key not in again])
    await _change(session, _notified, [{"of": key, "at": at.timestamp()} for key in again])
    await _change(session, _insert, [{"key": _key(hit), "notified": at.timestamp(), "repeats": None} for hit in now])
    return [*now, *again.values()]


async def _still_found(session: Session, gathered: Mapping[str, HitDetails]) -> Mapping[str, HitDetails]:
    """Return the hits whose record was not withdrawn from the finder in a later version."""
    records = {hit.record for hit in gathered.values()}
    rows = await session.fetch(_withdrawn, {"records": list(records)}) if records else ()
    withdrawn = {(row.record_id, row.bureau): row.version for row in rows}
    return {key: hit for key, hit in gathered.items() if hit.version >= withdrawn.get((hit.record, hit.finder), 0)}


async def is_any_over(session: Session, at: datetime) -> bool:
    """Return whether gathered repeats are due."""
    return bool(await session.fetch(_any_over, {"before": at.timestamp() - REPEATS_SECONDS}))


def _key(hit: HitDetails) -> str:
    # The officer comes last, as their id may contain any character.
    return f"{hit.record} {hit.version} {hit.finder} {hit.purpose} {hit.how} {hit.officer}"


def _gathered(key: str, before: str | None, hit: HitDetails) -> Mapping[str, str]:
    if before is not None:
        earlier = _decode(before)
        hit = replace(earlier, times=earlier.times + hit.times, last=hit.last)
    return {"of": key, "gathered": _encode(hit).decode()}


async def _change(session: Session, statement: sa.Executable, rows: list[Mapping[str, object]]) -> None:
    if rows:
        await session.execute(statement, rows)
