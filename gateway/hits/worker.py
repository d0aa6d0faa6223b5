"""Watches the deadlines of one bureau's confirmations, informs the Secretariat of each that passed, and prunes hits.

The Secretariat is informed as soon as it can be proven, which is when the owner's receipt for the request is as old as
the time allowed. Each side computes from what it has stored.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.escalation.worker import BATCH_SIZE, Act, DeadlineWatch, watch
from gateway.hits.handlers import register_handlers
from gateway.hits.models import HitSide
from gateway.hits.store import HitStore
from gateway.hits.tables import early_requests, hits, withdrawn
from gateway.hits.transitions import HitTransitions
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.rules import MAX_VALIDITY
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at
from shared.rpc.participant import Participant

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


class DeadlineWorker(DeadlineWatch):
    """The deadlines of confirmations of one bureau."""

    async def earliest(self) -> int | None:
        """Return when a deadline passes next, or is to be escalated."""
        return await HitStore(self._mailbox.reading.session).earliest_due()

    async def passed(self, now: int) -> Sequence[Act]:
        """Return what to do about hits whose deadline has passed, and about those that are to be looked at again."""
        store, transitions = HitStore(self._mailbox.reading.session), HitTransitions(self._bureau)
        overdue, waiting = await store.overdue(now, BATCH_SIZE), await store.to_escalate(now, BATCH_SIZE)
        checks = {HitSide.FINDER: transitions.escalate, HitSide.OWNER: transitions.show_receipt}
        return [
            *(partial(transitions.catch_up, hit=hit, now=now) for hit in overdue),
            *(partial(checks[hit.side], hit=hit, now=now) for hit in waiting),
        ]


async def watch_deadlines(mailbox: Mailbox, bureau: Participant) -> None:
    """Watch the deadlines of a bureau until cancelled."""
    await watch(DeadlineWorker(mailbox, bureau), "deadlines", mailbox)


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
