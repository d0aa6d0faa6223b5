"""Handles messages about traces in the transaction that stores them: enters a request, applies what the other says.

The signer of a message may be hostile or wrong. What they may not say, or what does not fit, is logged and changes
nothing; the message itself is stored nevertheless. Nothing of what a message says is logged.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.deadlines import is_time
from gateway.escalation.proofs import OUT_OF_TURN, is_proven_late
from gateway.traces import proofs, rules
from gateway.traces.models import AnswerWord, TraceSide, TraceState
from gateway.traces.proofs import ProvenLateRequest, ProvenTraceAnswer
from gateway.traces.rows import StepForm, StoredRequest, StoredStep, StoredTrace, with_form
from gateway.traces.rules import TraceStatus
from gateway.traces.store import TraceStore
from gateway.traces.transitions import TraceTransitions
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from shared.mailbox.handlers import PayloadHandler, PayloadHandlers
from shared.mailbox.rules import NOT_PROVEN, TOO_MANY_OPEN
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, milliseconds_at
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import TraceAnswer, TraceComment, TraceOverdue, TraceRequest, Withdrawal
from shared.rpc.participant import Participant


def register_handlers(handlers: PayloadHandlers) -> None:
    """Register what is done about the payloads of traces."""
    handlers.on("trace-request", _handler(on_request))
    handlers.on("trace-answer", _handler(on_answer))
    handlers.on("trace-comment", _handler(on_comment))
    handlers.on("trace-escalation", _handler(on_escalation))
    handlers.on("trace-overdue", _handler(on_overdue))
    handlers.on("trace-answer-proof", _handler(on_answer_proof))
    handlers.on("withdrawal", _handler(on_withdrawal))
    handlers.verify("trace-escalation", proofs.escalation)
    handlers.verify("trace-answer-proof", proofs.answer_proof)
    handlers.require("trace-request", refusal_of_request)
    handlers.require("trace-escalation", too_many_overdue)


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
    def now(self) -> int:
        """The time in milliseconds since 1970."""
        return milliseconds_at(self.bureau.clock.now())

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

    async def found(
        self, form: TraceOverdue | TraceAnswer, requester: str, side: TraceSide
    ) -> tuple[StoredTrace, StoredRequest]:
        """Return the request that a message of or to the Secretariat is about. Raises Ignored."""
        trace = await self.traces.find(form.trace, requester)
        if trace is None or trace.side is not side:
            raise Ignored("unknown-trace")
        requests = {each.request: each for each in await self.traces.requests(trace)}
        request = requests.get(form.number)
        if request is None or request.thread != self.thread:
            raise Ignored("unknown-request")
        return trace, request


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


def _require_valid(form: TraceAnswer, by: str, trace: StoredTrace, signed: int) -> None:
    fault = rules.fault_in_answer(form, BureauCode(by), trace.firearm, signed)
    _require(fault is None, str(fault))


async def refusal_of_request(store: MailStore, message: OpenedMessage, form: TraceRequest) -> str | None:
    """Return why a request is refused: a receipt for one that is not entered would make this bureau overdue.

    A bureau of which too many wait for an answer is told, and so asks later.
    """
    traces = TraceStore(store.session)
    if (fault := await _fault_in(traces, message, form)) is not None:
        return fault
    return TOO_MANY_OPEN if await traces.open_requests(message.head.sender) >= rules.MAX_OPEN else None


async def too_many_overdue(store: MailStore, message: OpenedMessage, _proven: ProvenLateRequest) -> str | None:
    """Refuse to be informed by a bureau of which so many requests are overdue."""
    overdue = await TraceStore(store.session).open_requests(message.head.sender, TraceSide.SECRETARIAT)
    return TOO_MANY_OPEN if overdue >= rules.MAX_OVERDUE else None


async def _fault_in(traces: TraceStore, message: OpenedMessage, form: TraceRequest) -> str | None:
    """Return why a request cannot be entered: of a trace of the sender, whatever others call theirs."""
    signed = milliseconds(message.head.iat)
    if message.head.sender not in MEMBERS:
        return NOT_PROVEN + "parties"
    # The message itself begins the thread.
    if message.content.thread != message.head.id or rules.fault_in_request(form, signed) is not None:
        return NOT_PROVEN + "request"
    if not rules.is_due_as_agreed(form, signed):
        return NOT_PROVEN + "clock"
    trace = await traces.find(form.trace, message.head.sender)
    if trace is None:
        return None
    if form.firearm != trace.firearm:
        return NOT_PROVEN + "request"
    # One at a time: once the request before it is answered or over.
    over = trace.status.state in rules.FINAL or signed >= trace.status.due
    return None if form.number > trace.requests and over else OUT_OF_TURN


async def on_request(arrival: Arrival, form: TraceRequest) -> None:
    """Enter a request to this bureau, of which `refusal_of_request` has found that it can be. Raises Ignored."""
    _require(arrival.bureau.name in MEMBERS, "not-a-bureau")
    traces, status = arrival.traces, TraceStatus(state=TraceState.SENT, due=milliseconds(form.due))
    request = StoredRequest(request=form.number, asked=arrival.bureau.name, thread=arrival.thread, status=status)
    trace = await traces.find(form.trace, arrival.sender)
    if trace is None:
        trace = await traces.add(_received(arrival, form, status), request)
    else:
        trace = await traces.add_request(trace, request)
    await traces.add_step(trace, arrival.step(form))


async def on_answer(arrival: Arrival, form: TraceAnswer) -> None:
    """Apply the answer of a bureau that this one has asked, on time or late, in whatever order. Raises Ignored."""
    trace, request = await arrival.request(form)
    _require(trace.side is TraceSide.REQUESTER, "not-a-party")
    _require_valid(form, arrival.sender, trace, arrival.signed)
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


async def on_escalation(arrival: Arrival, proven: ProvenLateRequest) -> None:
    """Store, at the Secretariat, that a request was not answered in time, once, and inform the bureau. Raises Ignored.

    What the requester wrote, who its officer is and what led to the bureau are in the message alone.
    """
    form, traces = proven.form, arrival.traces
    status = TraceStatus(state=TraceState.OVERDUE, due=proven.due)
    request = StoredRequest(request=form.number, asked=proven.asked, thread=proven.message, status=status)
    trace = await traces.find(form.trace, arrival.sender)
    if trace is None:
        trace = await traces.add(_late(arrival, proven, status), request)
    else:
        known = {each.request for each in await traces.requests(trace)}
        _require(form.number not in known and form.firearm == trace.firearm, "not-possible")
        trace = await traces.add_request(trace, request)
    asked = msgspec.structs.replace(form, remark="", received=None)
    step = StoredStep(
        request=form.number,
        message=proven.message,
        sender=arrival.sender,
        officer="",
        signed=proven.requested,
        form=asked,
    )
    await traces.add_step(trace, step)
    overdue = TraceOverdue(requester=arrival.sender, trace=form.trace, number=form.number, due=proven.due / 1000)
    await traces.add_step(trace, arrival.step(overdue))
    await TraceTransitions(arrival.bureau).inform_asked(arrival.store, trace, request, arrival.now)


async def on_overdue(arrival: Arrival, form: TraceOverdue) -> None:
    """Store that the Secretariat misses an answer of this bureau; show it the answer, now or once there is one."""
    _require(arrival.sender == SECRETARIAT and is_time(form.due), "not-the-secretariat")
    trace, request = await arrival.found(form, form.requester, TraceSide.ASKED)
    steps = [step for step in await arrival.traces.steps(trace) if step.request == form.number]
    _require(not with_form(TraceOverdue, steps), "not-possible")
    await arrival.traces.add_step(trace, arrival.step(form))
    await TraceTransitions(arrival.bureau).show_answer(arrival.store, trace, request, arrival.now)


async def on_answer_proof(arrival: Arrival, proven: ProvenTraceAnswer) -> None:
    """Store, at the Secretariat, which final answer a bureau proves that it has given, and not what it says."""
    form = proven.form
    trace, request = await arrival.found(form, proven.requester, TraceSide.SECRETARIAT)
    _require(request.asked == arrival.sender and request.thread == proven.thread, "not-a-party")
    # One that its requester ignores is no answer, whatever receipt it has.
    _require_valid(form, arrival.sender, trace, proven.answered)
    late = is_proven_late(request.status.due, proven.answered, proven.received)
    status = rules.answer_shown(request.status, AnswerWord(form.answer), late=late)
    if status is None or not await arrival.traces.save(trace, request, status):
        raise Ignored("not-possible")
    word = TraceAnswer(trace=form.trace, number=form.number, answer=form.answer)
    step = msgspec.structs.replace(arrival.step(word), officer="", signed=proven.answered)
    await arrival.traces.add_step(trace, step)


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
        stored=arrival.now,
        requests=form.number,
        asked=arrival.bureau.name,
        status=status,
    )


def _late(arrival: Arrival, proven: ProvenLateRequest, status: TraceStatus) -> StoredTrace:
    return StoredTrace(
        id=proven.form.trace,
        requester=arrival.sender,
        side=TraceSide.SECRETARIAT,
        firearm=proven.form.firearm,
        purpose=proven.purpose,
        stored=arrival.now,
        requests=proven.form.number,
        asked=proven.asked,
        status=status,
    )
