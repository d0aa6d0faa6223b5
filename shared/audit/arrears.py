"""Writes down what was changed and is not in the audit log, as its process ended between the change and the answer."""

from datetime import timedelta
from typing import Final

from shared.audit.log import AuditLog, append, unanswered
from shared.clock import Clock
from shared.envelope import MAX_LIFETIME_SECONDS, SKEW_SECONDS
from shared.records.handled import accounts_owed
from shared.storage import Database

# No request takes as long, though its bureau's clock is fast, so nobody else will write it down.
OWED_FOR: Final = timedelta(seconds=MAX_LIFETIME_SECONDS + 2 * SKEW_SECONDS)


class Arrears:
    """Looks for what is owed to the audit log."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def turn(self) -> None:
        """Write down all that is owed for longer than any request takes."""
        now = self._clock.now()
        while await accounts_owed(self._database.reading, now - OWED_FOR):
            # Alone, as others may be about to write down the same.
            async with self._database.writing(alone=True) as session:
                if owed := await accounts_owed(session, now - OWED_FOR):
                    await append(session, [unanswered(each, now) for each in owed])
            self._audit.changes.notify()
