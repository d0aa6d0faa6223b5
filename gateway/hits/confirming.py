"""Moves hits on: each step of this bureau in one transaction with the message that tells it to the other.

So a step was never taken that is not told, nor told that was not taken, wherever a process ends.
"""

from typing import Final

import msgspec

from gateway.hits import rules
from gateway.hits.models import Answer, HitState, Side
from gateway.hits.rows import KeptHit, KeptStep
from gateway.hits.rules import Standing
from gateway.hits.store import HitStore
from gateway.messages.store import MailStore
from gateway.messages.telling import Statement, tell
from gateway.messages.times import moment
from shared.bureaus import SECRETARIAT, BureauCode
from shared.errors import Conflict
from shared.forms import ConfirmationAnswer, ConfirmationRequest, Escalation
from shared.identity import Caller
from shared.participant import Participant

# Who tells the Secretariat: nobody in person.
GATEWAY: Final = "gateway"


class Move(msgspec.Struct, frozen=True):
    """A step in a confirmation: what it leads to, at the one time from which all that is said of it is reckoned."""

    hit: KeptHit
    standing: Standing
    at: int


class Confirming:
    """Moves the hits of one bureau on."""

    def __init__(self, bureau: Participant) -> None:
        self._bureau = bureau
        self._code = BureauCode(bureau.name)

    async def catch_up(self, store: MailStore, hit: KeptHit, now: int) -> KeptHit:
        """Return a hit as it stands by now: if its clock has run out, the finder tells the Secretariat so, once."""
        standing, due = rules.run_out(hit.standing, now), hit.standing.due
        if standing is None or due is None:
            return hit
        if await HitStore(store.session).save(hit, standing):
            self._bureau.log.info("confirmation-expired", bureau=self._code, hit=hit.note.id, side=hit.side)
            if hit.side is Side.FINDER:
                await self._escalate(store, hit, due, now)
        return msgspec.structs.replace(hit, standing=standing)

    async def ask(self, store: MailStore, move: Move, form: ConfirmationRequest, caller: Caller) -> None:
        """Ask the owner for confirmation. Raises Conflict, KeyNotValid, BureauSuspended."""
        statement = Statement(
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
        await self._say(store, move, form, statement)

    async def answer(self, store: MailStore, move: Move, form: ConfirmationAnswer, caller: Caller) -> None:
        """Answer the finder's latest request. Raises Conflict, KeyNotValid, BureauSuspended."""
        step, asked = await latest_request(HitStore(store.session), move.hit)
        statement = Statement(
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

    async def settle(self, store: MailStore, hit: KeptHit, form: ConfirmationAnswer, now: int) -> None:
        """Tell the Secretariat what the owner has answered, where it was told before that it had not."""
        told = [step.form for step in await HitStore(store.session).steps(hit) if isinstance(step.form, Escalation)]
        if told and form.answer != "later":
            await self._report(store, hit, msgspec.structs.replace(told[-1], answer=form.answer), now)

    async def _say(
        self, store: MailStore, move: Move, form: ConfirmationRequest | ConfirmationAnswer, statement: Statement
    ) -> None:
        hits, late = HitStore(store.session), move.standing.late
        if not await hits.save(move.hit, move.standing):
            raise Conflict("somebody else has taken a step meanwhile: look at the hit again")
        told = await tell(store, self._bureau, statement)
        step = KeptStep(message=told.id, officer=statement.officer, signed=move.at, form=form, late=late)
        await hits.add_step(move.hit, step)

    async def _escalate(self, store: MailStore, hit: KeptHit, due: int, now: int) -> None:
        step, asked = await latest_request(HitStore(store.session), hit)
        form = Escalation(
            service=hit.service,
            # What binds them may be for the two alone.
            hit=msgspec.structs.replace(hit.note, other_condition=None),
            number=asked.number,
            urgency=asked.urgency,
            requested=step.signed / 1000,
            due=due / 1000,
        )
        await self._report(store, hit, form, now)

    async def _report(self, store: MailStore, hit: KeptHit, form: Escalation, now: int) -> None:
        hits = HitStore(store.session)
        if self._code == SECRETARIAT:
            own = KeptStep(message="", officer=GATEWAY, signed=now, form=form)
            await hits.add_step(hit, own)
            await enter_escalation(hits, form, own, hit.thread, now)
            return
        statement = Statement(
            at=moment(now),
            form=form,
            to=(SECRETARIAT,),
            officer=GATEWAY,
            purpose=hit.note.purpose,
            subject=f"{hit.note.owner} has {'answered late' if form.answer else 'not answered'} "
            f"the {rules.ordinal(form.number)} request to confirm a hit",
            urgency=form.urgency,
            thread=hit.thread,
        )
        told = await tell(store, self._bureau, statement)
        await hits.add_step(hit, KeptStep(message=told.id, officer=GATEWAY, signed=now, form=form))


async def latest_request(hits: HitStore, hit: KeptHit) -> tuple[KeptStep, ConfirmationRequest]:
    """Return the latest request for the confirmation of a hit, of which there is one."""
    asked = [(step, step.form) for step in await hits.steps(hit) if isinstance(step.form, ConfirmationRequest)]
    return max(asked, key=lambda request: request[1].number)


async def enter_escalation(hits: HitStore, form: Escalation, step: KeptStep, thread: str, now: int) -> None:
    """Take in, at the Secretariat, that a clock has run out, and what the owner has said since."""
    hit = await hits.find(form.hit.id, Side.SECRETARIAT)
    if hit is None:
        standing = Standing(state=HitState.OVERDUE, requests=form.number)
        new = KeptHit(
            side=Side.SECRETARIAT, service=form.service, note=form.hit, thread=thread, stored=now, standing=standing
        )
        hit = await hits.add(new)
    said = None if form.answer is None else Answer(form.answer)
    await hits.save(hit, rules.escalation_came(hit.standing, form.number, said))
    await hits.add_step(hit, step)
