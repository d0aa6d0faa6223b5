"""Removes from a mailbox what is kept for a limited time.

That is: events, their deliveries to webhooks, notifications of a service, what was left of attachments whose
message did not come into being, and what others have registered. Never a message of a bureau, which is its archive;
nor one that has no `kept_until`, as a withdrawal, the receipts for which are its proof. How much is removed is logged
before, and nothing is removed while the clock may be wrong: see `irreversible`. Nothing depends on there
being one process alone that does it.
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

T = TypeVar("T")
RemovePast = Callable[[MailStore, datetime, int], Awaitable[int]]
"""Removes what is past its time now, up to so many rows, and returns how many that were."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """What a mailbox keeps for a limited time."""

    what: str
    """In the log, such as `hits`."""

    table: sa.Table
    is_past: Callable[[datetime], sa.ColumnElement[bool]]
    """Returns the condition of the rows that are past their time."""

    forget: RemovePast | None = None
    """None for events, which go together with their deliveries to webhooks."""

    async def count(self, store: MailStore, now: datetime) -> tuple[int, int]:
        """Return how many rows are past their time, and how many are not: no more than it takes to judge of these."""
        is_past = self.is_past(now)
        [[past]] = await store.session.fetch(
            sa.select(sa.func.count()).select_from(self.table).where(is_past), in_thread=True
        )
        if not past:
            return 0, 0
        others = sa.select(sa.literal(1)).select_from(self.table).where(sa.not_(is_past)).limit(past * USUALLY_LEFT)
        [[left]] = await store.session.fetch(sa.select(sa.func.count()).select_from(others.subquery()), in_thread=True)
        return past, left


EVERY: Final = timedelta(hours=1)
# A message that a recipient has not signed for yet.
LOOKED_AT_AGAIN_AFTER: Final = timedelta(days=1)
# So that no transaction is long: other writers wait for it.
BATCH_SIZE: Final = 500
# Each goes with all that was noted of it.
NOTIFICATION_BATCH_SIZE: Final = 50
PAUSE_SECONDS: Final = 0.02
# From when it is announced, and from when it was not to be removed yet.
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
        """Those who share a `turn` prune one after the other. `more` is what others keep in the mailbox."""
        self._mailbox = mailbox
        self._clock = clock
        self._may_be_taken = may_be_taken
        self._turn = turn or asyncio.Lock()
        kinds = (EVENTS, NOTIFICATIONS, *more)
        self._kinds = [(kept, Announcement(f"{kept.what} of {mailbox.bureau}", clock, mailbox.log)) for kept in kinds]
        self._orphans: frozenset[tuple[str, str]] = frozenset()
        self._next = clock.monotonic()

    async def run(self) -> None:
        """Prune at once, and then every hour, until cancelled."""
        # The mailbox logs what it cannot write.
        job = Job(f"pruning of {self._mailbox.bureau}", self.run_once, every_seconds=0.0, expected=(NotStored,))
        await repeat(job, self._mailbox.log)

    async def run_once(self) -> float:
        """Prune, an hour after the time before at the earliest, and as soon as that is allowed. Raises NotStored."""
        await wait_until(self._clock, self._next)
        await self._until_allowed()
        self._next = self._clock.monotonic() + EVERY.total_seconds()
        async with self._turn:
            await self.prune()
        return 0.0

    async def prune(self) -> None:
        """Announce what need not be kept any more, and remove it, each kind separately. Raises NotStored."""
        now = self._clock.now()
        await self._announce(now)
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

    async def _announce(self, now: datetime) -> None:
        for kept, announced in self._kinds:
            if not announced.stands:
                announced.make(*await kept.count(self._mailbox.reading, now))

    async def _prune(self, kept: RetentionRule, announced: Announcement, now: datetime) -> None:
        """Remove no more than was announced, and what one portion is more than that."""
        if kept.forget is None:
            await self._prune_told(announced, now)
            return
        while announced.left and (did := await self._write(partial(_forget, forget=kept.forget, now=now))):
            announced.note(did)
        announced.withdraw()

    async def _prune_told(self, announced: Announcement, now: datetime) -> None:
        before, after = milliseconds_at(now - RETENTION), 0
        while announced.left and (old := await self._mailbox.reading.events.told_before(before, after, BATCH_SIZE)):
            await self._prune_events(old[0], old[-1], before)
            after = old[-1]
            announced.note(len(old))
        announced.withdraw()

    async def _prune_events(self, first: int, last: int, before: int) -> None:
        if skipped := await self._all_of(lambda store: store.webhooks.skip(first, last, BATCH_SIZE)):
            self._mailbox.log.warning("webhook-events-skipped", bureau=self._mailbox.bureau, events=skipped)
        await self._all_of(lambda store: store.webhooks.remove_final(first, last, before, BATCH_SIZE))
        await self._write(lambda store: store.events.remove(first, last))

    async def _prune_orphans(self) -> None:
        # Attachments come before their message, but not by as long as it is from one time to the next. Its id says
        # nothing of when they came: its sender has chosen it.
        orphans = frozenset(await self._mailbox.reading.chunks.orphans())
        for sender, message_id in orphans & self._orphans:
            await self._write(partial(_drop_chunks, sender=sender, message_id=message_id))
        self._orphans = orphans - self._orphans

    async def _all_of(self, step: Callable[[MailStore], Awaitable[int]]) -> int:
        """Repeat a step for as long as it removes as much as may be removed together; return how much that was."""
        done, did = 0, BATCH_SIZE
        while did == BATCH_SIZE:
            did = await self._write(step)
            done += did
        return done

    async def _write(self, step: Callable[[MailStore], Awaitable[T]]) -> T:
        done = await self._mailbox.write(step)
        await asyncio.sleep(PAUSE_SECONDS)
        return done

    async def _until_allowed(self) -> None:
        while not self._may_be_taken():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(HELD_SECONDS)


async def _forget_notifications(store: MailStore, now: datetime, _limit: int) -> int:
    """Remove messages that are past their time, and keep on those that somebody has not signed for."""
    past = await store.notifications.past(milliseconds_at(now), NOTIFICATION_BATCH_SIZE)
    waiting = await store.notifications.waiting(past)
    await store.notifications.keep_on(sorted(waiting), milliseconds_at(now + LOOKED_AT_AGAIN_AFTER))
    await store.notifications.remove([number for number in past if number not in waiting])
    return len(past)


def _is_past_event(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition of old events, which are the first: no others are looked at."""
    later = sa.select(events.c.number).where(events.c.told > milliseconds_at(now - RETENTION))
    first = later.order_by(events.c.number).limit(1).scalar_subquery()
    behind = sa.select(sa.func.max(events.c.number) + 1).scalar_subquery()
    return events.c.number < sa.func.coalesce(first, behind)


EVENTS: Final = RetentionRule("events", events, _is_past_event)
NOTIFICATIONS: Final = RetentionRule(
    "notifications", messages, lambda now: messages.c.kept_until <= milliseconds_at(now), _forget_notifications
)


async def _forget(store: MailStore, forget: RemovePast, now: datetime) -> int:
    return await forget(store, now, BATCH_SIZE)


async def _drop_chunks(store: MailStore, sender: str, message_id: str) -> None:
    await store.chunks.drop(sender, message_id)
