"""The store of traces on both databases: queries, state changes, withdrawals and retention."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any, Final, TypeVar

import pytest
from msgspec.structs import replace

from gateway.traces import tables
from gateway.traces.models import TraceQuery, TraceSide, TraceState
from gateway.traces.rows import FoundRecord, StoredRequest, StoredStep, StoredTrace
from gateway.traces.rules import TraceStatus
from gateway.traces.store import TraceStore
from gateway.traces.worker import RETENTION, RULE
from shared.mailbox.store import MailStore
from shared.protocol.payloads import TraceComment
from shared.storage import Database
from tests.conftest import NOW
from tests.gateway.messages.form_samples import AN_ID, FIREARM, TRACE_ANSWER, TRACE_REQUEST
from tests.stores import Tables

pytestmark = pytest.mark.both_databases

T = TypeVar("T")
AT: Final = int(NOW.timestamp() * 1000)
HOUR: Final = 3_600_000
FOUND: Final = FoundRecord(hit=AN_ID, service="firearms", kind="firearm", record=AN_ID, version=1)
_numbers = count(1)


def a_trace(state: str = "sent", due: int = AT + HOUR, **changed: Any) -> StoredTrace:
    plain: dict[str, Any] = {
        "id": f"0197a3c2-0000-7000-8000-{next(_numbers):012x}",
        "requester": "FR",
        "side": TraceSide.ASKED,
        "firearm": FIREARM,
        "purpose": "security-check",
        "stored": AT,
        "requests": 1,
        "asked": "DE",
        "status": TraceStatus(state=TraceState(state), due=due),
    }
    return StoredTrace(**(plain | changed))


class Kept:
    """The store of traces of a mailbox, with short ways to add rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reading = TraceStore(database.reading)

    async def write(self, work: Callable[[TraceStore], Awaitable[T]]) -> T:
        """Do something in a transaction."""
        async with self.database.writing(exclusive=True) as session:
            return await work(TraceStore(session))

    async def add(self, trace: StoredTrace) -> StoredTrace:
        """Add a trace with its first request."""
        request = StoredRequest(request=trace.requests, asked=trace.asked, thread=AN_ID, status=trace.status)
        return await self.write(lambda store: store.add(trace, request))

    async def listed(self, now: int = AT, **query: Any) -> list[str]:
        """Return the ids of the traces of a page."""
        return [trace.id for trace in await self.reading.page(TraceQuery.model_validate(query), now)]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of traces."""
    return (tables.TABLES,)


@pytest.fixture
def store(database: Database) -> Kept:
    return Kept(database)


async def test_a_trace_is_read_as_it_was_stored(store: Kept) -> None:
    """With its record, requests and messages."""
    trace = await store.add(a_trace(side=TraceSide.REQUESTER, found=FOUND))
    steps = [
        StoredStep(request=1, message=AN_ID, sender="FR", officer="fr.officer", signed=AT, form=form)
        for form in (TRACE_REQUEST, TRACE_ANSWER, TraceComment(trace=trace.id, number=1, text="Which year?"))
    ]
    for step in steps:
        await store.write(lambda kept, step=step: kept.add_step(trace, step))  # type: ignore[misc]
    assert await store.reading.find(trace.id) == trace
    assert await store.reading.steps(trace) == steps
    assert [each.status for each in await store.reading.requests(trace)] == [trace.status]


async def test_of_traces_with_one_id_that_of_this_bureau_comes_first(store: Kept) -> None:
    """Then the one that came first; by its requester each is found."""
    first = await store.add(a_trace(requester="KE"))
    second = await store.add(a_trace(id=first.id, requester="FR"))
    assert await store.reading.find(first.id) == first
    own = await store.add(a_trace(id=first.id, requester="DE", side=TraceSide.REQUESTER))
    assert await store.reading.find(first.id) == own
    assert [await store.reading.find(first.id, each) for each in ("KE", "FR", "IT")] == [first, second, None]


async def test_a_change_counts_once_and_shows_in_the_trace(store: Kept) -> None:
    """The second of two at the same time is told so; an earlier request does not change the state of the trace."""
    trace = await store.add(a_trace())
    [request] = await store.reading.requests(trace)
    accepted = replace(request.status, state=TraceState.ACCEPTED)
    assert await store.write(lambda kept: kept.save(trace, request, accepted))
    assert not await store.write(lambda kept: kept.save(trace, request, accepted))
    following = StoredRequest(request=2, asked="KE", thread=AN_ID, status=replace(request.status, due=AT + 2 * HOUR))
    after = await store.write(lambda kept: kept.add_request(trace, following))
    assert (after.requests, after.asked, after.status) == (2, "KE", following.status)
    late = replace(accepted, state=TraceState.REFUSED, late=True)
    assert await store.write(lambda kept: kept.save(after, replace(request, status=accepted), late))
    assert (await store.reading.find(trace.id)) == after
    assert [each.status for each in await store.reading.requests(trace)] == [late, following.status]


async def test_a_list_is_filtered_by_state_bureau_and_what_is_missed(store: Kept) -> None:
    """Newest first; what is missed follows from the time."""
    open_one = await store.add(a_trace())
    late = await store.add(a_trace("answered", asked="KE"))
    await store.write(lambda kept: _mark_late(kept, late))
    other = await store.add(a_trace(requester="KE", side=TraceSide.REQUESTER, stored=AT + 1))
    for query, now, expected in (
        ({}, AT, [other, late, open_one]),
        ({"missed": True}, AT, [late]),
        ({"missed": True}, AT + HOUR, [other, late, open_one]),
        ({"missed": False}, AT, [other, open_one]),
        ({"side": "requester"}, AT, [other]),
        ({"state": "answered"}, AT, [late]),
        ({"bureau": "KE"}, AT, [other, late]),
        ({"since": (NOW + timedelta(milliseconds=1)).isoformat()}, AT, [other]),
        ({"after": late.number}, AT, [open_one]),
    ):
        assert await store.listed(now, **query) == [each.id for each in expected], query


async def _mark_late(kept: TraceStore, trace: StoredTrace) -> None:
    [request] = await kept.requests(trace)
    await kept.save(trace, request, replace(request.status, late=True))


async def test_open_requests_and_comments_are_counted_by_sender(store: Kept) -> None:
    """Requests that this bureau made are none, nor those that have a final answer."""
    trace = await store.add(a_trace())
    await store.add(a_trace("accepted"))
    await store.add(a_trace("refused"))
    await store.add(a_trace(side=TraceSide.REQUESTER))
    await store.add(a_trace(requester="KE"))
    assert [await store.reading.open_requests(each) for each in ("FR", "KE", "IT")] == [2, 1, 0]
    form = TraceComment(trace=trace.id, number=1, text="Which year?")
    step = StoredStep(request=1, message=AN_ID, sender="FR", officer="fr.officer", signed=AT, form=form)
    await store.write(lambda kept: kept.add_step(trace, step))
    assert [await store.reading.comments(trace, number, by) for number, by in ((1, "FR"), (1, "DE"), (2, "FR"))] == [
        1,
        0,
        0,
    ]


async def test_requests_are_escalated_when_their_time_has_come_once(store: Kept) -> None:
    """The longest waiting first; of two processes one does so, and later rows are not read before."""
    first, second = [await store.add(a_trace(side=TraceSide.REQUESTER)) for _ in range(2)]
    assert await store.reading.earliest_escalation() is None
    for trace, at in ((first, AT + 2), (second, AT + 1)):
        following = StoredRequest(request=2, asked="KE", thread=AN_ID, status=trace.status, escalate_at=at)
        await store.write(lambda kept, trace=trace, following=following: kept.add_request(trace, following))  # type: ignore[misc]
    assert await store.reading.earliest_escalation() == AT + 1
    assert await store.reading.to_escalate(AT, 10) == []
    waiting = await store.reading.to_escalate(AT + 2, 10)
    assert [(trace.id, request.request) for trace, request in waiting] == [(second.id, 2), (first.id, 2)]
    trace, request = waiting[0]
    for expected in (True, False):
        assert await store.write(lambda kept: kept.set_escalation(trace, request, None)) is expected
    assert [each.id for each, _ in await store.reading.to_escalate(AT + 2, 10)] == [first.id]


async def test_an_earlier_request_that_is_stored_later_does_not_become_the_latest(store: Kept) -> None:
    """As at the Secretariat, where a routine request is late after an urgent one that followed it."""
    trace = await store.add(a_trace("overdue", requests=3, side=TraceSide.SECRETARIAT))
    earlier = StoredRequest(request=1, asked="KE", thread=AN_ID, status=trace.status)
    assert await store.write(lambda kept: kept.add_request(trace, earlier)) == trace
    assert await store.reading.find(trace.id) == trace
    assert await store.reading.open_requests("FR", TraceSide.SECRETARIAT) == 2


async def test_a_withdrawn_record_is_forgotten_unless_the_trace_is_younger(store: Kept) -> None:
    """By its service; a withdrawal may be delayed on its way."""
    old = await store.add(a_trace(found=FOUND, side=TraceSide.REQUESTER))
    young = await store.add(a_trace(found=FOUND, side=TraceSide.REQUESTER, stored=AT + 10))
    for service, kept_by in (("notices", [FOUND, FOUND]), ("firearms", [None, FOUND])):
        await store.write(lambda kept, service=service: kept.forget_record(service, AN_ID, AT + 5))  # type: ignore[misc]
        read = [await store.reading.find(each.id) for each in (old, young)]
        assert [each and each.found for each in read] == kept_by


async def test_a_trace_is_removed_after_five_years_with_all_about_it(store: Kept, database: Database) -> None:
    """And not a moment before."""
    trace, remove = await store.add(a_trace()), RULE.remove
    assert remove is not None
    for at, removed in ((NOW + RETENTION - timedelta(seconds=1), 0), (NOW + RETENTION, 1)):
        async with database.writing(exclusive=True) as session:
            assert await remove(MailStore(session), at, 10) == removed
    assert await store.reading.find(trace.id) is None
    assert await store.reading.requests(trace) == []
