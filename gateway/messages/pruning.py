"""Removes from a mailbox what is kept for a time alone, so that it does not grow with what nobody asks for any more.

That is: events, what came of telling webhooks of them, what a service has said, what was left of attachments whose
message did not come into being, and what others have registered. Never a message of a bureau, which is its archive;
nor one that has no `kept_until`, as a withdrawal, the receipts for which are its proof. Nothing depends on there being
one process alone that does it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from gateway.messages.mailbox import Mailbox
from gateway.messages.rules import KEPT_FOR, NotStored
from gateway.messages.store import MailStore
from gateway.messages.times import milliseconds_at
from shared.clock import Clock
from shared.periodic import each_by_itself

T = TypeVar("T")
Forget = Callable[[MailStore, datetime, int], Awaitable[int]]
"""Removes what is past its time now, up to so many rows, and returns how many that were."""

EVERY: Final = timedelta(hours=1)
# A message that a recipient has not signed for yet.
LOOKED_AT_AGAIN_AFTER: Final = timedelta(days=1)
# So that no transaction is long: whoever writes meanwhile waits for it.
TOGETHER: Final = 500
# Each goes with all that was noted of it.
LETTERS_TOGETHER: Final = 50
PAUSE_SECONDS: Final = 0.02


class Pruning:
    """Of one mailbox."""

    def __init__(
        self, mailbox: Mailbox, clock: Clock, turn: asyncio.Lock | None = None, more: Sequence[Forget] = ()
    ) -> None:
        """Those who share a `turn` prune one after the other. `more` is what others keep in the mailbox."""
        self._mailbox = mailbox
        self._clock = clock
        self._turn = turn or asyncio.Lock()
        self._more = more
        self._orphans: frozenset[tuple[str, str]] = frozenset()

    async def run(self) -> None:
        """Prune at once, and then every hour, until cancelled."""
        while True:
            begun = self._clock.now()
            try:
                async with self._turn:
                    await self.prune()
            except NotStored:
                # The mailbox has told the log.
                pass
            except Exception as error:
                self._mailbox.log.failure("pruning-failed", error, bureau=self._mailbox.bureau)
            await self._until_an_hour_after(begun)

    async def prune(self) -> None:
        """Remove all that need not be kept any more, each kind of it by itself. Raises NotStored."""
        now = self._clock.now()
        kinds: list[Callable[[datetime], Awaitable[None]]] = [
            self._prune_told,
            self._prune_past_letters,
            self._prune_orphans,
            *(partial(self._prune_more, forget) for forget in self._more),
        ]
        await each_by_itself(lambda prune: prune(now), kinds)

    async def _prune_told(self, now: datetime) -> None:
        before = milliseconds_at(now - KEPT_FOR)
        after = 0
        while old := await self._mailbox.reading.events.told_before(before, after, TOGETHER):
            await self._prune_events(old[0], old[-1], before)
            after = old[-1]

    async def _prune_past_letters(self, now: datetime) -> None:
        while past := await self._mailbox.reading.letters.past(milliseconds_at(now), LETTERS_TOGETHER):
            await self._write(partial(_prune_letters, past=past, now=now))

    async def _prune_more(self, forget: Forget, now: datetime) -> None:
        await self._all_of(partial(_forget, forget=forget, now=now))

    async def _prune_events(self, first: int, last: int, before: int) -> None:
        if skipped := await self._all_of(lambda store: store.webhooks.skip(first, last, TOGETHER)):
            self._mailbox.log.warning("webhook-events-skipped", bureau=self._mailbox.bureau, events=skipped)
        await self._all_of(lambda store: store.webhooks.remove_final(first, last, before, TOGETHER))
        await self._write(lambda store: store.events.remove(first, last))

    async def _prune_orphans(self, _now: datetime) -> None:
        # Attachments come before their message, but not by as long as it is from one time to the next. Its id says
        # nothing of when they came: its sender has chosen it.
        orphans = frozenset(await self._mailbox.reading.chunks.orphans())
        for sender, message_id in orphans & self._orphans:
            await self._write(partial(_drop_chunks, sender=sender, message_id=message_id))
        self._orphans = orphans - self._orphans

    async def _all_of(self, step: Callable[[MailStore], Awaitable[int]]) -> int:
        """Repeat a step for as long as it removes as much as may be removed together; return how much that was."""
        done, did = 0, TOGETHER
        while did == TOGETHER:
            did = await self._write(step)
            done += did
        return done

    async def _write(self, step: Callable[[MailStore], Awaitable[T]]) -> T:
        done = await self._mailbox.write(step)
        await asyncio.sleep(PAUSE_SECONDS)
        return done

    async def _until_an_hour_after(self, begun: datetime) -> None:
        while begun <= (now := self._clock.now()) < begun + EVERY:
            left = (begun + EVERY - now).total_seconds()
            await asyncio.sleep(min(left, self._clock.tick_seconds))


async def _prune_letters(store: MailStore, past: Sequence[int], now: datetime) -> None:
    """Remove messages that are past their time, and keep on those that somebody has not signed for."""
    waiting = await store.letters.waiting(past)
    await store.letters.keep_on(sorted(waiting), milliseconds_at(now + LOOKED_AT_AGAIN_AFTER))
    await store.letters.remove([number for number in past if number not in waiting])


async def _forget(store: MailStore, forget: Forget, now: datetime) -> int:
    return await forget(store, now, TOGETHER)


async def _drop_chunks(store: MailStore, sender: str, message_id: str) -> None:
    await store.chunks.drop(sender, message_id)
