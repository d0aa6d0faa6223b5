"""Gathers repeated hits: a hit is notified at once, its repeats together, unless the record was withdrawn meanwhile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from shared.audit.tables import REMOVED, withdrawals
from shared.protocol.payloads import HitDetails
from shared.records.repeats import Repeats
from shared.records.tables import hit_repeats
from shared.storage import Session

# From one notification to the next about the same record, officer and purpose.
REPEATS_SECONDS: Final = 30.0

_withdrawn: Final = (
    sa.select(withdrawals.c.record_id, withdrawals.c.bureau, sa.func.max(withdrawals.c.version).label("version"))
    .where(withdrawals.c.record_id.in_(sa.bindparam("records", expanding=True)), withdrawals.c.act.in_(REMOVED))
    .group_by(withdrawals.c.record_id, withdrawals.c.bureau)
)


def repeated_hits() -> Repeats[HitDetails]:
    """Return the repeats of the hits of a service."""
    return Repeats(hit_repeats, HitDetails, _key, _still_found, seconds=REPEATS_SECONDS)


async def _still_found(session: Session, gathered: Mapping[str, HitDetails], _at: datetime) -> Mapping[str, HitDetails]:
    """Return the hits whose record was not withdrawn from the finder in a later version."""
    records = {hit.record for hit in gathered.values()}
    rows = await session.fetch(_withdrawn, {"records": list(records)})
    withdrawn = {(row.record_id, row.bureau): row.version for row in rows}
    return {key: hit for key, hit in gathered.items() if hit.version >= withdrawn.get((hit.record, hit.finder), 0)}


def _key(hit: HitDetails) -> str:
    # The officer comes last, as their id may contain any character.
    return f"{hit.record} {hit.version} {hit.finder} {hit.purpose} {hit.how} {hit.officer}"
