"""Checks the evidence files by which a bureau proves a step in a hit. No input or output.

The sender may have made everything up. Only what the service, the owner and the finder have signed counts, by the keys
that the directory has now. Each check raises PayloadRefused with a code, which goes back signed.
"""

from collections.abc import Mapping

import msgspec

from gateway.deadlines import is_over, is_time
from gateway.escalation.proofs import ProofReader, first_receipt, is_proven_late, not_proven, over_at
from gateway.hits import rules
from gateway.hits.models import OwnerAnswer
from gateway.hits.rows import Claim
from shared.bureaus import SECRETARIAT, BureauCode
from shared.disclosure import FOUND_LATER
from shared.mailbox.times import milliseconds
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import (
    AnswerProof,
    ConfirmationAnswer,
    ConfirmationRequest,
    Escalation,
    HitDetails,
    HitsNotice,
)
from shared.rpc.participant import Participant


class ProvenHit(msgspec.Struct, frozen=True):
    """A hit as its service signed it."""

    service: str
    details: HitDetails
    thread: str


class ProvenAsking(msgspec.Struct, frozen=True):
    """A request for confirmation, with the hit where the request proves it."""

    form: ConfirmationRequest
    hit: ProvenHit | None


class ProvenAnswer(msgspec.Struct, frozen=True):
    """An answer of the owner. Times are milliseconds since 1970."""

    form: ConfirmationAnswer
    thread: str
    answered: int
    to: tuple[str, ...]
    received: Mapping[str, int]
    """When each of them signed its first receipt, where one is shown."""


class ProvenEscalation(msgspec.Struct, frozen=True):
    """That a deadline passed, and the owner's answer since."""

    hit: ProvenHit
    claim: Claim


# --- payloads


def asking(message: OpenedMessage, form: ConfirmationRequest, bureau: Participant) -> ProvenAsking:
    """Check the hit that the finder proves to an owner that the service has not informed. Raises PayloadRefused.

    The Secretariat is asked in the place of an owner that is suspended, and of no other.
    """
    if form.proof is None:
        if form.instead_of_owner:
            raise not_proven("hit", "the request to the Secretariat does not prove the hit")
        return ProvenAsking(form, None)
    hit = Proofs(bureau.directory).hit(form.proof, form.hit)
    is_asked = rules.asked_bureau(form, BureauCode(hit.details.owner)) == bureau.name
    if not is_asked or hit.details.finder != message.head.sender:
        raise not_proven("parties", "the hit concerns other bureaus")
    if form.instead_of_owner:
        if bureau.directory.is_member(hit.details.owner, message.head.iat):
            raise not_proven("parties", "the owner is not suspended: ask the owner")
        # The condition may be meant for the two bureaus alone.
        hit = msgspec.structs.replace(hit, details=msgspec.structs.replace(hit.details, other_condition=None))
    return ProvenAsking(msgspec.structs.replace(form, proof=None), hit)


def escalation(message: OpenedMessage, form: Escalation, bureau: Participant) -> ProvenEscalation:
    """Check the proof of a finder that a deadline has passed. Raises PayloadRefused."""
    if bureau.name != SECRETARIAT:
        raise not_proven("recipient", "an escalation is for the Secretariat")
    proofs = Proofs(bureau.directory)
    hit = proofs.hit(form.notice, form.hit)
    if hit.details.finder != message.head.sender:
        raise not_proven("parties", "the sender has not found the record")
    if message.content.thread != hit.thread:
        raise not_proven("hit", "the escalation is not in the thread of the hit")
    claim = proofs.request(form.request, hit)
    if form.answer is not None:
        claim = _with_answer(claim, hit, proofs.answer(form.answer, hit.details))
    if not is_over(milliseconds(claim.due), milliseconds(message.head.iat)):
        raise not_proven("clock", "the time for an answer is not over by the receipt of the owner")
    return ProvenEscalation(hit, claim)


def answer_proof(message: OpenedMessage, form: AnswerProof, bureau: Participant) -> ProvenAnswer:
    """Check the proof of an owner that it has answered. Does NOT check that the sender owns the hit: see `handlers`.

    Raises PayloadRefused.
    """
    if bureau.name != SECRETARIAT:
        raise not_proven("recipient", "the proof of an answer is for the Secretariat")
    return Proofs(bureau.directory).own_answer(form.answer, form.hit, message.head.sender)


def _with_answer(claim: Claim, hit: ProvenHit, answered: ProvenAnswer) -> Claim:
    """Return a claim that states an answer of the owner. Raises PayloadRefused where it is to another request."""
    answer, at = answered.form.answer, answered.form.at
    # A final answer is valid for all requests, a promise for its own alone.
    is_to_it = answer != "later" or answered.form.number == claim.number
    if answered.thread != hit.thread or not is_to_it:
        raise not_proven("answer", "the answer is to another request")
    if at is not None:
        return msgspec.structs.replace(claim, due=milliseconds(at) / 1000)
    late = is_proven_late(milliseconds(claim.due), answered.answered, answered.received.get(hit.details.finder))
    return msgspec.structs.replace(claim, answer=answer, late=late)


# --- single messages


class Proofs(ProofReader):
    """Checks evidence about hits."""

    def hit(self, proof: str, hit_id: str) -> ProvenHit:
        """Return a hit as the service notified its finder of it. Raises PayloadRefused."""
        message, notice = self.read(proof, HitsNotice)
        entry = self._directory.entry_of(message.head.kid)
        if entry is None or entry.kind != "service" or notice.service != message.head.sender:
            raise not_proven("service", "the notice is not signed by the service that it names")
        details = next((details for details in notice.hits if details.id == hit_id), None)
        if details is None or rules.fault_of(details) is not None:
            raise not_proven("hit", "the notice is of another hit, or of an invalid one")
        if details.finder not in message.recipients:
            raise not_proven("parties", "the notice is not to the finder")
        return ProvenHit(notice.service, details, message.head.id)

    def request(self, proof: str, hit: ProvenHit) -> Claim:
        """Return the claim that the owner has not answered a request that it has received. Raises PayloadRefused.

        The time for an answer is over by the request and by the owner's receipt.
        """
        message, form = self.read(proof, ConfirmationRequest)
        details, asked = hit.details, milliseconds(message.head.iat)
        if message.head.sender != details.finder or details.owner not in message.recipients:
            raise not_proven("parties", "the request is not from the finder to the owner")
        if (form.hit, message.content.thread) != (details.id, hit.thread):
            raise not_proven("hit", "the request is about another hit, or not in its thread")
        if details.how in FOUND_LATER and (form.proof is None or self.hit(form.proof, form.hit) != hit):
            raise not_proven("hit", "the request did not inform the owner of the hit")
        if not is_time(form.due) or not rules.is_due_as_agreed(form.urgency, asked, milliseconds(form.due)):
            raise not_proven("clock", "the request does not leave the owner the agreed time")
        received = first_receipt(message, details.owner)
        if received is None:
            raise not_proven("receipt", "there is no receipt of the owner for the request")
        until = over_at(form.due, received, form.urgency, rules.CONFIRMATION_DEADLINE)
        return Claim(number=form.number, urgency=form.urgency, requested=asked / 1000, due=until / 1000)

    def answer(self, proof: str, details: HitDetails) -> ProvenAnswer:
        """Return what the owner of a hit has answered to its finder. Raises PayloadRefused."""
        answered = self.own_answer(proof, details.id, details.owner)
        if details.finder not in answered.to:
            raise not_proven("parties", "the answer is not to the finder")
        return answered

    def own_answer(self, proof: str, hit_id: str, owner: str) -> ProvenAnswer:
        """Return what a bureau has answered on a hit, to any finder. Raises PayloadRefused."""
        message, form = self.read(proof, ConfirmationAnswer)
        signed = milliseconds(message.head.iat)
        if message.head.sender != owner or form.hit != hit_id:
            raise not_proven("answer", "it is not the owner's answer on this hit")
        if not rules.is_promise_as_agreed(OwnerAnswer(form.answer), signed, form.at):
            raise not_proven("clock", "the answer promises a time that it may not")
        received = {to: at for to in message.recipients if (at := first_receipt(message, to)) is not None}
        return ProvenAnswer(form, message.content.thread, signed, message.recipients, received)
