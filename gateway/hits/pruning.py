"""Removes hits from a mailbox at the end of their retention. The messages that brought them stay."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.hits.store import HitStore
from gateway.hits.tables import early_requests, hits, withdrawn
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.rules import MAX_VALIDITY
from shared.mailbox.times import milliseconds_at

# As long as a record is, of which nothing else is said.
RETENTION: Final = timedelta(days=5 * 365)
# What is for a hit that may be on its way still: longer than any message can be.
AWAITED_FOR: Final = MAX_VALIDITY + timedelta(days=1)


def _before(now: datetime, kept_for: timedelta) -> int:
    return milliseconds_at(now - kept_for)


RULES: Final = (
    # With all that was said about them, but none with a deadline that runs.
    RetentionRule(
        "hits",
        hits,
        lambda now: sa.and_(hits.c.stored <= _before(now, RETENTION), hits.c.due.is_(None)),
        lambda store, now, limit: HitStore(store.session).forget_hits(_before(now, RETENTION), limit),
    ),
    # Requests whose hit cannot come any more, as when a bureau has made it up.
    RetentionRule(
        "early requests",
        early_requests,
        lambda now: early_requests.c.signed <= _before(now, AWAITED_FOR),
        lambda store, now, limit: HitStore(store.session).forget_early_requests(_before(now, AWAITED_FOR), limit),
    ),
    # Where no earlier hit can come any more.
    RetentionRule(
        "withdrawals",
        withdrawn,
        lambda now: withdrawn.c.at <= _before(now, AWAITED_FOR),
        lambda store, now, limit: HitStore(store.session).forget_withdrawals(_before(now, AWAITED_FOR), limit),
    ),
)
