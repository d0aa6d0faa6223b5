"""Watches the deadlines of one bureau's confirmations: notes each that has passed, and informs the Secretariat, once.

The Secretariat is informed as soon as it can be proven, which is when the owner's receipt for the request is as old as
the time allowed. Each side computes from what it holds. Several processes may watch, and none need be in time: the
state of a hit follows from the clock, whether or not anyone has noticed it yet.
"""

import asyncio
import math
from typing import Final

from gateway.hits.rows import KeptHit
from gateway.hits.store import HitStore
from gateway.hits.transitions import HitTransitions
from shared.background import Job, repeat
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant

BATCH_SIZE: Final = 100
EVERY_SECONDS: Final = 1.0
# For what another process of the same gateway may have begun.
POLL_SECONDS: Final = 10.0


class DeadlineWatch:
    """The deadlines of one bureau."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._confirming = HitTransitions(bureau)
        self._earliest_due: int | None = None
        self._seen = -1
        self._looked = -math.inf

    async def run_once(self) -> float | None:
        """Note the deadlines that have passed; go on at once where there were any. Raises NotStored."""
        now = self._mailbox.now()
        due = await self._next()
        if due is None or due > now or not may_be_taken(self._bureau):
            return None
        hits = HitStore(self._mailbox.reading.session)
        overdue, untold = await hits.overdue(now, BATCH_SIZE), await hits.untold(now, BATCH_SIZE)
        # Committed together, but where one fails, without it.
        await asyncio.gather(
            *(self._expire(hit, now) for hit in overdue), *(self._escalate(hit, now) for hit in untold)
        )
        self._mailbox.changes.notify()
        return 0.0 if overdue or untold else None

    async def _next(self) -> int | None:
        """Return when a deadline passes next. Looks only where there may be another: a mailbox may have much to do."""
        version, at = self._mailbox.changes.version, asyncio.get_running_loop().time()
        if version != self._seen or at >= self._looked + POLL_SECONDS:
            self._earliest_due = await HitStore(self._mailbox.reading.session).earliest_due()
            self._seen, self._looked = version, at
        return self._earliest_due

    async def _expire(self, hit: KeptHit, now: int) -> None:
        async def expire(store: MailStore) -> None:
            await self._confirming.catch_up(store, hit, now)

        await self._mailbox.write(expire)

    async def _escalate(self, hit: KeptHit, now: int) -> None:
        async def escalate(store: MailStore) -> None:
            await self._confirming.escalate(store, hit, now)

        await self._mailbox.write(escalate)


async def watch_deadlines(mailbox: Mailbox, bureau: Participant) -> None:
    """Watch the deadlines of a bureau until cancelled."""
    deadlines = DeadlineWatch(mailbox, bureau)
    await repeat(Job(f"deadlines of {mailbox.bureau}", deadlines.run_once, every_seconds=EVERY_SECONDS), mailbox.log)
