"""Steps of traces: each step of this bureau, in one transaction with the message that informs the other bureau.

So wherever a process ends, the step and the message both exist, or neither does.
"""

import msgspec

from gateway.traces import rules
from gateway.traces.models import AnswerWord, TraceSide, TraceState
from gateway.traces.rows import StepForm, StoredRequest, StoredStep, StoredTrace
from gateway.traces.rules import TraceStatus
from gateway.traces.store import TraceStore
from shared.bureaus import BureauCode
from shared.errors import Conflict
from shared.identity import Caller
from shared.mailbox.models import AcceptedMessage
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.store import MailStore
from shared.mailbox.times import moment
from shared.protocol.payloads import TraceAnswer, TraceComment, TraceRequest, Urgency
from shared.rpc.participant import Participant


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

    async def comment(self, store: MailStore, of: OfRequest, form: TraceComment) -> None:
        """Comment on a request. Raises KeyNotValid, BureauSuspended."""
        await self._send(store, of, form, "Comment on a request to trace a firearm")

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
        request = StoredRequest(request=form.number, asked=trace.asked, thread=sent.id, status=trace.status)
        return request, self._step(form, sent, caller, at)

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
        await TraceStore(store.session).add_step(of.trace, self._step(form, sent, of.caller, of.at))

    def _step(self, form: StepForm, sent: AcceptedMessage, caller: Caller, at: int) -> StoredStep:
        return StoredStep(
            request=form.number,
            message=sent.id,
            sender=self._bureau.name,
            officer=caller.officer,
            signed=at,
            form=form,
        )


def new_status(now: int, urgency: Urgency) -> TraceStatus:
    """Return the status of a request that is made now."""
    return TraceStatus(state=TraceState.SENT, due=now + rules.TRACE_DEADLINE[urgency])
