"""Registers the handlers and the retention rule of traces with the mailboxes of a gateway.

There is no watch of deadlines: that one is missed follows from the clock, and views and lists say so.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.traces.handlers import register_handlers
from gateway.traces.store import TraceStore
from gateway.traces.tables import traces
from shared.mailbox.host import MailboxHost
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at

# As long as a hit.
RETENTION: Final = timedelta(days=5 * 365)


def register_traces(host: MailboxHost) -> None:
    """Register the handlers and the retention rule of traces."""
    register_handlers(host.handlers)
    host.add_retention(RULE)


def _is_past(now: datetime) -> sa.ColumnElement[bool]:
    return traces.c.stored <= milliseconds_at(now - RETENTION)


async def _remove(store: MailStore, now: datetime, limit: int) -> int:
    return await TraceStore(store.session).prune(_is_past(now), limit)


RULE: Final = RetentionRule("traces", traces, _is_past, _remove)
"""With all requests and messages about them; the messages themselves stay."""
