"""Removes hits from a mailbox at the end of their retention. The messages that brought them stay."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.hits.store import HitStore
from gateway.hits.tables import early_requests, hits, withdrawn
from shared.mailbox.host import MailboxHost
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.rules import MAX_VALIDITY
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at

# As long as a record is, of which nothing else is said.
RETENTION: Final = timedelta(days=5 * 365)
# What is for a hit that may be on its way still: longer than any message can be.
AWAITED_FOR: Final = MAX_VALIDITY + timedelta(days=1)


def register_retention(host: MailboxHost) -> None:
    """Register the retention rules of hits."""
    for rule in RULES:
        host.forget(rule)


async def forget_hits(store: MailStore, now: datetime, limit: int) -> int:
    """Remove hits past their retention, with all that was said about them, but none with a deadline that runs."""
    return await HitStore(store.session).forget_hits(milliseconds_at(now - RETENTION), limit)


async def forget_early_requests(store: MailStore, now: datetime, limit: int) -> int:
    """Remove requests whose hit cannot come any more, as when a bureau has made it up."""
    return await HitStore(store.session).forget_early_requests(milliseconds_at(now - AWAITED_FOR), limit)


async def forget_withdrawals(store: MailStore, now: datetime, limit: int) -> int:
    """Remove withdrawals, where no earlier hit can come any more."""
    return await HitStore(store.session).forget_withdrawals(milliseconds_at(now - AWAITED_FOR), limit)


RULES: Final = (
    RetentionRule(
        "hits",
        hits,
        lambda now: sa.and_(hits.c.stored <= milliseconds_at(now - RETENTION), hits.c.due.is_(None)),
        forget_hits,
    ),
    RetentionRule(
        "early requests",
        early_requests,
        lambda now: early_requests.c.signed <= milliseconds_at(now - AWAITED_FOR),
        forget_early_requests,
    ),
    RetentionRule(
        "withdrawals",
        withdrawn,
        lambda now: withdrawn.c.at <= milliseconds_at(now - AWAITED_FOR),
        forget_withdrawals,
    ),
)
