"""Notify recipients whose answer was under way while the record was hidden or corrected.

A disclosure is stored just before its answer leaves: a record that was hidden or corrected after it was read is shown
as it was. So its recipients are looked up again when no such answer can be under way any more.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.background import for_each
from shared.clock import Clock
from shared.identity import Purpose
from shared.protocol.envelope import MAX_LIFETIME_SECONDS, SKEW_SECONDS
from shared.records.models import Act
from shared.records.recalls import RecalledRecord, correct_late, recalled_record, withdraw
from shared.records.store import RecordKind
from shared.records.tables import recall_checks
from shared.records.tombstones import erase_matches, tombstone_of
from shared.storage import PAGE_SIZE, BatchCursor, Database, Session, comes_after, first_or_none, having

# By the clock of the requester.
UNDER_WAY_FOR: Final = timedelta(seconds=MAX_LIFETIME_SECONDS + SKEW_SECONDS)
BATCH_SIZE: Final = 100
# Nothing of the content of a deleted record is kept, not even its purpose; for a hidden one this is stated as well, so
# that the two look alike.
LATE_RECALL_PURPOSE: Final = Purpose.CRIME_ANALYSIS

_order: Final = (recall_checks.c.at, recall_checks.c.record_id, recall_checks.c.version)
_checks_due: Final = (
    sa.select(*_order, recall_checks.c.kind, recall_checks.c.act)
    .where(comes_after(*_order), recall_checks.c.at < sa.bindparam("before"))
    .order_by(*_order)
    .limit(PAGE_SIZE)
)
_done: Final = sa.delete(recall_checks).where(having(recall_checks, record_id="of_record", version="of_version"))


class LateReaders:
    """Looks up late recipients of the records of a service. Several processes of it may do this at once."""

    def __init__(self, kinds: Iterable[RecordKind], database: Database, clock: Clock) -> None:
        self._kinds = {kind.model.record_kind(): kind for kind in kinds}
        self._database = database
        self._clock = clock
        self._rounds = BatchCursor(*_order, page_size=BATCH_SIZE)

    async def run_once(self) -> None:
        """Take a batch of records that were hidden or corrected before any answer that is under way now."""
        before = (self._clock.now() - UNDER_WAY_FOR).timestamp()
        await for_each(self._check, await self._rounds.page(self._database.reading, _checks_due, before=before))

    async def _check(self, hiding: Row[Any]) -> None:
        async with self._database.writing() as session:
            # Unless another process was faster.
            if await session.execute(_done, {"of_record": hiding.record_id, "of_version": hiding.version}):
                await self._withdraw(session, hiding)

    async def _withdraw(self, session: Session, hiding: Row[Any]) -> None:
        kind, now = self._kinds[hiding.kind], self._clock.now()
        service = kind.service()
        whole = sa.select(kind.table.c.content).where(kind.table.c.id == hiding.record_id)
        row = first_or_none(await session.fetch(whole))
        if row is not None:
            record = kind.model.of_json(row.content)
            allowed = partial(kind.may_know, record=record)
            hidden = msgspec.structs.replace(recalled_record(record, service, now), purpose=LATE_RECALL_PURPOSE)
            await withdraw(session, hidden, allowed, act=kind.recalled_as(record))
            if hiding.act == "corrected":
                await correct_late(session, recalled_record(record, service, now), hiding.version, allowed)
            return
        await erase_matches(session, hiding.record_id)
        tombstone = await tombstone_of(session, hiding.kind, hiding.record_id)
        if tombstone is not None:
            ended = RecalledRecord(
                service=service,
                kind=hiding.kind,
                record=tombstone.record,
                owner=tombstone.owner,
                version=tombstone.version,
                purpose=LATE_RECALL_PURPOSE,
                at=now,
            )
            act: Act = "cancelled" if hiding.act == "cancelled" else "withdrawn"
            await withdraw(session, ended, lambda _: False, act=act)
