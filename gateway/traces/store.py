"""Stores traces, their requests, and the messages about these. Never commits."""

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from gateway.struct_rows import columns_of
from gateway.traces import rules
from gateway.traces.models import TraceQuery, TraceSide, TraceState
from gateway.traces.rows import (
    StoredRequest,
    StoredStep,
    StoredTrace,
    request_of_row,
    request_row,
    step_of_row,
    step_row,
    trace_of_row,
    trace_row,
    with_form,
)
from gateway.traces.rules import TraceStatus
from gateway.traces.tables import trace_requests, trace_steps, traces
from shared.mailbox.times import milliseconds_at
from shared.protocol.payloads import TraceLink, TraceRequest
from shared.storage import Session

_OPEN: Final = (TraceState.SENT.value, TraceState.ACCEPTED.value, TraceState.OVERDUE.value)
_add: Final = sa.insert(traces).returning(traces.c.number)
_add_request: Final = sa.insert(trace_requests)
_add_step: Final = sa.insert(trace_steps)
_found: Final = sa.select(traces).where(traces.c.id == sa.bindparam("of"))
_of_trace: Final[sa.BindParameter[int]] = sa.bindparam("of_trace", type_=sa.BigInteger)
_requests: Final = (
    sa.select(trace_requests).where(trace_requests.c.trace == _of_trace).order_by(trace_requests.c.request)
)
_steps: Final = sa.select(trace_steps).where(trace_steps.c.trace == _of_trace).order_by(trace_steps.c.number)
# Only if nobody else has changed it.
_save: Final = (
    sa.update(trace_requests)
    .where(
        trace_requests.c.trace == _of_trace,
        trace_requests.c.request == sa.bindparam("of_request"),
        trace_requests.c.state == sa.bindparam("old_state"),
    )
    .values({name: sa.bindparam(f"new_{name}") for name in TraceStatus.__struct_fields__})
)
_save_trace: Final = (
    sa.update(traces)
    .where(traces.c.number == _of_trace)
    .values({name: sa.bindparam(f"new_{name}") for name in (*TraceStatus.__struct_fields__, "requests", "asked")})
)
_open: Final = sa.select(sa.func.count()).where(
    trace_requests.c.trace == traces.c.number,
    traces.c.requester == sa.bindparam("by"),
    traces.c.side == sa.bindparam("on_side"),
    trace_requests.c.state.in_(_OPEN),
)
_earliest: Final = sa.select(sa.func.min(trace_requests.c.escalate_at)).where(trace_requests.c.escalate_at.is_not(None))
_to_escalate: Final = (
    sa.select(trace_requests.c.trace.label("trace_number"), *trace_requests.c)
    .where(trace_requests.c.escalate_at <= sa.bindparam("now"))
    .order_by(trace_requests.c.escalate_at)
    .limit(sa.bindparam("at_most"))
)
_numbered: Final = sa.select(traces).where(traces.c.number.in_(sa.bindparam("numbers", expanding=True)))
_set_escalation: Final = (
    sa.update(trace_requests)
    .where(
        trace_requests.c.trace == _of_trace,
        trace_requests.c.request == sa.bindparam("of_request"),
        # What is NULL equals nothing.
        sa.func.coalesce(trace_requests.c.escalate_at, -1) == sa.bindparam("before"),
    )
    .values(escalate_at=sa.bindparam("new_at"))
)
_comments: Final = sa.select(sa.func.count()).where(
    trace_steps.c.trace == _of_trace,
    trace_steps.c.request == sa.bindparam("of_request"),
    trace_steps.c.sender == sa.bindparam("by"),
    trace_steps.c.kind == "trace-comment",
)
_forget_record: Final = (
    sa.update(traces)
    .where(
        traces.c.record == sa.bindparam("of_record"),
        traces.c.service == sa.bindparam("of_service"),
        traces.c.stored <= sa.bindparam("until"),
    )
    .values(found=None, service=None, record=None)
)


class TraceStore:
    """The traces of one bureau, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, trace: StoredTrace, request: StoredRequest) -> StoredTrace:
        """Store a new trace with its first request, and return it with its number."""
        [row] = await self._session.fetch(_add, trace_row(trace))
        await self._session.execute(_add_request, {"trace": row.number, **request_row(request)})
        return msgspec.structs.replace(trace, number=row.number)

    async def add_request(self, trace: StoredTrace, request: StoredRequest) -> StoredTrace:
        """Store a further request, and return the trace, whose state is that of its latest."""
        await self._session.execute(_add_request, {"trace": trace.number, **request_row(request)})
        if request.request < trace.requests:
            return trace
        return await self._latest(trace, request)

    async def find(self, trace_id: str, requester: str | None = None) -> StoredTrace | None:
        """Return a trace: of a requester, or that which this bureau began, or was asked in first."""
        found = [trace_of_row(row) for row in await self._session.fetch(_found, {"of": trace_id})]
        wanted = [trace for trace in found if requester in (None, trace.requester)]
        return min(wanted, key=lambda trace: (trace.side is TraceSide.ASKED, trace.number), default=None)

    async def page(self, query: TraceQuery, now: int) -> list[StoredTrace]:
        """Return one trace more than a page has, newest first."""
        wanted = sa.select(traces).where(*_conditions(query, now))
        newest_first = wanted.order_by(traces.c.number.desc()).limit(query.limit + 1)
        return [trace_of_row(row) for row in await self._session.fetch(newest_first, in_thread=True)]

    async def requests(self, trace: StoredTrace) -> list[StoredRequest]:
        """Return the requests of a trace, the first one first."""
        return [request_of_row(row) for row in await self._session.fetch(_requests, {"of_trace": trace.number})]

    async def steps(self, trace: StoredTrace) -> list[StoredStep]:
        """Return the messages about the requests of a trace, in the order in which they were stored."""
        return [step_of_row(row) for row in await self._session.fetch(_steps, {"of_trace": trace.number})]

    async def received(self, trace: StoredTrace, request: int) -> TraceLink | None:
        """Return the link of which a request told how the firearm came to the country that is asked."""
        requests = with_form(TraceRequest, await self.steps(trace))
        return next((form.received for _, form in requests if form.number == request), None)

    async def add_step(self, trace: StoredTrace, step: StoredStep) -> None:
        """Store a message about a request."""
        await self._session.execute(_add_step, {"trace": trace.number, **step_row(step)})

    async def save(self, trace: StoredTrace, request: StoredRequest, status: TraceStatus) -> bool:
        """Save the new status of a request; return whether its old one was as expected."""
        new = {f"new_{name}": value for name, value in columns_of(status).items()}
        of_request = {"of_trace": trace.number, "of_request": request.request}
        expected = {"old_state": request.status.state.value}
        if await self._session.execute(_save, {**of_request, **expected, **new}) != 1:
            return False
        if request.request == trace.requests:
            await self._latest(trace, msgspec.structs.replace(request, status=status))
        return True

    async def open_requests(self, requester: str, side: TraceSide = TraceSide.ASKED) -> int:
        """Return how many requests of a bureau wait for an answer: of this one, or as the Secretariat is informed."""
        [[count]] = await self._session.fetch(_open, {"by": requester, "on_side": side.value})
        return int(count)

    async def earliest_escalation(self) -> int | None:
        """Return when a request is to be escalated next."""
        [[earliest]] = await self._session.fetch(_earliest)
        return None if earliest is None else int(earliest)

    async def to_escalate(self, now: int, limit: int) -> list[tuple[StoredTrace, StoredRequest]]:
        """Return requests that are to be escalated by now, each with its trace, the longest waiting first."""
        rows = await self._session.fetch(_to_escalate, {"now": now, "at_most": limit})
        found = [(row.trace_number, request_of_row(row)) for row in rows]
        numbers = {"numbers": [number for number, _ in found]}
        held = {row.number: trace_of_row(row) for row in await self._session.fetch(_numbered, numbers)}
        return [(held[number], request) for number, request in found]

    async def set_escalation(self, trace: StoredTrace, request: StoredRequest, at: int | None) -> bool:
        """Record when to check again, None for never; return whether no other process has done so."""
        before = -1 if request.escalate_at is None else request.escalate_at
        of_request = {"of_trace": trace.number, "of_request": request.request, "before": before}
        return await self._session.execute(_set_escalation, {**of_request, "new_at": at}) == 1

    async def comments(self, trace: StoredTrace, request: int, by: str) -> int:
        """Return how many comments a bureau has made on a request."""
        [[count]] = await self._session.fetch(_comments, {"of_trace": trace.number, "of_request": request, "by": by})
        return int(count)

    async def forget_record(self, service: str, record: str, at: int) -> None:
        """Forget what record traces follow that were begun before it was withdrawn from this bureau.

        What was asked and answered stays: it is of the firearm, and not of the record.
        """
        await self._session.execute(_forget_record, {"of_record": record, "of_service": service, "until": at})

    async def prune(self, is_past: sa.ColumnElement[bool], limit: int) -> int:
        """Remove traces that are past their retention, up to a limit; return how many."""
        past = sa.select(traces.c.number).where(is_past).limit(limit)
        return await self._session.execute(sa.delete(traces).where(traces.c.number.in_(past)))

    async def _latest(self, trace: StoredTrace, request: StoredRequest) -> StoredTrace:
        new = {f"new_{name}": value for name, value in columns_of(request.status).items()}
        latest = {"new_requests": request.request, "new_asked": request.asked}
        await self._session.execute(_save_trace, {"of_trace": trace.number, **new, **latest})
        return msgspec.structs.replace(trace, requests=request.request, asked=request.asked, status=request.status)


def _conditions(query: TraceQuery, now: int) -> Sequence[sa.ColumnElement[bool]]:
    equal = {traces.c.side: query.side, traces.c.state: query.state}
    conditions = [column == str(value) for column, value in equal.items() if value is not None]
    if query.missed is not None:
        # As `rules.is_missed` has it.
        final = [state.value for state in rules.FINAL]
        is_open = sa.and_(traces.c.state.not_in(final), traces.c.due <= now)
        missed = sa.or_(sa.func.coalesce(traces.c.late, sa.false()), is_open)
        conditions.append(missed if query.missed else sa.not_(missed))
    if query.bureau is not None:
        conditions.append(sa.or_(traces.c.requester == query.bureau, traces.c.asked == query.bureau))
    if query.since is not None:
        conditions.append(traces.c.stored >= milliseconds_at(query.since))
    if query.after is not None:
        conditions.append(traces.c.number < query.after)
    return conditions
