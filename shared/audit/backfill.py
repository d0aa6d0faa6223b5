"""Writes down what was changed and is not in the audit log, as its process ended between the change and the answer."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy.engine import Row

from shared.audit.pending import is_pending, pending_batches, pending_page, read_pending
from shared.audit.writer import AuditLog, append, unanswered
from shared.background import for_each
from shared.clock import Clock
from shared.protocol.envelope import MAX_LIFETIME_SECONDS, SKEW_SECONDS
from shared.storage import Database

# No request takes as long, though its bureau's clock is fast, so nobody else will write it down.
BACKFILL_AFTER: Final = timedelta(seconds=MAX_LIFETIME_SECONDS + 2 * SKEW_SECONDS)


class AuditBackfill:
    """Looks for what is owed to the audit log."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._rounds = pending_batches()

    async def run_once(self) -> float | None:
        """Write down what is owed for longer than any request takes: a hundred accounts, and more at once if there are.

        One that cannot be read is tried again in the next round.
        """
        before = self._clock.now() - BACKFILL_AFTER
        await for_each(self._write_down, await pending_page(self._database.reading, before, self._rounds))
        return None if self._rounds.is_over else 0.0

    async def _write_down(self, row: Row[Any]) -> None:
        entry = unanswered(read_pending(row.account), self._clock.now())
        # Alone, as others may be about to write down the same.
        async with self._database.writing(alone=True) as session:
            if await is_pending(session, row.id):
                await append(session, [entry])
        self._audit.changes.notify()
