"""Finds in a mailbox the evidence for a step in a hit: what the service, the owner and this bureau have signed."""

from typing import Final

import msgspec
from sqlalchemy.engine import Row

from gateway.deadlines import MINUTE, is_over
from gateway.hits import rules
from gateway.hits.proofs import RECEIVED
from gateway.hits.rows import Claim, StoredHit, StoredStep, with_form
from gateway.hits.store import HitStore
from shared.crypto.ed25519 import encode_base64url
from shared.errors import Conflict
from shared.mailbox.models import Box
from shared.mailbox.rows import evidence_of, receipt_of
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, Escalation
from shared.rpc.participant import Participant

# The owner has not signed for a request: it may be offline for hours.
CHECK_AGAIN_AFTER: Final = MINUTE


class EscalationEvidence(msgspec.Struct, frozen=True):
    """What the Secretariat is sent, with its proofs, and what these prove."""

    form: Escalation
    claim: Claim


class EvidenceFinder:
    """Finds the evidence that one bureau has, in a transaction on its mailbox."""

    def __init__(self, store: MailStore, bureau: Participant) -> None:
        self._store = store
        self._bureau = bureau

    async def notice(self, hit: StoredHit) -> str:
        """Return the message by which the service notified of a hit. Raises Conflict where it is not here."""
        return await self._proof(hit.thread, Box.INBOX, hit.service)

    async def of_request(self, hit: StoredHit, now: int) -> EscalationEvidence | int | None:
        """Return what proves that the deadline of the latest request has passed; else when to check again."""
        hits = HitStore(self._store.session)
        step, asked = await latest_request(hits, hit)
        received = await self._received(step.message, hit.details.owner)
        if received is None:
            return now + CHECK_AGAIN_AFTER
        until = max(milliseconds(asked.due), received + rules.CONFIRMATION_DEADLINE[asked.urgency])
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
        return await self._proof(answer.message, Box.OUTBOX, self._bureau.name)

    async def _escalation(self, hit: StoredHit, asked: StoredStep, answer: StoredStep | None) -> Escalation:
        return Escalation(
            hit=hit.details.id,
            notice=await self.notice(hit),
            request=await self._proof(asked.message, Box.OUTBOX, self._bureau.name),
            answer=None if answer is None else await self._proof(answer.message, Box.INBOX, hit.details.owner),
        )

    async def _received(self, message_id: str, owner: str) -> int | None:
        row = await self._row(message_id, Box.OUTBOX, self._bureau.name)
        signed = (await self._store.receipts.by(row.number, owner)).values()
        times = [receipt_of(each).head.iat for each in signed if each.state in RECEIVED]
        return milliseconds(min(times)) if times else None

    async def _proof(self, message_id: str, box: Box, sender: str) -> str:
        row = await self._row(message_id, box, sender)
        return encode_base64url(await evidence_of(self._store, row, self._bureau.directory))

    async def _row(self, message_id: str, box: Box, sender: str) -> Row[object]:
        for row in await self._store.find(message_id):
            if (row.box, row.sender) == (box, sender):
                return row
        raise Conflict("what proves the hit is not in the boxes of your bureau")


async def latest_request(hits: HitStore, hit: StoredHit) -> tuple[StoredStep, ConfirmationRequest]:
    """Return the latest request for the confirmation of a hit, of which there is one."""
    return max(with_form(ConfirmationRequest, await hits.steps(hit)), key=lambda request: request[1].number)
