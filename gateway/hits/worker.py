"""Watches the deadlines of one bureau's confirmations, informs the Secretariat of each that passed, and prunes hits.

The Secretariat is informed as soon as it can be proven, which is when the owner's receipt for the request is as old as
the time allowed. Each side computes from what it has stored. Several processes may watch, and none need be in time: the
state of a hit follows from the clock, whether or not anyone has noticed it yet.
"""

import asyncio
import math
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.hits.handlers import register_handlers
from gateway.hits.store import HitStore
from gateway.hits.tables import early_requests, hits, withdrawn
from gateway.hits.transitions import HitTransitions
from shared.background import Job, loop_time, repeat
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.rules import MAX_VALIDITY
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant

BATCH_SIZE: Final = 100
EVERY_SECONDS: Final = 1.0
# Another process of the same gateway may have begun a deadline.
POLL_SECONDS: Final = 10.0

# As long as a record whose retention nothing else states.
RETENTION: Final = timedelta(days=5 * 365)
# A hit may still be on its way: longer than any message can be.
EARLY_RETENTION: Final = MAX_VALIDITY + timedelta(days=1)


def register_hits(host: MailboxHost) -> None:
    """Register the handlers, the job and the retention rules of hits."""
    register_handlers(host.handlers)
    host.add_job("deadlines", watch_deadlines)
    for rule in RETENTION_RULES:
        host.add_retention(rule)


class DeadlineWorker:
    """The deadlines of one bureau."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._transitions = HitTransitions(bureau)
        self._earliest_due: int | None = None
        self._seen = -1
        self._polled = -math.inf

    async def run_once(self) -> float | None:
        """Process the deadlines that have passed; go on at once where there were any. Raises NotStored."""
        now = self._mailbox.now()
        due = await self._next()
        if due is None or due > now or not may_be_taken(self._bureau):
            return None
        store = HitStore(self._mailbox.reading.session)
        overdue, waiting = await store.overdue(now, BATCH_SIZE), await store.to_escalate(now, BATCH_SIZE)
        # One transaction; a hit that fails is left out.
        catch_up, escalate, write = self._transitions.catch_up, self._transitions.escalate, self._mailbox.write
        await asyncio.gather(
            *(write(partial(catch_up, hit=hit, now=now)) for hit in overdue),
            *(write(partial(escalate, hit=hit, now=now)) for hit in waiting),
        )
        self._mailbox.changes.notify()
        return 0.0 if overdue or waiting else None

    async def _next(self) -> int | None:
        """Return when a deadline passes next. Queries only where there may be another: a mailbox may be busy."""
        version, at = self._mailbox.changes.version, loop_time()
        if version != self._seen or at >= self._polled + POLL_SECONDS:
            self._earliest_due = await HitStore(self._mailbox.reading.session).earliest_due()
            self._seen, self._polled = version, at
        return self._earliest_due


async def watch_deadlines(mailbox: Mailbox, bureau: Participant) -> None:
    """Watch the deadlines of a bureau until cancelled."""
    run_once = DeadlineWorker(mailbox, bureau).run_once
    await repeat(Job(f"deadlines of {mailbox.bureau}", run_once, every_seconds=EVERY_SECONDS), mailbox.log)


def _rule(what: str, stored: sa.Column[int], kept_for: timedelta, *only: sa.ColumnElement[bool]) -> RetentionRule:
    """Return the rule that removes rows some time after the time in a column. The messages that brought them stay."""

    async def remove(store: MailStore, now: datetime, limit: int) -> int:
        return await HitStore(store.session).prune(stored.table, is_past(now), limit)

    def is_past(now: datetime) -> sa.ColumnElement[bool]:
        return sa.and_(stored <= milliseconds_at(now - kept_for), *only)

    return RetentionRule(what, stored.table, is_past, remove)


RETENTION_RULES: Final = (
    # With all messages about them, but none whose deadline has not passed.
    _rule("hits", hits.c.stored, RETENTION, hits.c.due.is_(None)),
    # Requests whose hit cannot come any more, as when a bureau has made it up.
    _rule("early requests", early_requests.c.signed, EARLY_RETENTION),
    # No earlier hit can come any more.
    _rule("withdrawals", withdrawn.c.at, EARLY_RETENTION),
)
