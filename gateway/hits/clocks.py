"""Watches the clocks of one bureau's confirmations: one that runs out is noted, and the Secretariat told, once.

Each side reckons by itself, from what it holds. Nothing depends on there being one watch alone, nor on its being in
time: how a hit stands is told by the clock, whether or not anyone has noticed it yet.
"""

import asyncio
from typing import Final

from gateway.hits.confirming import Confirming
from gateway.hits.store import HitStore, KeptHit
from gateway.messages.mailbox import Mailbox
from gateway.messages.store import MailStore
from shared.participant import Participant

TOGETHER: Final = 100
# For what another process of the same gateway may have begun.
LOOK_SECONDS: Final = 10.0
FAILED_SECONDS: Final = 5.0


class ConfirmationClocks:
    """The clocks of one bureau."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._confirming = Confirming(bureau)

    async def run(self) -> None:
        """Watch the clocks until cancelled."""
        while True:
            seen = self._mailbox.changes.version
            try:
                if not await self.run_out():
                    await self._mailbox.changes.after(seen, await self._pause())
            except Exception as error:
                self._mailbox.log.failure("clocks-failed", error, bureau=self._mailbox.bureau)
                await asyncio.sleep(FAILED_SECONDS)

    async def run_out(self) -> bool:
        """Let those clocks run out whose time has come; tell whether there were any. Raises NotStored."""
        now = self._mailbox.now()
        hits = HitStore(self._mailbox.reading.session)
        due = await hits.earliest_due()
        if due is None or due > now:
            return False
        overdue = await hits.overdue(now, TOGETHER)
        # Committed together, but where one fails, without it.
        await asyncio.gather(*(self._expire(hit, now) for hit in overdue))
        self._mailbox.changes.notify()
        return bool(overdue)

    async def _expire(self, hit: KeptHit, now: int) -> None:
        async def expire(store: MailStore) -> None:
            await self._confirming.catch_up(store, hit, now)

        await self._mailbox.write(expire)

    async def _pause(self) -> float:
        due = await HitStore(self._mailbox.reading.session).earliest_due()
        if due is None:
            return LOOK_SECONDS
        return min(max((due - self._mailbox.now()) / 1000, 0.0), LOOK_SECONDS)


async def watch_clocks(mailbox: Mailbox, bureau: Participant) -> None:
    """Watch the clocks of a bureau until cancelled."""
    await ConfirmationClocks(mailbox, bureau).run()
