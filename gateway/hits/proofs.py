"""Checks what a bureau shows to prove what it says of a hit: evidence files of what others signed. No input or output.

Who says something of a hit may have made it up. So what counts is what the service, the owner and the finder have
signed themselves, by the keys as the directory knows them now.

Each check raises FormRefused with a code, which goes back signed.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from gateway.hits import rules
from gateway.hits.models import OwnerAnswer
from gateway.hits.rows import Claim
from shared.bureaus import SECRETARIAT
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.disclosure import FOUND_LATER
from shared.mailbox.handlers import PayloadRefused
from shared.mailbox.rules import NOT_PROVEN
from shared.mailbox.times import milliseconds
from shared.protocol import evidence, payloads
from shared.protocol.evidence import Findings, VerifiedMessage
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import (
    AnswerProof,
    ConfirmationAnswer,
    ConfirmationRequest,
    Escalation,
    Form,
    HitNote,
    HitsNotice,
)
from shared.rpc.participant import Participant

# Why a bureau refuses a request that is made while the deadline of another runs.
OUT_OF_TURN: Final = NOT_PROVEN + "turn"
# By what a bureau signs that a request has reached it.
RECEIVED: Final = frozenset({"delivered", "read"})


class ProvenHit(msgspec.Struct, frozen=True):
    """A hit as its service signed it."""

    service: str
    note: HitNote
    thread: str


class ProvenAsking(msgspec.Struct, frozen=True):
    """A request for confirmation, with the hit where the request proves it."""

    form: ConfirmationRequest
    hit: ProvenHit | None


class ProvenRequest(msgspec.Struct, frozen=True):
    """A request that the owner has signed for. Times are milliseconds since 1970."""

    form: ConfirmationRequest
    asked: int
    until: int
    """When the time for an answer was over, by the request as well as by the owner's receipt."""


class ProvenAnswer(msgspec.Struct, frozen=True):
    """What the owner has answered. Times are milliseconds since 1970."""

    form: ConfirmationAnswer
    thread: str
    to: tuple[str, ...]
    received: Mapping[str, int]
    """When each of them signed for it first, where a receipt is shown."""


class ProvenEscalation(msgspec.Struct, frozen=True):
    """That a deadline passed, and what the owner has said since."""

    hit: ProvenHit
    claim: Claim


def written(proof: bytes) -> str:
    """Return an evidence file as a form carries it."""
    return encode_base64url(proof)


F = TypeVar("F", bound=Form)


# --- what a form proves as a whole


def asking(message: OpenedMessage, form: ConfirmationRequest, bureau: Participant) -> ProvenAsking:
    """Check the hit that the finder shows to an owner who was not told of it. Raises FormRefused."""
    if form.proof is None:
        return ProvenAsking(form, None)
    hit = Proofs(bureau).hit(form.proof, form.hit)
    if (hit.note.owner, hit.note.finder) != (bureau.name, message.head.sender):
        raise _not_proven("parties", "the hit is one of other bureaus")
    return ProvenAsking(msgspec.structs.replace(form, proof=None), hit)


def escalation(message: OpenedMessage, form: Escalation, bureau: Participant) -> ProvenEscalation:
    """Check what the finder tells the Secretariat. Raises FormRefused."""
    if bureau.name != SECRETARIAT:
        raise _not_proven("recipient", "an escalation is for the Secretariat")
    proofs = Proofs(bureau)
    hit = proofs.hit(form.notice, form.hit)
    if hit.note.finder != message.head.sender:
        raise _not_proven("parties", "another bureau has found the record")
    if message.content.thread != hit.thread:
        raise _not_proven("hit", "it is not said in the thread of the hit")
    asked = proofs.request(form.request, hit)
    answered = None if form.answer is None else proofs.answer(form.answer, hit.note)
    claim = claim_of(hit, asked, answered)
    if not rules.is_over(milliseconds(claim.due), milliseconds(message.head.iat)):
        raise _not_proven("clock", "the time for an answer is not over by what the owner has signed")
    return ProvenEscalation(hit, claim)


def answer_proof(message: OpenedMessage, form: AnswerProof, bureau: Participant) -> ProvenAnswer:
    """Check what the owner shows the Secretariat of its own answer. Raises FormRefused.

    Does NOT check of which hit the sender is the owner: see `arrivals`.
    """
    if bureau.name != SECRETARIAT:
        raise _not_proven("recipient", "what was answered is shown to the Secretariat")
    return Proofs(bureau).own_answer(form.answer, form.hit, message.head.sender)


def claim_of(hit: ProvenHit, asked: ProvenRequest, answered: ProvenAnswer | None) -> Claim:
    """Return which deadline is claimed to have passed. Raises FormRefused where the answer is to another request."""
    said, until = None, asked.until
    if answered is not None:
        said = answered.form.answer
        # What the hit is stands for all requests; a promise is for the one to which it was given.
        is_to_it = said != "later" or answered.form.number == asked.form.number
        if answered.thread != hit.thread or not is_to_it:
            raise _not_proven("answer", "the answer is to another request")
        if answered.form.at is not None:
            until = milliseconds(answered.form.at)
    return Claim(
        number=asked.form.number,
        urgency=asked.form.urgency,
        requested=asked.asked / 1000,
        due=until / 1000,
        answer=None if said == "later" else said,
    )


# --- each message that is shown


class Proofs:
    """The evidence that one bureau is shown, checked by the directory as it knows it."""

    def __init__(self, bureau: Participant) -> None:
        self._directory = bureau.directory

    def hit(self, proof: str, hit_id: str) -> ProvenHit:
        """Return a hit as the service told its finder. Raises FormRefused."""
        said, notice = self._read(proof, HitsNotice)
        entry = self._directory.entry_of(said.head.kid)
        if entry is None or entry.kind != "service" or notice.service != said.head.sender:
            raise _not_proven("service", "the hit is not signed by the service that is named")
        note = next((note for note in notice.hits if note.id == hit_id), None)
        if note is None or rules.fault_of(note) is not None:
            raise _not_proven("hit", "the service has told of another hit, or of none that can be")
        if note.finder not in said.recipients:
            raise _not_proven("parties", "the service has not told the finder")
        return ProvenHit(notice.service, note, said.head.id)

    def request(self, proof: str, hit: ProvenHit) -> ProvenRequest:
        """Return a request that the owner of a hit has received. Raises FormRefused."""
        said, form = self._read(proof, ConfirmationRequest)
        note, asked = hit.note, milliseconds(said.head.iat)
        if said.head.sender != note.finder or note.owner not in said.recipients:
            raise _not_proven("parties", "the request is not from the finder to the owner")
        if (form.hit, said.content.thread) != (note.id, hit.thread):
            raise _not_proven("hit", "the request is about another hit, or not in its thread")
        if note.how in FOUND_LATER and (form.proof is None or self.hit(form.proof, form.hit) != hit):
            raise _not_proven("hit", "the request did not tell the owner of the hit")
        if not rules.is_time(form.due) or not rules.is_due_as_agreed(form.urgency, asked, milliseconds(form.due)):
            raise _not_proven("clock", "the request leaves the owner another time than agreed")
        received = _first_receipt(said, note.owner)
        if received is None:
            raise _not_proven("receipt", "the owner has not signed that the request has reached it")
        until = max(milliseconds(form.due), received + rules.TERM[form.urgency])
        return ProvenRequest(form, asked, until)

    def answer(self, proof: str, note: HitNote) -> ProvenAnswer:
        """Return what the owner of a hit has answered to its finder. Raises FormRefused."""
        answered = self.own_answer(proof, note.id, note.owner)
        if note.finder not in answered.to:
            raise _not_proven("parties", "the answer is not to the finder")
        return answered

    def own_answer(self, proof: str, hit_id: str, owner: str) -> ProvenAnswer:
        """Return what a bureau has answered on a hit, whoever has found it. Raises FormRefused."""
        said, form = self._read(proof, ConfirmationAnswer)
        signed = milliseconds(said.head.iat)
        if said.head.sender != owner or form.hit != hit_id:
            raise _not_proven("answer", "it is not the owner's answer on this hit")
        if not rules.is_promise_as_agreed(OwnerAnswer(form.answer), signed, form.at):
            raise _not_proven("clock", "the answer promises what it may not")
        received = {to: at for to in said.recipients if (at := _first_receipt(said, to)) is not None}
        return ProvenAnswer(form, said.content.thread, said.recipients, received)

    def _read(self, proof: str, kind: type[F]) -> tuple[VerifiedMessage, F]:
        try:
            raw = decode_base64url(proof)
        except ValueError:
            raw = b""
        found = evidence.verify(raw, self._directory.root, known_entry=self._directory.entry_of)
        if found.message is None:
            raise _not_proven(_what_is_wrong(found), "the evidence does not hold: see `i247 evidence verify`")
        try:
            form = payloads.read(found.message.content.form or "", found.message.content.body)
        except ValueError as error:
            raise _not_proven("evidence", "the evidence is of a message in no form that is known") from error
        if not isinstance(form, kind):
            raise _not_proven("evidence", "the evidence is of a message in another form")
        return found.message, form


def _first_receipt(said: VerifiedMessage, bureau: str) -> int | None:
    """Return when a bureau signed first that a message has reached it."""
    signed = [milliseconds(each.iat) for each in said.receipts if each.sender == bureau and each.state in RECEIVED]
    return min(signed, default=None)


def _what_is_wrong(found: Findings) -> str:
    wrong = next(each for each in found.found if not each.ok)
    return "receipt" if wrong.check.startswith("receipt") else "evidence"


def _not_proven(what: str, detail: str) -> PayloadRefused:
    return PayloadRefused(NOT_PROVEN + what, detail)
