"""Steps of traces: each step of this bureau, in one transaction with the message that informs the other bureau.

So wherever a process ends, the step and the message both exist, or neither does.
"""

from typing import Any, Final

import msgspec

from gateway.deadlines import is_over
from gateway.escalation.evidence import OwnEvidence
from gateway.escalation.proofs import over_at
from gateway.escalation.worker import CHECK_AGAIN_AFTER
from gateway.traces import rules
from gateway.traces.models import AnswerWord, TraceSide, TraceState
from gateway.traces.rows import StepForm, StoredRequest, StoredStep, StoredTrace, with_form
from gateway.traces.rules import TraceStatus
from gateway.traces.store import TraceStore
from shared.bureaus import SECRETARIAT, BureauCode
from shared.errors import Conflict
from shared.identity import Caller
from shared.mailbox.models import AcceptedMessage
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, moment
from shared.protocol.payloads import (
    Form,
    TraceAnswer,
    TraceAnswerProof,
    TraceComment,
    TraceEscalation,
    TraceOverdue,
    TraceRequest,
    Urgency,
)
from shared.rpc.participant import Participant

# As the officer, where no person acts.
GATEWAY: Final = "gateway"


class OfRequest(msgspec.Struct, frozen=True):
    """The request that a step is about, who takes it, and the time that all of it refers to."""

    trace: StoredTrace
    request: StoredRequest
    caller: Caller
    at: int

    @property
    def other(self) -> BureauCode:
        """The other bureau of the request."""
        return BureauCode(self.trace.requester if self.trace.side is TraceSide.ASKED else self.request.asked)


class TraceTransitions:
    """Takes the steps of one bureau in traces."""

    def __init__(self, bureau: Participant) -> None:
        self._bureau = bureau

    async def begin(self, store: MailStore, trace: StoredTrace, form: TraceRequest, caller: Caller) -> None:
        """Begin a trace with its first request. Raises OwnAddress, KeyNotValid, BureauSuspended."""
        request, step = await self._ask(store, trace, form, caller)
        traces = TraceStore(store.session)
        await traces.add_step(await traces.add(trace, request), step)

    async def go_on(self, store: MailStore, trace: StoredTrace, form: TraceRequest, caller: Caller) -> None:
        """Ask the next bureau. Raises OwnAddress, KeyNotValid, BureauSuspended."""
        request, step = await self._ask(store, trace, form, caller)
        traces = TraceStore(store.session)
        await traces.add_step(await traces.add_request(trace, request), step)

    async def answer(self, store: MailStore, of: OfRequest, form: TraceAnswer) -> None:
        """Answer a request. Raises IllegalStep, Conflict, KeyNotValid, BureauSuspended."""
        status = rules.answer(of.request.status, AnswerWord(form.answer), of.at)
        if not await TraceStore(store.session).save(of.trace, of.request, status):
            raise Conflict("the request has changed meanwhile: get the trace again")
        await self._send(store, of, form, f"Answer to a request to trace a firearm: {form.answer}")
        await self.show_answer(store, of.trace, of.request, of.at)

    async def comment(self, store: MailStore, of: OfRequest, form: TraceComment) -> None:
        """Comment on a request. Raises KeyNotValid, BureauSuspended."""
        await self._send(store, of, form, "Comment on a request to trace a firearm")

    async def escalate(self, store: MailStore, trace: StoredTrace, request: StoredRequest, now: int) -> None:
        """Inform the Secretariat, once, that the time for an answer is over, as soon as signed messages prove it.

        Where the bureau that is asked has not signed for the request, check again later, as long as it may still come.
        """
        traces, evidence = TraceStore(store.session), OwnEvidence(store, self._bureau)
        steps = [step for step in await traces.steps(trace) if step.request == request.request]
        # As it is in this transaction: an answer may have come.
        request = next(each for each in await traces.requests(trace) if each.request == request.request)
        [(asked, form)] = with_form(TraceRequest, steps)
        if request.status.state in rules.FINAL or now > asked.signed + rules.ESCALATED_WITHIN:
            await traces.set_escalation(trace, request, None)
            return
        try:
            received = await evidence.received(asked.message, request.asked)
        except Conflict as missing:
            # Whatever became of this message: the worker goes on with all other deadlines.
            self._bureau.log.failure("escalation-not-proven", missing, bureau=self._bureau.name, trace=trace.id)
            received = None
        if received is None:
            await traces.set_escalation(trace, request, now + CHECK_AGAIN_AFTER)
            return
        due = over_at(form.due, received, form.urgency, rules.TRACE_DEADLINE)
        if not is_over(due, now):
            await traces.set_escalation(trace, request, due)
        elif await traces.set_escalation(trace, request, None):
            overdue = TraceOverdue(requester=trace.requester, trace=trace.id, number=request.request, due=due / 1000)
            proof = TraceEscalation(trace=trace.id, request=await evidence.sent(asked.message))
            subject = f"{request.asked} has not answered a request to trace a firearm in time"
            about = {"to": (SECRETARIAT,), "subject": subject, "urgency": form.urgency}
            sent = await enqueue(store, self._bureau, _payload(trace, request, proof, now, **about))
            await traces.add_step(trace, self._step(overdue, sent, GATEWAY, now))
            self._bureau.log.info("trace-escalated", bureau=self._bureau.name, trace=trace.id, asked=request.asked)

    async def inform_asked(self, store: MailStore, trace: StoredTrace, request: StoredRequest, now: int) -> None:
        """Inform the bureau asked, as the Secretariat, that its answer is proven to be late: it may show one."""
        form = TraceOverdue(
            requester=trace.requester, trace=trace.id, number=request.request, due=request.status.due / 1000
        )
        subject = f"{trace.requester} has no answer to its request to trace a firearm"
        about = {"to": (BureauCode(request.asked),), "subject": subject}
        await enqueue(store, self._bureau, _payload(trace, request, form, now, **about))

    async def show_answer(self, store: MailStore, trace: StoredTrace, request: StoredRequest, now: int) -> None:
        """Show the Secretariat what this bureau has answered, where it was informed that it had not.

        An answer that was signed in time is shown once more when the receipt of the requester has come.
        """
        traces, evidence = TraceStore(store.session), OwnEvidence(store, self._bureau)
        of_request = [each for each in await traces.steps(trace) if each.request == request.request]
        answers = [step for step, form in with_form(TraceAnswer, of_request) if form.answer != "accepted"]
        overdue = with_form(TraceOverdue, of_request)
        if answers and overdue:
            answer, due = answers[-1], milliseconds(overdue[-1][1].due)
            proof = await evidence.sent(answer.message)
            form = TraceAnswerProof(requester=trace.requester, trace=trace.id, answer=proof)
            subject = "What was answered on a request to trace a firearm"
            about = {"to": (SECRETARIAT,), "subject": subject}
            await enqueue(store, self._bureau, _payload(trace, request, form, now, **about))
            at = await evidence.receipt_due(answer.message, answer.signed, trace.requester, due, now)
            await traces.set_escalation(trace, request, at)

    async def show_receipt(self, store: MailStore, trace: StoredTrace, request: StoredRequest, now: int) -> None:
        """Show the Secretariat an answer once more if its receipt has come; otherwise look again later."""
        traces, evidence = TraceStore(store.session), OwnEvidence(store, self._bureau)
        steps = [step for step in await traces.steps(trace) if step.request == request.request]
        answer = [step for step, form in with_form(TraceAnswer, steps) if form.answer != "accepted"][-1]
        due = milliseconds(with_form(TraceOverdue, steps)[-1][1].due)
        try:
            at = await evidence.receipt_due(answer.message, answer.signed, trace.requester, due, now)
            is_come = await evidence.received(answer.message, trace.requester) is not None
        except Conflict as missing:
            # Whatever became of this message: the worker goes on with all other deadlines.
            self._bureau.log.failure("answer-not-proven", missing, bureau=self._bureau.name, trace=trace.id)
            at, is_come = None, False
        if await traces.set_escalation(trace, request, at) and is_come:
            await self.show_answer(store, trace, msgspec.structs.replace(request, escalate_at=None), now)

    async def _ask(
        self, store: MailStore, trace: StoredTrace, form: TraceRequest, caller: Caller
    ) -> tuple[StoredRequest, StoredStep]:
        at = trace.status.due - rules.TRACE_DEADLINE[form.urgency]
        payload = OutgoingPayload(
            at=moment(at),
            form=form,
            to=(BureauCode(trace.asked),),
            officer=caller.officer,
            purpose=caller.purpose,
            subject=f"Please trace a firearm: request {form.number}, {form.urgency}",
            urgency=form.urgency,
        )
        sent = await enqueue(store, self._bureau, payload)
        request = StoredRequest(
            request=form.number,
            asked=trace.asked,
            thread=sent.id,
            status=trace.status,
            escalate_at=trace.status.due,
        )
        return request, self._step(form, sent, caller.officer, at)

    async def _send(self, store: MailStore, of: OfRequest, form: TraceAnswer | TraceComment, subject: str) -> None:
        payload = OutgoingPayload(
            at=moment(of.at),
            form=form,
            to=(of.other,),
            officer=of.caller.officer,
            purpose=of.caller.purpose,
            subject=subject,
            thread=of.request.thread,
            in_reply_to=of.request.thread,
        )
        sent = await enqueue(store, self._bureau, payload)
        await TraceStore(store.session).add_step(of.trace, self._step(form, sent, of.caller.officer, of.at))

    def _step(self, form: StepForm, sent: AcceptedMessage, officer: str, at: int) -> StoredStep:
        return StoredStep(
            request=form.number,
            message=sent.id,
            sender=self._bureau.name,
            officer=officer,
            signed=at,
            form=form,
        )


def new_status(now: int, urgency: Urgency) -> TraceStatus:
    """Return the status of a request that is made now."""
    return TraceStatus(state=TraceState.SENT, due=now + rules.TRACE_DEADLINE[urgency])


def _payload(trace: StoredTrace, request: StoredRequest, form: Form, now: int, **more: Any) -> OutgoingPayload:
    """Return a payload about a request, from the gateway and no officer."""
    return OutgoingPayload(
        at=moment(now), form=form, officer=GATEWAY, purpose=trace.purpose, thread=request.thread, **more
    )
