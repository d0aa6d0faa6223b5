"""Removes from a mailbox what is past its retention.

That is: events with their deliveries to webhooks, notifications of a service, attachments whose message was never
stored, and what features have registered. Never a message of a bureau, which is its archive; nor one without
`kept_until`, such as a withdrawal, whose receipts are a proof. How much is removed is logged before, and nothing is
removed while the clock may be wrong: see `irreversible`. Several processes may do this at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import sqlalchemy as sa

from shared.background import Job, for_each, repeat, wait_until
from shared.clock import Clock
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import RETENTION, NotStored
from shared.mailbox.store import MailStore
from shared.mailbox.tables import events, messages
from shared.mailbox.times import milliseconds_at
from shared.rpc.irreversible import USUALLY_LEFT, Announcement, MayBeTaken
from shared.storage import count_split

T = TypeVar("T")
RemovePast = Callable[[MailStore, datetime, int], Awaitable[int]]
"""Removes up to so many rows that are past their retention now, and returns how many."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Something that a mailbox keeps for a limited time."""

    what: str
    """In the log, such as `hits`."""

    table: sa.Table
    is_past: Callable[[datetime], sa.ColumnElement[bool]]
    """Returns the condition of the rows that are past their retention."""

    remove: RemovePast | None = None
    """None for events, which go together with their deliveries to webhooks."""


EVERY: Final = timedelta(hours=1)
# Of a message that a recipient has not signed for yet.
RECHECK_AFTER: Final = timedelta(days=1)
# Small, as other writers wait for each transaction.
BATCH_SIZE: Final = 500
# Each with all of its rows.
NOTIFICATION_BATCH_SIZE: Final = 50
PAUSE_SECONDS: Final = 0.02
# From the announcement to the removal; and from one look whether removing is allowed to the next.
ANNOUNCED_SECONDS: Final = 1.0
HELD_SECONDS: Final = 1.0


class Pruner:
    """Removes what is past its retention from one mailbox."""

    def __init__(
        self,
        mailbox: Mailbox,
        clock: Clock,
        may_be_taken: MayBeTaken,
        turn: asyncio.Lock | None = None,
        more: Sequence[RetentionRule] = (),
    ) -> None:
        """Pruners that share a `turn` prune one after the other. `more` are the rules of features."""
        self._mailbox = mailbox
        self._clock = clock
        self._may_be_taken = may_be_taken
        self._turn = turn or asyncio.Lock()
        kinds = (EVENTS, NOTIFICATIONS, *more)
        self._kinds = [(kind, Announcement(f"{kind.what} of {mailbox.bureau}", clock, mailbox.log)) for kind in kinds]
        self._orphans: frozenset[tuple[str, str]] = frozenset()
        self._next = clock.monotonic()

    async def run(self) -> None:
        """Prune at once, and then every hour, until cancelled."""
        # The mailbox logs what it cannot write.
        job = Job(f"pruning of {self._mailbox.bureau}", self.run_once, every_seconds=0.0, expected=(NotStored,))
        await repeat(job, self._mailbox.log)

    async def run_once(self) -> float:
        """Prune an hour after the last time, or as soon as it is allowed. Raises NotStored."""
        await wait_until(self._clock, self._next)
        while not self._may_be_taken():  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(HELD_SECONDS)
        self._next = self._clock.monotonic() + EVERY.total_seconds()
        async with self._turn:
            await self.prune()
        return 0.0

    async def prune(self) -> None:
        """Announce what is past its retention, and remove it, each kind separately. Raises NotStored."""
        now, session = self._clock.now(), self._mailbox.reading.session
        for kind, announced in self._kinds:
            if not announced.stands:
                announced.make(*await count_split(session, kind.table, kind.is_past(now), USUALLY_LEFT))
        if any(announced.left for _, announced in self._kinds):
            await asyncio.sleep(ANNOUNCED_SECONDS)
        if not self._may_be_taken():
            for _, announced in self._kinds:
                announced.withdraw()
            return
        prunes: list[Callable[[], Awaitable[None]]] = [
            partial(self._prune, *kind, now) for kind in self._kinds if kind[1].left
        ]
        await for_each(lambda prune: prune(), [*prunes, self._prune_orphans])

    async def _prune(self, kind: RetentionRule, announced: Announcement, now: datetime) -> None:
        """Remove what was announced, and at most the rest of one batch more."""
        before, after, remove = milliseconds_at(now - RETENTION), 0, kind.remove
        events = self._mailbox.reading.events
        if remove is not None:
            while announced.left and (removed := await self._write(lambda store: remove(store, now, BATCH_SIZE))):
                announced.count(removed)
        else:
            while announced.left and (old := await events.added_before(before, after, BATCH_SIZE)):
                await self._prune_events(old[0], after := old[-1], before)
                announced.count(len(old))
        announced.withdraw()

    async def _prune_events(self, first: int, last: int, before: int) -> None:
        if skipped := await self._all_of(lambda store: store.webhooks.skip(first, last, BATCH_SIZE)):
            self._mailbox.log.warning("webhook-events-skipped", bureau=self._mailbox.bureau, events=skipped)
        await self._all_of(lambda store: store.webhooks.remove_final(first, last, before, BATCH_SIZE))
        await self._write(lambda store: store.events.remove(first, last))

    async def _prune_orphans(self) -> None:
        # Attachments arrive before their message, but by less than the time between two prunings. The id of the
        # message, which its sender chose, does not prove when they did.
        orphans = frozenset(await self._mailbox.reading.chunks.orphans())
        for orphan in orphans & self._orphans:
            await self._write(partial(_drop_chunks, orphan=orphan))
        self._orphans = orphans - self._orphans

    async def _all_of(self, step: Callable[[MailStore], Awaitable[int]]) -> int:
        """Repeat a step while it removes full batches; return how much it removed."""
        total = removed = await self._write(step)
        while removed == BATCH_SIZE:
            removed = await self._write(step)
            total += removed
        return total

    async def _write(self, step: Callable[[MailStore], Awaitable[T]]) -> T:
        done = await self._mailbox.write(step)
        await asyncio.sleep(PAUSE_SECONDS)
        return done


async def _remove_notifications(store: MailStore, now: datetime, _limit: int) -> int:
    """Remove messages that are past their retention, but keep those that a recipient may still sign for."""
    past = await store.notifications.past(milliseconds_at(now), NOTIFICATION_BATCH_SIZE)
    waiting = await store.notifications.waiting(past)
    await store.notifications.keep_on(sorted(waiting), milliseconds_at(now + RECHECK_AFTER))
    await store.notifications.remove([number for number in past if number not in waiting])
    return len(past)


def _is_past_event(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition of old events, which have the lowest numbers: no others are read."""
    later = sa.select(events.c.number).where(events.c.added > milliseconds_at(now - RETENTION))
    first = later.order_by(events.c.number).limit(1).scalar_subquery()
    behind = sa.select(sa.func.max(events.c.number) + 1).scalar_subquery()
    return events.c.number < sa.func.coalesce(first, behind)


EVENTS: Final = RetentionRule("events", events, _is_past_event)
NOTIFICATIONS: Final = RetentionRule(
    "notifications", messages, lambda now: messages.c.kept_until <= milliseconds_at(now), _remove_notifications
)


async def _drop_chunks(store: MailStore, orphan: tuple[str, str]) -> None:
    await store.chunks.drop(*orphan)
