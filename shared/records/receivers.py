"""Who was ever shown a record, what he was told of it since, and what he signed: for its owner, and the Commission.

What the Commission itself was shown is told to nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.bureaus import BureauCode
from shared.identity import Caller
from shared.post import Post, Proven
from shared.records.models import Receiver, RecordDisclosures, SignedReceipt, Telling
from shared.records.rules import has_insight, require_insight
from shared.records.store import RecordStore
from shared.records.tables import disclosures, withdrawals
from shared.records.traces import trace_of
from shared.records.withdrawal import received
from shared.storage import Session

MOST_OFFICERS: Final = 100

_shown: Final = (
    sa.select(
        disclosures.c.bureau,
        disclosures.c.officer,
        disclosures.c.purpose,
        disclosures.c.version,
        sa.func.count().label("times"),
        sa.func.min(disclosures.c.at).label("first"),
        sa.func.max(disclosures.c.at).label("last"),
    )
    .where(received)
    .group_by(disclosures.c.bureau, disclosures.c.officer, disclosures.c.purpose, disclosures.c.version)
    .order_by(disclosures.c.bureau, sa.func.max(disclosures.c.at).desc())
)
_told: Final = (
    sa.select(withdrawals)
    .where(withdrawals.c.record_id == sa.bindparam("of_record"))
    .order_by(withdrawals.c.at, withdrawals.c.version)
)


async def disclosures_of(
    records: RecordStore[Any], record_id: str, reader: Caller, post: Post | None
) -> RecordDisclosures:
    """Return who was ever shown a record, also where it is deleted. Raises NotFound, NotTheOwner."""
    session, kind = records.session, records.model.record_kind()
    trace = await trace_of(session, kind, record_id)
    if trace is None or not has_insight(trace.owner, reader):
        # Others than its owner are told the same as before it was there.
        record = await records.get_whole(record_id)
        require_insight(record.owner, record.id, reader)
        version, deletion = record.version, None
    else:
        version, deletion = trace.version, trace.deletion.told_to(reader.bureau)
    receivers = await receivers_of(session, record_id, post)
    return RecordDisclosures(id=record_id, version=version, deleted=deletion, receivers=receivers)


async def receivers_of(session: Session, record_id: str, post: Post | None) -> list[Receiver]:
    """Return all who were shown a record or told of it, by their codes."""
    of_record = {"of_record": record_id}
    rows = await session.scan(_shown, of_record)
    shown = {BureauCode(bureau): list(those) for bureau, those in groupby(rows, lambda row: str(row.bureau))}
    # Of several, what was told last.
    told = {BureauCode(row.bureau): row for row in await session.look_up(_told, of_record)}
    letters = {row.letter for row in told.values()}
    proven = await post.proven(letters) if post is not None and letters else {}
    tellings = {bureau: _telling(row, proven.get(row.letter, ())) for bureau, row in told.items()}
    return [_receiver(bureau, shown.get(bureau, ()), tellings.get(bureau)) for bureau in sorted({*shown, *told})]


def _receiver(bureau: BureauCode, shown: Sequence[Row[Any]], told: Telling | None) -> Receiver:
    return Receiver(
        bureau=bureau,
        first=_time(min(row.first for row in shown)) if shown else None,
        last=_time(max(row.last for row in shown)) if shown else None,
        times=sum(row.times for row in shown),
        versions=sorted({row.version for row in shown}),
        purposes=sorted({row.purpose for row in shown}),
        officers=_once(row.officer for row in shown)[:MOST_OFFICERS],
        told=told,
    )


def _telling(row: Row[Any], proven: Iterable[Proven]) -> Telling:
    signed = {each.state: SignedReceipt(at=each.at, signature=each.signature) for each in _of(row.bureau, proven)}
    return Telling(
        act=row.act,
        version=row.version,
        at=_time(row.at),
        letter=row.letter,
        delivered=signed.get("delivered"),
        applied=signed.get("applied"),
        refused=signed.get("refused"),
    )


def _of(bureau: str, proven: Iterable[Proven]) -> Iterable[Proven]:
    return (each for each in proven if each.bureau == bureau)


def _once(officers: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(officers))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
