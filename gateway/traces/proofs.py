"""Checks the evidence files by which bureaus prove to the Secretariat that a trace is late. No input or output.

Each check raises PayloadRefused with a code, which goes back signed. See ADR 119.
"""

import msgspec

from gateway.deadlines import is_over
from gateway.escalation.proofs import ProofReader, first_receipt, not_proven, over_at
from gateway.traces import rules
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from shared.mailbox.times import milliseconds
from shared.protocol.evidence import VerifiedMessage
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import TraceAnswer, TraceAnswerProof, TraceEscalation, TraceRequest
from shared.rpc.participant import Participant


class ProvenLateRequest(msgspec.Struct, frozen=True):
    """A request whose time is over. Times are milliseconds since 1970."""

    form: TraceRequest
    message: str
    asked: BureauCode
    purpose: str
    requested: int
    due: int


class ProvenTraceAnswer(msgspec.Struct, frozen=True):
    """A final answer to a requester."""

    form: TraceAnswer
    requester: str
    thread: str
    answered: int
    received: int | None
    """When the requester signed its first receipt, where one is shown."""


def escalation(message: OpenedMessage, form: TraceEscalation, bureau: Participant) -> ProvenLateRequest:
    """Check the proof of a requester that the time for an answer is over. Raises PayloadRefused."""
    if bureau.name != SECRETARIAT:
        raise not_proven("recipient", "an escalation is for the Secretariat")
    found, request = ProofReader(bureau.directory).read(form.request, TraceRequest)
    _require_of_trace(message, found, request, form.trace)
    [asked] = found.recipients
    received = first_receipt(found, asked)
    if received is None:
        raise not_proven("receipt", "there is no receipt of the bureau for the request")
    due = over_at(request.due, received, request.urgency, rules.TRACE_DEADLINE)
    if not is_over(due, milliseconds(message.head.iat)):
        raise not_proven("clock", "the time for an answer is not over by the receipt of the bureau")
    head = found.head
    return ProvenLateRequest(request, head.id, BureauCode(asked), head.purpose, milliseconds(head.iat), due)


def _require_of_trace(message: OpenedMessage, found: VerifiedMessage, request: TraceRequest, trace: str) -> None:
    """Require a request of the sender to one bureau, as any that a bureau enters. Raises PayloadRefused."""
    requested = milliseconds(found.head.iat)
    if found.head.sender != message.head.sender or found.head.sender not in MEMBERS:
        raise not_proven("parties", "the request is not from the sender, a bureau of a country")
    if len(found.recipients) != 1 or found.recipients[0] not in MEMBERS:
        raise not_proven("parties", "the request is not to one bureau of a country")
    if request.trace != trace or {found.content.thread, message.content.thread} != {found.head.id}:
        raise not_proven("request", "the request is of another trace, or not in its thread")
    if rules.fault_in_request(request, requested) is not None:
        raise not_proven("request", "the request is not one that a bureau enters")
    if not rules.is_due_as_agreed(request, requested):
        raise not_proven("clock", "the request does not leave the bureau the agreed time")


def answer_proof(message: OpenedMessage, form: TraceAnswerProof, bureau: Participant) -> ProvenTraceAnswer:
    """Check the proof of a bureau that it has answered. Does NOT check that it was asked: see `handlers`.

    Raises PayloadRefused.
    """
    if bureau.name != SECRETARIAT:
        raise not_proven("recipient", "the proof of an answer is for the Secretariat")
    found, answer = ProofReader(bureau.directory).read(form.answer, TraceAnswer)
    if found.head.sender != message.head.sender or form.requester not in found.recipients:
        raise not_proven("parties", "the answer is not from the sender to the requester")
    if answer.trace != form.trace or answer.answer == "accepted":
        raise not_proven("answer", "it is of another trace, or no final answer")
    received = first_receipt(found, form.requester)
    thread, answered = found.content.thread, milliseconds(found.head.iat)
    return ProvenTraceAnswer(answer, form.requester, thread, answered, received)
