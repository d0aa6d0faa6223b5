"""Deletes expired searches, but not before records that were entered in time are matched, while matching progresses."""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from shared.audit.tables import disclosures
from shared.clock import Clock
from shared.records.cursor import position
from shared.records.search.matching import IS_CHANGE, PROMPT
from shared.records.search.saved_searches import forget_expired
from shared.rpc.irreversible import MayBeTaken
from shared.storage import Database, first_or_none, next_after

# Without any progress of the matching.
MAX_STALL: Final = timedelta(hours=1)

_first_change: Final = next_after(sa.select(disclosures.c.at).where(IS_CHANGE), disclosures.c.number)


class SearchExpiry:
    """Expires the searches of one service. Several processes of it may do this at once."""

    def __init__(self, database: Database, clock: Clock, may_be_taken: MayBeTaken) -> None:
        self._database = database
        self._clock = clock
        self._may_be_taken = may_be_taken
        self._matched = -1
        self._since = clock.monotonic()

    async def turn(self) -> None:
        """Delete a batch of expired searches."""
        if not self._may_be_taken():
            return
        reading, now = self._database.reading, self._clock.now()
        matched = await position(reading, PROMPT)
        if matched != self._matched:
            self._matched, self._since = matched, self._clock.monotonic()
        unmatched = first_or_none(await reading.fetch(_first_change, {"after": matched, "at_most": 1}))
        at = now.timestamp()
        if unmatched is not None and self._clock.monotonic() - self._since < MAX_STALL.total_seconds():
            at = min(at, unmatched.at)
        await forget_expired(self._database, at)
