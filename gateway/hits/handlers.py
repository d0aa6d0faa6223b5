"""Handles messages about hits in the transaction that stores them: enters a hit, applies a step of the other bureau.

The signer of a message may be hostile or wrong. What they may not say, or what does not fit, is logged and changes
nothing; the message itself is stored nevertheless. Nothing of what a message says is logged, as it may name a person.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.deadlines import is_time
from gateway.escalation.proofs import OUT_OF_TURN, is_proven_late
from gateway.hits import proofs, rules
from gateway.hits.models import HitSide, OwnerAnswer
from gateway.hits.proofs import ProvenAnswer, ProvenAsking, ProvenEscalation
from gateway.hits.rows import Claim, EarlyRequest, StepForm, StoredHit, StoredStep, with_form
from gateway.hits.rules import Asked
from gateway.hits.store import HitStore
from gateway.hits.transitions import HitTransitions, enter_escalation
from shared.bureaus import SECRETARIAT, BureauCode
from shared.mailbox.handlers import PayloadHandler, PayloadHandlers
from shared.mailbox.store import MailStore
from shared.mailbox.stores.quotes import Stated
from shared.mailbox.times import milliseconds, milliseconds_at
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import (
    MAX_REQUESTS,
    ConfirmationAnswer,
    ConfirmationRequest,
    HitsNotice,
    Overdue,
    Withdrawal,
)
from shared.protocol.quotes import quote_of
from shared.rpc.participant import Participant


def register_handlers(handlers: PayloadHandlers) -> None:
    """Register what is done about the payloads of hits, and the checks of their proofs."""
    handlers.on("hits", _handler(on_hits))
    handlers.on("confirmation-request", _handler(on_request))
    handlers.on("confirmation-answer", _handler(on_answer))
    handlers.on("escalation", _handler(on_escalation))
    handlers.on("overdue", _handler(on_overdue))
    handlers.on("answer-proof", _handler(on_answer_proof))
    handlers.on("withdrawal", _handler(on_withdrawal))
    handlers.verify("confirmation-request", proofs.asking)
    handlers.require("confirmation-request", out_of_turn)
    handlers.verify("escalation", proofs.escalation)
    handlers.verify("answer-proof", proofs.answer_proof)


class Ignored(Exception):
    """A message changes nothing; the text is the reason, for the log."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, the transaction that stores it, and the bureau that received it."""

    store: MailStore
    message: OpenedMessage
    bureau: Participant

    @property
    def hits(self) -> HitStore:
        """The hits of the bureau."""
        return HitStore(self.store.session)

    @property
    def sender(self) -> str:
        """Who signed the message."""
        return self.message.head.sender

    @property
    def now(self) -> int:
        """The time in milliseconds since 1970."""
        return milliseconds_at(self.bureau.clock.now())

    async def hit(self, hit_id: str, side: HitSide) -> StoredHit:
        """Return the hit that the message is about. Raises Ignored."""
        hit = await self.hits.find(hit_id, side)
        if hit is None:
            raise Ignored("unknown-hit")
        return hit

    def step(self, form: StepForm) -> StoredStep:
        """Return the message as a step in a confirmation."""
        head, officer = self.message.head, self.message.content.officer
        return StoredStep(message=head.id, officer=officer, signed=milliseconds(head.iat), form=form)

    def ignore(self, reason: str) -> None:
        """Log that the message, or a part of it, changes nothing."""
        about = {"sender": self.sender, "id": self.message.head.id, "reason": reason}
        self.bureau.log.warning("hit-step-ignored", bureau=self.bureau.name, **about)


def _handler(handle: Callable[[Arrival, Any], Awaitable[None]]) -> PayloadHandler:
    async def handler(store: MailStore, message: OpenedMessage, form: Any, _number: int, bureau: Participant) -> None:
        arrival = Arrival(store, message, bureau)
        try:
            await handle(arrival, form)
        except Ignored as ignored:
            arrival.ignore(str(ignored))

    return handler


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Ignored(reason)


# --- from services: each raises Ignored


async def on_hits(arrival: Arrival, form: HitsNotice) -> None:
    """Enter hits on records of this bureau, or that it has found, each once."""
    _require(form.service == arrival.sender, "service")
    hits, now, thread = arrival.hits, arrival.now, arrival.message.content.thread
    withdrawn = await hits.withdrawn(form.service, [each.record for each in form.hits])
    known = await hits.known([each.id for each in form.hits])
    new: dict[str, StoredHit] = {}
    for details in form.hits:
        side = {details.finder: HitSide.FINDER, details.owner: HitSide.OWNER}.get(arrival.bureau.name)
        if side is None or (fault := rules.fault_of(details)) is not None:
            arrival.ignore("not-concerned" if side is None else str(fault))
        elif (details.id, side) not in known and not rules.is_withdrawn(details, withdrawn.get(details.record)):
            new[details.id] = StoredHit(side=side, service=form.service, details=details, thread=thread, stored=now)
    added = await hits.add_all(list(new.values()))
    found = (quote_of(form.service, hit.details) for hit in added if hit.side is HitSide.FINDER)
    await arrival.store.quotes.bind(Stated(quote, arrival.sender) for quote in found if quote is not None)
    await _apply_early(arrival, [hit.details.id for hit in added if hit.side is HitSide.OWNER])


async def on_withdrawal(arrival: Arrival, form: Withdrawal) -> None:
    """Remove what this bureau has found of a record that was withdrawn from it, or record that it was corrected.

    What it has found since stays as it is: a withdrawal may be delayed as well as a hit.
    """
    _require(is_time(form.at), "times")
    _require(form.service == arrival.sender, "service")
    if form.act == "corrected":
        await arrival.hits.correct(form.service, form.record, form.version, milliseconds(form.at))
    else:
        await arrival.hits.withdraw(form.service, form.record, milliseconds(form.at))


# --- from the other bureau: each raises Ignored


async def out_of_turn(store: MailStore, message: OpenedMessage, asking: ProvenAsking) -> str | None:
    """Refuse a request made before the deadline of another: a receipt for it would make the owner overdue."""
    hits, form = HitStore(store.session), asking.form
    hit = await hits.find(form.hit, HitSide.OWNER)
    if hit is None or hit.details.finder != message.head.sender or not is_time(form.due):
        # The handler checks it.
        return None
    asked = Asked(form.number, milliseconds(message.head.iat), milliseconds(form.due))
    return None if rules.is_in_turn(asked, _asked(await hits.steps(hit))) else OUT_OF_TURN


async def on_request(arrival: Arrival, asking: ProvenAsking) -> None:
    """Store that the finder asks this bureau for confirmation, and the hit where the request proves it."""
    hits, form, now = arrival.hits, asking.form, arrival.now
    early = EarlyRequest(hit=form.hit, sender=arrival.sender, step=arrival.step(form))
    hit = await hits.find(form.hit, HitSide.OWNER)
    if hit is None and asking.hit is not None:
        hit = await hits.add(StoredHit(side=HitSide.OWNER, stored=now, **msgspec.structs.asdict(asking.hit)))
    if hit is not None:
        await _apply_request(hits, hit, early, arrival.message.content.thread, now)
        return
    # The hit itself may still be on its way: its service sends it to each of the two bureaus separately.
    _require(await hits.early_requests(form.hit, early.sender) < MAX_REQUESTS, "not-possible")
    await hits.add_early(early)
    bureau = arrival.bureau
    bureau.log.info("hit-step-early", bureau=bureau.name, sender=early.sender, id=arrival.message.head.id)


async def on_answer(arrival: Arrival, form: ConfirmationAnswer) -> None:
    """Apply the owner's answer to this bureau, on time or late."""
    hits, step, answer = arrival.hits, arrival.step(form), OwnerAnswer(form.answer)
    hit = await arrival.hit(form.hit, HitSide.FINDER)
    asked = {request.number: request for _, request in with_form(ConfirmationRequest, await hits.steps(hit))}
    request = asked.get(form.number)
    owner = BureauCode(hit.details.owner)
    expected = owner if request is None else rules.asked_bureau(request, owner)
    _require(arrival.sender == expected, "not-the-owner")
    _require(hit.thread == arrival.message.content.thread, "thread")
    _require(rules.is_promise_as_agreed(answer, step.signed, form.at), "times")
    transitions, now = HitTransitions(arrival.bureau), arrival.now
    hit = await transitions.catch_up(arrival.store, hit, now)
    status = rules.answer_came(hit.status, form.number, answer, _milliseconds_or_none(form.at))
    if status is None or not await hits.save(hit, status):
        raise Ignored("not-possible")
    await hits.add_step(hit, msgspec.structs.replace(step, late=status.late))
    if expected == owner:
        await transitions.report_answer(arrival.store, hit, form, now)


async def on_escalation(arrival: Arrival, proven: ProvenEscalation) -> None:
    """Store, at the Secretariat, that an owner has not answered in time, or what it has answered late.

    The owner is informed where it is not proven to be late: it may have answered in time.
    """
    hits, claim = arrival.hits, proven.claim
    before = await hits.find(proven.hit.details.id, HitSide.SECRETARIAT)
    if before is not None:
        _require(len(await hits.steps(before)) < rules.MAX_ESCALATIONS, "not-possible")
        if before.status.state in rules.SETTLED and claim.answer is not None:
            # The owner has shown it before.
            return
    hit = await enter_escalation(hits, proven.hit, arrival.step(claim), arrival.now)
    if claim.late is None:
        await HitTransitions(arrival.bureau).inform_owner(arrival.store, hit, claim, arrival.now)


async def on_overdue(arrival: Arrival, form: Overdue) -> None:
    """Store that the Secretariat misses an answer of this bureau; show it the answer, now or once there is one."""
    hit = await arrival.hit(form.hit, HitSide.OWNER)
    _require(arrival.sender == SECRETARIAT and is_time(form.due), "not-the-secretariat")
    asked = {request.number: request for _, request in with_form(ConfirmationRequest, await arrival.hits.steps(hit))}
    _require(bool(asked), "not-possible")
    # The finder may have shown a request that was not in turn, which this bureau has signed for and ignored.
    request = asked.get(form.number) or asked[max(asked)]
    requested = (milliseconds(request.due) - rules.CONFIRMATION_DEADLINE[request.urgency]) / 1000
    claim = Claim(number=request.number, urgency=request.urgency, requested=requested, due=form.due)
    await arrival.hits.add_step(hit, arrival.step(claim))
    await HitTransitions(arrival.bureau).show_answer(arrival.store, hit, arrival.now)


async def on_answer_proof(arrival: Arrival, proven: ProvenAnswer) -> None:
    """Store, at the Secretariat, what an owner proves that it has answered."""
    hits, form, now = arrival.hits, proven.form, arrival.now
    hit = await arrival.hit(form.hit, HitSide.SECRETARIAT)
    _require(hit.details.owner == arrival.sender and hit.details.finder in proven.to, "not-the-owner")
    _require(hit.thread == proven.thread, "thread")
    claims = [claim for _, claim in with_form(Claim, await hits.steps(hit))]
    until, received = _milliseconds_or_none(form.at), proven.received.get(hit.details.finder)
    late = is_proven_late(milliseconds(claims[-1].due), proven.answered, received)
    status = rules.answer_shown(rules.as_of(hit.status, now), OwnerAnswer(form.answer), until, late=late)
    if status is None or len(claims) >= rules.MAX_ESCALATIONS:
        return
    # An owner could date a promise back: one counts that came in time.
    _require(until is None or (late is False and until > now), "times")
    await hits.save(hit, status)
    final = None if form.answer == "later" else form.answer
    await hits.add_step(hit, arrival.step(msgspec.structs.replace(claims[-1], answer=final, late=late)))


# --- single steps


async def _apply_early(arrival: Arrival, ids: Sequence[str]) -> None:
    """Apply the requests that came before their hits."""
    hits, bureau = arrival.hits, arrival.bureau
    for early in await hits.take_early(ids) if ids else ():
        hit = await arrival.hit(early.hit, HitSide.OWNER)
        threads = {row.sender: row.thread for row in await arrival.store.find(early.step.message)}
        try:
            await _apply_request(hits, hit, early, threads.get(early.sender), arrival.now)
        except Ignored as ignored:
            about = {"sender": early.sender, "reason": str(ignored)}
            bureau.log.warning("hit-step-ignored", bureau=bureau.name, **about)


async def _apply_request(hits: HitStore, hit: StoredHit, request: EarlyRequest, thread: str | None, now: int) -> None:
    form, signed = request.step.form, request.step.signed
    if request.sender != hit.details.finder or not isinstance(form, ConfirmationRequest):
        raise Ignored("not-the-finder")
    _require(thread == hit.thread, "thread")
    due_in_time = is_time(form.due) and rules.is_due_as_agreed(form.urgency, signed, milliseconds(form.due))
    _require(due_in_time, "times")
    due, asked = milliseconds(form.due), _asked(await hits.steps(hit))
    _require(rules.is_in_turn(Asked(form.number, signed, due), asked), "not-possible")
    await hits.save(hit, rules.request_came(rules.as_of(hit.status, now), form.number, due))
    await hits.add_step(hit, request.step)


def _asked(steps: Sequence[StoredStep]) -> Iterable[Asked]:
    """Return the requests to this bureau so far."""
    asked: dict[int, Asked] = {}
    for step in steps:
        if isinstance(step.form, ConfirmationRequest):
            asked[step.form.number] = Asked(step.form.number, step.signed, milliseconds(step.form.due))
        elif isinstance(step.form, ConfirmationAnswer) and step.form.at is not None:
            before = asked[step.form.number]
            until = min(before.until, milliseconds(step.form.at))
            asked[step.form.number] = msgspec.structs.replace(before, until=until)
    return asked.values()


def _milliseconds_or_none(seconds: float | None) -> int | None:
    return None if seconds is None else milliseconds(seconds)
