"""Handles messages about traces in the transaction that stores them: enters a request, applies what the other says.

The signer of a message may be hostile or wrong. What they may not say, or what does not fit, is logged and changes
nothing; the message itself is stored nevertheless. Nothing of what a message says is logged.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway.deadlines import is_as_agreed, is_time
from gateway.traces import rules
from gateway.traces.models import AnswerWord, TraceSide, TraceState
from gateway.traces.rows import StepForm, StoredRequest, StoredStep, StoredTrace
from gateway.traces.rules import TRACE_DEADLINE, TraceStatus
from gateway.traces.store import TraceStore
from shared.bureaus import MEMBERS, BureauCode
from shared.mailbox.handlers import PayloadHandler, PayloadHandlers
from shared.mailbox.rules import TOO_MANY_OPEN
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, milliseconds_at
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import TraceAnswer, TraceComment, TraceRequest, Withdrawal
from shared.rpc.participant import Participant


def register_handlers(handlers: PayloadHandlers) -> None:
    """Register what is done about the payloads of traces."""
    handlers.on("trace-request", _handler(on_request))
    handlers.on("trace-answer", _handler(on_answer))
    handlers.on("trace-comment", _handler(on_comment))
    handlers.on("withdrawal", _handler(on_withdrawal))
    handlers.require("trace-request", too_many)


class Ignored(Exception):
    """A message changes nothing; the text is the reason, for the log."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, the transaction that stores it, and the bureau that received it."""

    store: MailStore
    message: OpenedMessage
    bureau: Participant

    @property
    def traces(self) -> TraceStore:
        """The traces of the bureau."""
        return TraceStore(self.store.session)

    @property
    def sender(self) -> str:
        """Who signed the message."""
        return self.message.head.sender

    @property
    def signed(self) -> int:
        """When it was signed."""
        return milliseconds(self.message.head.iat)

    @property
    def thread(self) -> str:
        """The conversation that it belongs to."""
        return self.message.content.thread

    def step(self, form: StepForm) -> StoredStep:
        """Return the message as a step."""
        head, officer = self.message.head, self.message.content.officer
        return StoredStep(
            request=form.number, message=head.id, sender=head.sender, officer=officer, signed=self.signed, form=form
        )

    async def request(self, form: TraceAnswer | TraceComment) -> tuple[StoredTrace, StoredRequest]:
        """Return the request that a message of its other bureau is about. Raises Ignored."""
        # Of a trace that this bureau began, or of one in which the sender asks it.
        for requester in (self.bureau.name, self.sender):
            if trace := await self.traces.find(form.trace, requester):
                requests = {each.request: each for each in await self.traces.requests(trace)}
                request = requests.get(form.number)
                _require(request is not None, "unknown-request")
                assert request is not None  # noqa: S101 - required above
                other = request.asked if trace.side is TraceSide.REQUESTER else trace.requester
                _require(self.sender == other, "not-a-party")
                _require(self.thread == request.thread, "thread")
                return trace, request
        raise Ignored("unknown-trace")


def _handler(handle: Callable[[Arrival, Any], Awaitable[None]]) -> PayloadHandler:
    async def handler(store: MailStore, message: OpenedMessage, form: Any, _number: int, bureau: Participant) -> None:
        arrival = Arrival(store, message, bureau)
        try:
            await handle(arrival, form)
        except Ignored as ignored:
            about = {"sender": arrival.sender, "id": message.head.id, "reason": str(ignored)}
            bureau.log.warning("trace-step-ignored", bureau=bureau.name, **about)

    return handler


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Ignored(reason)


async def too_many(store: MailStore, message: OpenedMessage, _form: TraceRequest) -> str | None:
    """Refuse a request of a bureau of which so many wait for an answer: it is told, and so asks later."""
    waiting = await TraceStore(store.session).open_requests(message.head.sender)
    return TOO_MANY_OPEN if waiting >= rules.MAX_OPEN else None


async def on_request(arrival: Arrival, form: TraceRequest) -> None:
    """Enter a request to this bureau: of a trace of the sender, whatever others call theirs. Raises Ignored."""
    _require(arrival.sender in MEMBERS, "not-a-bureau")
    _require((fault := rules.fault_in_request(form)) is None, str(fault))
    _require(is_time(form.due), "times")
    due = milliseconds(form.due)
    _require(is_as_agreed(TRACE_DEADLINE, form.urgency, arrival.signed, due), "times")
    # The message itself begins the thread.
    _require(arrival.thread == arrival.message.head.id, "thread")
    traces, status = arrival.traces, TraceStatus(state=TraceState.SENT, due=due)
    request = StoredRequest(request=form.number, asked=arrival.bureau.name, thread=arrival.thread, status=status)
    trace = await traces.find(form.trace, arrival.sender)
    if trace is None:
        trace = await traces.add(_received(arrival, form, status), request)
    else:
        await _require_follows(traces, trace, form, arrival.signed)
        trace = await traces.add_request(trace, request)
    await traces.add_step(trace, arrival.step(form))


async def _require_follows(traces: TraceStore, trace: StoredTrace, form: TraceRequest, signed: int) -> None:
    """Require a further request of a trace: about the same firearm, once the one before it is answered or over."""
    _require(form.firearm == trace.firearm, "firearm")
    requests = await traces.requests(trace)
    _require(form.number > max(each.request for each in requests), "not-possible")
    over = trace.status.state in rules.FINAL or signed >= trace.status.due
    _require(over, "not-possible")


async def on_answer(arrival: Arrival, form: TraceAnswer) -> None:
    """Apply the answer of a bureau that this one has asked, on time or late, in whatever order. Raises Ignored."""
    trace, request = await arrival.request(form)
    _require(trace.side is TraceSide.REQUESTER, "not-a-party")
    _require((fault := rules.fault_in_answer(form, BureauCode(arrival.sender))) is None, str(fault))
    status = rules.answer_came(request.status, AnswerWord(form.answer), arrival.signed)
    if status is None or not await arrival.traces.save(trace, request, status):
        raise Ignored("not-possible")
    await arrival.traces.add_step(trace, arrival.step(form))


async def on_comment(arrival: Arrival, form: TraceComment) -> None:
    """Store a comment of the other bureau of a request, up to a limit. Raises Ignored."""
    trace, request = await arrival.request(form)
    made = await arrival.traces.comments(trace, request.request, arrival.sender)
    _require(made < rules.MAX_COMMENTS, "not-possible")
    await arrival.traces.add_step(trace, arrival.step(form))


async def on_withdrawal(arrival: Arrival, form: Withdrawal) -> None:
    """Forget which record traces follow, once it was withdrawn from this bureau. Raises Ignored."""
    _require(is_time(form.at) and form.service == arrival.sender, "service")
    if form.act != "corrected":
        await arrival.traces.forget_record(form.service, form.record, milliseconds(form.at))


def _received(arrival: Arrival, form: TraceRequest, status: TraceStatus) -> StoredTrace:
    return StoredTrace(
        id=form.trace,
        requester=arrival.sender,
        side=TraceSide.ASKED,
        firearm=form.firearm,
        purpose=arrival.message.head.purpose,
        stored=milliseconds_at(arrival.bureau.clock.now()),
        requests=form.number,
        asked=arrival.bureau.name,
        status=status,
    )
