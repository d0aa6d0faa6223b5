"""Forgets what a mailbox holds of hits when its time is over. The messages that brought it stay in the archive."""

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


def forget_in_time(host: MailboxHost) -> None:
    """Have what is past its time forgotten, for every bureau whose mail is handled from now on."""
    for kept in KEPT:
        host.forget(kept)


async def forget_hits(store: MailStore, now: datetime, limit: int) -> int:
    """Forget hits of which the bureau was told long ago, with what was said of them, but none whose clock runs."""
    return await HitStore(store.session).forget_hits(milliseconds_at(now - RETENTION), limit)


async def forget_early_requests(store: MailStore, now: datetime, limit: int) -> int:
    """Forget requests whose hit cannot come any more, as when a bureau has made it up."""
    return await HitStore(store.session).forget_early_requests(milliseconds_at(now - AWAITED_FOR), limit)


async def forget_withdrawals(store: MailStore, now: datetime, limit: int) -> int:
    """Forget that records were withdrawn, where no hit of before can come any more."""
    return await HitStore(store.session).forget_withdrawals(milliseconds_at(now - AWAITED_FOR), limit)


KEPT: Final = (
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
