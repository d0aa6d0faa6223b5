"""Finds in a mailbox the evidence for a step in a hit: what the service, the owner and this bureau have signed."""

from collections.abc import Sequence

import msgspec

from gateway.deadlines import is_over
from gateway.escalation.evidence import OwnEvidence
from gateway.escalation.proofs import over_at
from gateway.escalation.worker import CHECK_AGAIN_AFTER
from gateway.hits import rules
from gateway.hits.rows import Claim, StoredHit, StoredStep, with_form
from gateway.hits.store import HitStore
from shared.mailbox.models import Box
from shared.mailbox.times import milliseconds
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, Escalation


class EscalationEvidence(msgspec.Struct, frozen=True):
    """What the Secretariat is sent, with its proofs, and what these prove."""

    form: Escalation
    claim: Claim


class EvidenceFinder(OwnEvidence):
    """Finds the evidence about hits that one bureau has."""

    async def notice(self, hit: StoredHit) -> str:
        """Return the message by which the service notified of a hit. Raises Conflict where it is not here."""
        return await self.proof(hit.thread, Box.INBOX, hit.service)

    async def of_request(self, hit: StoredHit, now: int) -> EscalationEvidence | int | None:
        """Return what proves that the deadline of the latest request has passed; else when to check again."""
        hits = HitStore(self._store.session)
        step, asked = await latest_request(hits, hit)
        received = await self.received(step.message, hit.details.owner)
        if received is None:
            return now + CHECK_AGAIN_AFTER
        until = over_at(asked.due, received, asked.urgency, rules.CONFIRMATION_DEADLINE)
        answers = with_form(ConfirmationAnswer, await hits.steps(hit))
        promise = None
        if answers and answers[-1][1].number == hit.status.requests:
            promise, form = answers[-1]
            until = until if form.at is None else milliseconds(form.at)
        if not is_over(until, now):
            return until
        claim = Claim(number=asked.number, urgency=asked.urgency, requested=step.signed / 1000, due=until / 1000)
        return EscalationEvidence(await self._escalation(hit, step, promise), claim)

    async def of_answer(self, hit: StoredHit, claim: Claim) -> EscalationEvidence:
        """Return what proves what the owner has answered after all to the request of a claim, or to one before it."""
        steps = await HitStore(self._store.session).steps(hit)
        asked = next(step for step, form in with_form(ConfirmationRequest, steps) if form.number == claim.number)
        answer, _ = with_form(ConfirmationAnswer, steps)[-1]
        return EscalationEvidence(await self._escalation(hit, asked, answer), claim)

    async def own_answer(self, answer: StoredStep) -> str:
        """Return what proves what this bureau has answered."""
        return await self.sent(answer.message)

    async def receipt_of_answer(self, hit: StoredHit, steps: Sequence[StoredStep], now: int) -> int | None:
        """Return when to look again for the finder's receipt for the answer of this bureau; None for never."""
        answer, (_, claim) = answered(steps), with_form(Claim, steps)[-1]
        due = milliseconds(claim.due)
        return await self.receipt_due(answer.message, answer.signed, hit.details.finder, due, now)

    async def _escalation(self, hit: StoredHit, asked: StoredStep, answer: StoredStep | None) -> Escalation:
        return Escalation(
            hit=hit.details.id,
            notice=await self.notice(hit),
            request=await self.sent(asked.message),
            answer=None if answer is None else await self.proof(answer.message, Box.INBOX, hit.details.owner),
        )


def answered(steps: Sequence[StoredStep]) -> StoredStep:
    """Return the latest answer among the messages about a hit, of which there is one."""
    return with_form(ConfirmationAnswer, steps)[-1][0]


async def latest_request(hits: HitStore, hit: StoredHit) -> tuple[StoredStep, ConfirmationRequest]:
    """Return the latest request for the confirmation of a hit, of which there is one."""
    return max(with_form(ConfirmationRequest, await hits.steps(hit)), key=lambda request: request[1].number)
