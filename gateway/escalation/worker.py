"""Watches the deadlines that one bureau waits for. What is done about one that passed is for its feature to say.

Several processes may watch, and none need be in time: that a deadline passed follows from the clock, whether or not
anyone has noticed it yet.
"""

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gateway.deadlines import MINUTE
from shared.background import Job, loop_time, repeat
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant

BATCH_SIZE: Final = 100
EVERY_SECONDS: Final = 1.0
# Another process of the same gateway may have begun a deadline.
POLL_SECONDS: Final = 10.0
# A bureau has not signed for a request: it may be offline for hours.
CHECK_AGAIN_AFTER: Final = MINUTE

Act = Callable[[MailStore], Awaitable[object]]
"""What is done about a deadline, in a transaction."""


class DeadlineWatch(ABC):
    """The deadlines of one bureau, of one feature."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._earliest_due: int | None = None
        self._seen = -1
        self._polled = -math.inf

    @abstractmethod
    async def earliest(self) -> int | None:
        """Return when a deadline passes next, or is to be looked at again."""

    @abstractmethod
    async def passed(self, now: int) -> Sequence[Act]:
        """Return what to do about those that have passed, at most `BATCH_SIZE` of a kind."""

    async def run_once(self) -> float | None:
        """Process the deadlines that have passed; go on at once where there were any. Raises NotStored."""
        now = self._mailbox.now()
        due = await self._next()
        if due is None or due > now or not may_be_taken(self._bureau):
            return None
        acts = await self.passed(now)
        # One transaction; one that fails is left out.
        await asyncio.gather(*map(self._mailbox.write, acts))
        self._mailbox.changes.notify()
        return 0.0 if acts else None

    async def _next(self) -> int | None:
        """Return when a deadline passes next. Queries only where there may be another: a mailbox may be busy."""
        version, at = self._mailbox.changes.version, loop_time()
        if version != self._seen or at >= self._polled + POLL_SECONDS:
            self._earliest_due = await self.earliest()
            self._seen, self._polled = version, at
        return self._earliest_due


async def watch(deadlines: DeadlineWatch, name: str, mailbox: Mailbox) -> None:
    """Watch deadlines until cancelled."""
    await repeat(Job(f"{name} of {mailbox.bureau}", deadlines.run_once, every_seconds=EVERY_SECONDS), mailbox.log)
