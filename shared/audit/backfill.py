"""Logs changes that the audit log lacks, as their process ended between the change and the answer."""

from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.pending import read_pending
from shared.audit.tables import handled
from shared.audit.writer import AuditLog, append, unanswered
from shared.background import for_each
from shared.clock import Clock
from shared.protocol.envelope import MAX_LIFETIME_SECONDS, SKEW_SECONDS
from shared.storage import PAGE_SIZE, BatchCursor, Database, comes_after

# No request takes as long, even with a fast clock, so no other process will log it.
BACKFILL_AFTER: Final = timedelta(seconds=MAX_LIFETIME_SECONDS + 2 * SKEW_SECONDS)
BATCH_SIZE: Final = 100

_order: Final = (handled.c.at, handled.c.id)
_pending: Final = (
    sa.select(handled.c.at, handled.c.id, handled.c.account)
    .where(handled.c.account.is_not(None), handled.c.at < sa.bindparam("before"), comes_after(*_order))
    .order_by(*_order)
    .limit(PAGE_SIZE)
)
_still: Final = sa.select(handled.c.id).where(handled.c.id == sa.bindparam("of"), handled.c.account.is_not(None))


class AuditBackfill:
    """Looks for pending changes of one service."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._batches = BatchCursor(*_order, page_size=BATCH_SIZE)

    async def run_once(self) -> float | None:
        """Log a batch of what has been pending for longer than any request takes; 0.0 if there may be more.

        One that cannot be read is tried again in the next round.
        """
        before = int((self._clock.now() - BACKFILL_AFTER).timestamp())
        await for_each(self._log, await self._batches.page(self._database.reading, _pending, before=before))
        return None if self._batches.is_over else 0.0

    async def _log(self, row: Row[Any]) -> None:
        entry = unanswered(read_pending(row.account), self._clock.now())
        # Exclusive, as another process may be about to log the same.
        async with self._database.writing(exclusive=True) as session:
            if await session.fetch(_still, {"of": row.id}):
                await append(session, [entry])
        self._audit.changes.notify()
