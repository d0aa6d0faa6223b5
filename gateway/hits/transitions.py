"""Transitions of hits: each step of this bureau, in one transaction with the message that informs the other bureau.

So wherever a process ends, the step and the message both exist, or neither does.
"""

from typing import Final

import msgspec

from gateway.hits import rules
from gateway.hits.models import HitState, OwnerAnswer, Side
from gateway.hits.proofs import ProvenHit
from gateway.hits.rows import Claim, KeptHit, KeptStep
from gateway.hits.rules import Standing
from gateway.hits.showing import Showing, Shown, latest_request
from gateway.hits.store import HitStore
from shared.bureaus import SECRETARIAT, BureauCode
from shared.disclosure import FOUND_LATER
from shared.errors import Conflict
from shared.identity import Caller
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.store import MailStore
from shared.mailbox.times import moment
from shared.protocol.payloads import AnswerProof, ConfirmationAnswer, ConfirmationRequest, Form, Overdue, Urgency
from shared.rpc.participant import Participant

# In the place of an officer, where no person acts.
GATEWAY: Final = "gateway"


class Move(msgspec.Struct, frozen=True):
    """A step in a confirmation: what it leads to, at the one time from which all that is said of it is reckoned."""

    hit: KeptHit
    standing: Standing
    at: int


class HitTransitions:
    """Moves the hits of one bureau on."""

    def __init__(self, bureau: Participant) -> None:
        self._bureau = bureau
        self._code = BureauCode(bureau.name)

    async def catch_up(self, store: MailStore, hit: KeptHit, now: int) -> KeptHit:
        """Return a hit as it stands by now: if its deadline has passed, the finder tells the Secretariat so, once."""
        standing, due = rules.run_out(hit.standing, now), hit.standing.due
        if standing is None or due is None:
            return hit
        if await HitStore(store.session).save(hit, standing):
            self._bureau.log.info("confirmation-expired", bureau=self._code, hit=hit.note.id, side=hit.side)
            if hit.side is Side.FINDER:
                await self.escalate(store, hit, now)
        return msgspec.structs.replace(hit, standing=standing)

    async def escalate(self, store: MailStore, hit: KeptHit, now: int) -> None:
        """Tell the Secretariat, once, that a deadline has passed, as soon as what was signed proves it.

        Where the owner has not signed for the request, its deadline cannot be proven: the receipt is looked for again.
        """
        hits = HitStore(store.session)
        try:
            shown = await Showing(store, self._bureau).request(hit, now)
        except Conflict as missing:
            # Whatever became of the mailbox: all other deadlines are watched on.
            self._bureau.log.failure("escalation-not-proven", missing, bureau=self._code, hit=hit.note.id)
            shown = None
        if isinstance(shown, Shown):
            if await hits.defer(hit, None):
                await self._report(store, hit, shown, now)
        else:
            await hits.defer(hit, shown)

    async def ask(self, store: MailStore, move: Move, form: ConfirmationRequest, caller: Caller) -> None:
        """Ask the owner for confirmation. Raises Conflict, KeyNotValid, BureauSuspended."""
        statement = OutgoingPayload(
            at=moment(move.at),
            form=form,
            to=(BureauCode(move.hit.note.owner),),
            officer=caller.officer,
            purpose=caller.purpose,
            subject=f"Please confirm a hit: {rules.ordinal(form.number)} request, {form.urgency}",
            urgency=form.urgency,
            thread=move.hit.thread,
            in_reply_to=move.hit.thread,
        )
        shown = form if move.hit.note.how not in FOUND_LATER else await self._with_proof(store, move.hit, form)
        await self._say(store, move, form, msgspec.structs.replace(statement, form=shown))

    async def _with_proof(self, store: MailStore, hit: KeptHit, form: ConfirmationRequest) -> ConfirmationRequest:
        """Return a request that shows the owner the hit, of which the service has told it nothing."""
        return msgspec.structs.replace(form, proof=await Showing(store, self._bureau).notice(hit))

    async def answer(self, store: MailStore, move: Move, form: ConfirmationAnswer, caller: Caller) -> None:
        """Answer the finder's latest request. Raises Conflict, KeyNotValid, BureauSuspended."""
        step, asked = await latest_request(HitStore(store.session), move.hit)
        statement = OutgoingPayload(
            at=moment(move.at),
            form=form,
            to=(BureauCode(move.hit.note.finder),),
            officer=caller.officer,
            purpose=caller.purpose,
            subject=f"Answer to the {rules.ordinal(form.number)} request to confirm a hit",
            urgency=asked.urgency,
            thread=move.hit.thread,
            in_reply_to=step.message,
        )
        await self._say(store, move, form, statement)
        await self.rebut(store, move.hit, move.at)

    async def settle(self, store: MailStore, hit: KeptHit, form: ConfirmationAnswer, now: int) -> None:
        """Show the Secretariat what the owner has answered, where it was told before that it had not."""
        claims = [step.form for step in await HitStore(store.session).steps(hit) if isinstance(step.form, Claim)]
        if claims and form.answer != "later":
            shown = await Showing(store, self._bureau).answered(
                hit, msgspec.structs.replace(claims[-1], answer=form.answer)
            )
            await self._report(store, hit, shown, now)

    async def rebut(self, store: MailStore, hit: KeptHit, now: int) -> None:
        """Show the Secretariat what this bureau has answered, where that was told that it had not."""
        steps = await HitStore(store.session).steps(hit)
        answers = [step for step in steps if isinstance(step.form, ConfirmationAnswer)]
        if not answers or not any(isinstance(step.form, Claim) for step in steps):
            return
        proof = await Showing(store, self._bureau).own_answer(answers[-1])
        form = AnswerProof(hit=hit.note.id, answer=proof)
        await enqueue(store, self._bureau, self._statement(hit, form, SECRETARIAT, now, "What was answered on a hit"))

    async def _say(
        self, store: MailStore, move: Move, form: ConfirmationRequest | ConfirmationAnswer, statement: OutgoingPayload
    ) -> None:
        hits, late = HitStore(store.session), move.standing.late
        if not await hits.save(move.hit, move.standing):
            raise Conflict("the hit has changed meanwhile: get it again")
        sent = await enqueue(store, self._bureau, statement)
        step = KeptStep(message=sent.id, officer=statement.officer, signed=move.at, form=form, late=late)
        await hits.add_step(move.hit, step)

    async def _report(self, store: MailStore, hit: KeptHit, shown: Shown, now: int) -> None:
        hits, claim = HitStore(store.session), shown.claim
        if self._code == SECRETARIAT:
            own = KeptStep(message="", officer=GATEWAY, signed=now, form=claim)
            await hits.add_step(hit, own)
            await enter_escalation(hits, ProvenHit(hit.service, hit.note, hit.thread), own, now)
            return
        said = "answered late" if claim.answer else "not answered"
        subject = f"{hit.note.owner} has {said} the {rules.ordinal(claim.number)} request to confirm a hit"
        statement = self._statement(hit, shown.form, SECRETARIAT, now, subject, claim.urgency)
        sent = await enqueue(store, self._bureau, statement)
        await hits.add_step(hit, KeptStep(message=sent.id, officer=GATEWAY, signed=now, form=claim))

    async def tell_owner(self, store: MailStore, hit: KeptHit, claim: Claim, now: int) -> None:
        """Tell the owner, as the Secretariat, that a deadline is proven to have run out, for it to show its answer."""
        owner = BureauCode(hit.note.owner)
        if owner != SECRETARIAT:
            form = Overdue(hit=hit.note.id, number=claim.number, due=claim.due)
            subject = f"{hit.note.finder} has no answer to its {rules.ordinal(claim.number)} request to confirm a hit"
            await enqueue(store, self._bureau, self._statement(hit, form, owner, now, subject, claim.urgency))

    def _statement(
        self, hit: KeptHit, form: Form, to: BureauCode, now: int, subject: str, urgency: Urgency = "routine"
    ) -> OutgoingPayload:
        """Return what a gateway says about a hit, without an officer."""
        return OutgoingPayload(
            at=moment(now),
            form=form,
            to=(to,),
            officer=GATEWAY,
            purpose=hit.note.purpose,
            subject=subject,
            urgency=urgency,
            thread=hit.thread,
        )


async def enter_escalation(hits: HitStore, proven: ProvenHit, step: KeptStep, now: int) -> KeptHit:
    """Take in, at the Secretariat, that a deadline has passed, and what the owner has said since; return the hit."""
    claim = step.form
    assert isinstance(claim, Claim)  # noqa: S101 - nothing else is told
    hit = await hits.find(proven.note.id, Side.SECRETARIAT)
    if hit is None:
        new = KeptHit(
            side=Side.SECRETARIAT,
            service=proven.service,
            # What binds them may be for the two alone.
            note=msgspec.structs.replace(proven.note, other_condition=None),
            thread=proven.thread,
            stored=now,
            standing=Standing(state=HitState.OVERDUE, requests=claim.number),
        )
        hit = await hits.add(new)
    said = None if claim.answer is None else OwnerAnswer(claim.answer)
    await hits.save(hit, rules.escalation_came(rules.as_of(hit.standing, now), claim.number, said))
    await hits.add_step(hit, step)
    return hit
