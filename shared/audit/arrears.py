"""Writes down what was changed and is not in the audit log, as its process ended between the change and the answer."""

from datetime import timedelta
from typing import Final

from shared.audit.log import AuditLog, unanswered
from shared.clock import Clock
from shared.records.handled import accounts_owed
from shared.storage import Database

# No request takes as long, so nobody else will write it down.
OWED_FOR: Final = timedelta(minutes=2)


class Arrears:
    """Looks for what is owed to the audit log."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def turn(self) -> None:
        """Write down all that is owed for longer than any request takes."""
        now = self._clock.now()
        for owed in await accounts_owed(self._database.reading, now - OWED_FOR):
            await self._audit.add(unanswered(owed, now))
