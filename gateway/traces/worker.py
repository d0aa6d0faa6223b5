"""Watches the deadlines of the traces of one bureau, informs the Secretariat of late answers, and prunes traces.

That a deadline is missed follows from the clock, whether or not anyone has noticed it: views and lists say so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.escalation.worker import BATCH_SIZE, Act, DeadlineWatch, watch
from gateway.traces.handlers import register_handlers
from gateway.traces.models import TraceSide
from gateway.traces.store import TraceStore
from gateway.traces.tables import traces
from gateway.traces.transitions import TraceTransitions
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at
from shared.rpc.participant import Participant

# As long as a hit.
RETENTION: Final = timedelta(days=5 * 365)


def register_traces(host: MailboxHost) -> None:
    """Register the handlers, the job and the retention rule of traces."""
    register_handlers(host.handlers)
    host.add_job("trace-deadlines", watch_deadlines)
    host.add_retention(RULE)


class TraceDeadlines(DeadlineWatch):
    """The deadlines of the requests of one bureau to trace a firearm."""

    async def earliest(self) -> int | None:
        """Return when a request is to be escalated next."""
        return await TraceStore(self._mailbox.reading.session).earliest_escalation()

    async def passed(self, now: int) -> Sequence[Act]:
        """Return what to do about requests that are to be escalated, and answers whose receipt is missing."""
        waiting = await TraceStore(self._mailbox.reading.session).to_escalate(now, BATCH_SIZE)
        transitions = TraceTransitions(self._bureau)
        checks = {TraceSide.REQUESTER: transitions.escalate, TraceSide.ASKED: transitions.show_receipt}
        return [partial(checks[trace.side], trace=trace, request=request, now=now) for trace, request in waiting]


async def watch_deadlines(mailbox: Mailbox, bureau: Participant) -> None:
    """Watch the deadlines of a bureau until cancelled."""
    await watch(TraceDeadlines(mailbox, bureau), "trace deadlines", mailbox)


def _is_past(now: datetime) -> sa.ColumnElement[bool]:
    return traces.c.stored <= milliseconds_at(now - RETENTION)


async def _remove(store: MailStore, now: datetime, limit: int) -> int:
    return await TraceStore(store.session).prune(_is_past(now), limit)


RULE: Final = RetentionRule("traces", traces, _is_past, _remove)
"""With all requests and messages about them; the messages themselves stay."""
