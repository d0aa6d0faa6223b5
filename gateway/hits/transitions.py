"""Transitions of hits: each step of this bureau, in one transaction with the message that informs the other bureau.

So wherever a process ends, the step and the message both exist, or neither does.
"""

from typing import Any, Final

import msgspec

from gateway.escalation.proofs import is_proven_late
from gateway.hits import rules
from gateway.hits.evidence import EscalationEvidence, EvidenceFinder, answered, latest_request
from gateway.hits.models import HitSide, HitState, OwnerAnswer
from gateway.hits.proofs import ProvenHit
from gateway.hits.rows import Claim, StoredHit, StoredStep, with_form
from gateway.hits.rules import ConfirmationStatus
from gateway.hits.store import HitStore
from shared.bureaus import SECRETARIAT, BureauCode
from shared.disclosure import FOUND_LATER
from shared.errors import Conflict
from shared.identity import Caller
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, moment
from shared.protocol.payloads import AnswerProof, ConfirmationAnswer, ConfirmationRequest, Form, Overdue
from shared.rpc.participant import Participant

# As the officer, where no person acts.
GATEWAY: Final = "gateway"


class Transition(msgspec.Struct, frozen=True):
    """A step in a confirmation: the state that it leads to, and the time that all of it refers to."""

    hit: StoredHit
    status: ConfirmationStatus
    at: int


class HitTransitions:
    """Changes the state of the hits of one bureau."""

    def __init__(self, bureau: Participant) -> None:
        self._bureau = bureau
        self._code = BureauCode(bureau.name)

    async def catch_up(self, store: MailStore, hit: StoredHit, now: int) -> StoredHit:
        """Return a hit in its present state. If its deadline has passed, the finder informs the Secretariat, once."""
        status = rules.run_out(hit.status, now)
        if status is None:
            return hit
        if await HitStore(store.session).save(hit, status):
            self._bureau.log.info("confirmation-expired", bureau=self._code, hit=hit.details.id, side=hit.side)
            if hit.side is HitSide.FINDER:
                await self.escalate(store, hit, now)
        return msgspec.structs.replace(hit, status=status)

    async def escalate(self, store: MailStore, hit: StoredHit, now: int) -> None:
        """Inform the Secretariat, once, that a deadline has passed, as soon as signed messages prove it.

        Where the owner has not signed for the request, its deadline cannot be proven: try again later. A request to the
        Secretariat itself, in the place of a suspended owner, is not escalated.
        """
        hits = HitStore(store.session)
        if (await latest_request(hits, hit))[1].instead_of_owner:
            await hits.retry_escalation(hit, at=None)
            return
        try:
            found = await EvidenceFinder(store, self._bureau).of_request(hit, now)
        except Conflict as missing:
            # Whatever became of this message: the worker goes on with all other deadlines.
            self._bureau.log.failure("escalation-not-proven", missing, bureau=self._code, hit=hit.details.id)
            found = None
        if isinstance(found, EscalationEvidence):
            if await hits.claim_escalation(hit):
                await self._report(store, hit, found, now)
        else:
            await hits.retry_escalation(hit, at=found)

    async def ask(self, store: MailStore, transition: Transition, form: ConfirmationRequest, caller: Caller) -> None:
        """Ask for confirmation. Raises Conflict, KeyNotValid, BureauSuspended."""
        hit, sent = transition.hit, form
        if hit.details.how in FOUND_LATER or form.instead_of_owner:
            # The service has not informed the recipient.
            sent = msgspec.structs.replace(form, proof=await EvidenceFinder(store, self._bureau).notice(hit))
        subject = f"Please confirm a hit: {rules.ordinal(form.number)} request, {form.urgency}"
        to = rules.asked_bureau(form, BureauCode(hit.details.owner))
        payload = _payload(hit, sent, to, transition.at, subject, urgency=form.urgency, in_reply_to=hit.thread)
        await self._take_step(store, transition, form, payload, caller)

    async def answer(self, store: MailStore, transition: Transition, form: ConfirmationAnswer, caller: Caller) -> None:
        """Answer the finder's latest request. Raises Conflict, KeyNotValid, BureauSuspended."""
        hit = transition.hit
        step, asked = await latest_request(HitStore(store.session), hit)
        subject = f"Answer to the {rules.ordinal(form.number)} request to confirm a hit"
        about = {"urgency": asked.urgency, "in_reply_to": step.message}
        await self._take_step(
            store, transition, form, _payload(hit, form, hit.details.finder, transition.at, subject, **about), caller
        )
        await self.show_answer(store, hit, transition.at)

    async def report_answer(self, store: MailStore, hit: StoredHit, form: ConfirmationAnswer, now: int) -> None:
        """Show the Secretariat what the owner has answered, where it was informed that it had not."""
        steps = await HitStore(store.session).steps(hit)
        claims = with_form(Claim, steps)
        if claims and form.answer != "later":
            (answer, _), (_, before) = with_form(ConfirmationAnswer, steps)[-1], claims[-1]
            late = is_proven_late(milliseconds(before.due), answer.signed, now)
            claim = msgspec.structs.replace(before, answer=form.answer, late=late)
            await self._report(store, hit, await EvidenceFinder(store, self._bureau).of_answer(hit, claim), now)

    async def show_answer(self, store: MailStore, hit: StoredHit, now: int) -> None:
        """Show the Secretariat what this bureau has answered, where it was informed that it had not.

        An answer that was signed in time is shown once more when the receipt of the finder has come.
        """
        hits, evidence = HitStore(store.session), EvidenceFinder(store, self._bureau)
        steps = await hits.steps(hit)
        answers, claims = with_form(ConfirmationAnswer, steps), with_form(Claim, steps)
        if answers and claims:
            form = AnswerProof(hit=hit.details.id, answer=await evidence.own_answer(answers[-1][0]))
            await enqueue(store, self._bureau, _payload(hit, form, SECRETARIAT, now, "What was answered on a hit"))
            await hits.retry_escalation(hit, at=await evidence.receipt_of_answer(hit, steps, now))

    async def show_receipt(self, store: MailStore, hit: StoredHit, now: int) -> None:
        """Show the Secretariat an answer once more if its receipt has come; otherwise look again later."""
        hits, evidence = HitStore(store.session), EvidenceFinder(store, self._bureau)
        steps = await hits.steps(hit)
        try:
            at = await evidence.receipt_of_answer(hit, steps, now)
            is_come = await evidence.received(answered(steps).message, hit.details.finder) is not None
        except Conflict as missing:
            # Whatever became of this message: the worker goes on with all other deadlines.
            self._bureau.log.failure("answer-not-proven", missing, bureau=self._code, hit=hit.details.id)
            at, is_come = None, False
        await hits.retry_escalation(hit, at=at)
        if is_come:
            await self.show_answer(store, msgspec.structs.replace(hit, escalate_at=None), now)

    async def inform_owner(self, store: MailStore, hit: StoredHit, claim: Claim, now: int) -> None:
        """Inform the owner, as the Secretariat, that a deadline is proven to have passed: it may show its answer."""
        if hit.details.owner != SECRETARIAT:
            form = Overdue(hit=hit.details.id, number=claim.number, due=claim.due)
            which = rules.ordinal(claim.number)
            subject = f"{hit.details.finder} has no answer to its {which} request to confirm a hit"
            payload = _payload(hit, form, hit.details.owner, now, subject, urgency=claim.urgency)
            await enqueue(store, self._bureau, payload)

    async def _take_step(
        self,
        store: MailStore,
        transition: Transition,
        form: ConfirmationRequest | ConfirmationAnswer,
        payload: OutgoingPayload,
        caller: Caller,
    ) -> None:
        hits = HitStore(store.session)
        if not await hits.save(transition.hit, transition.status):
            raise Conflict("the hit has changed meanwhile: get it again")
        by_officer = msgspec.structs.replace(payload, officer=caller.officer, purpose=caller.purpose)
        sent = await enqueue(store, self._bureau, by_officer)
        late = bool(transition.status.late)
        step = StoredStep(message=sent.id, officer=caller.officer, signed=transition.at, form=form, late=late)
        await hits.add_step(transition.hit, step)

    async def _report(self, store: MailStore, hit: StoredHit, evidence: EscalationEvidence, now: int) -> None:
        hits, claim = HitStore(store.session), evidence.claim
        step = StoredStep(message="", officer=GATEWAY, signed=now, form=claim)
        if self._code == SECRETARIAT:
            await hits.add_step(hit, step)
            await enter_escalation(hits, ProvenHit(hit.service, hit.details, hit.thread), step, now)
            return
        owner, which = hit.details.owner, rules.ordinal(claim.number)
        late = f"{owner} has answered late the {which} request to confirm a hit"
        subject = late if claim.answer else f"{owner} has not answered the {which} request to confirm a hit"
        payload = _payload(hit, evidence.form, SECRETARIAT, now, subject, urgency=claim.urgency)
        sent = await enqueue(store, self._bureau, payload)
        await hits.add_step(hit, msgspec.structs.replace(step, message=sent.id))


def _payload(hit: StoredHit, form: Form, to: str, now: int, subject: str, **more: Any) -> OutgoingPayload:
    """Return a payload about a hit, by default from the gateway and no officer."""
    return OutgoingPayload(
        at=moment(now),
        form=form,
        to=(BureauCode(to),),
        officer=GATEWAY,
        purpose=hit.details.purpose,
        subject=subject,
        thread=hit.thread,
        **more,
    )


async def enter_escalation(hits: HitStore, proven: ProvenHit, step: StoredStep, now: int) -> StoredHit:
    """Store, at the Secretariat, that a deadline has passed, and the owner's answer since; return the hit."""
    claim = step.form
    assert isinstance(claim, Claim)  # noqa: S101 - escalations hold nothing else
    hit = await hits.find(proven.details.id, HitSide.SECRETARIAT)
    if hit is None:
        new = StoredHit(
            side=HitSide.SECRETARIAT,
            service=proven.service,
            # The condition may be meant for the two bureaus alone.
            details=msgspec.structs.replace(proven.details, other_condition=None),
            thread=proven.thread,
            stored=now,
            status=ConfirmationStatus(state=HitState.OVERDUE, requests=claim.number),
        )
        hit = await hits.add(new)
    answer = None if claim.answer is None else OwnerAnswer(claim.answer)
    await hits.save(hit, rules.escalation_came(rules.as_of(hit.status, now), claim.number, answer, late=claim.late))
    await hits.add_step(hit, step)
    return hit
