"""Handles messages about hits in the transaction that keeps them: enters a hit, applies a step of the other bureau.

The signer of a message may be hostile or wrong. What they may not say, or does not fit, is logged and changes
nothing; the message itself is kept all the same. Nothing of what a message says is logged, as it may name a person.
"""

from collections.abc import Iterable, Sequence

import msgspec

from gateway.hits import proofs, rules
from gateway.hits.deadlines import watch_deadlines
from gateway.hits.models import OwnerAnswer, Side
from gateway.hits.proofs import ProvenAnswer, ProvenAsking, ProvenEscalation, ProvenHit
from gateway.hits.pruning import RULES
from gateway.hits.rows import Claim, EarlyRequest, KeptHit, KeptStep, StepForm
from gateway.hits.rules import Asked
from gateway.hits.store import HitStore
from gateway.hits.transitions import HitTransitions, enter_escalation
from shared.bureaus import SECRETARIAT
from shared.mailbox.host import MailboxHost
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, milliseconds_at
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import (
    MAX_REQUESTS,
    ConfirmationAnswer,
    ConfirmationRequest,
    HitNote,
    HitsNotice,
    Overdue,
    Withdrawal,
)
from shared.rpc.participant import Participant


def register_hits(host: MailboxHost) -> None:
    """Register the handlers, the job and the retention rules of hits."""
    host.handlers.on("hits", take_hits)
    host.handlers.on("confirmation-request", take_request)
    host.handlers.on("confirmation-answer", take_answer)
    host.handlers.on("escalation", take_escalation)
    host.handlers.on("overdue", take_overdue)
    host.handlers.on("answer-proof", take_answer_proof)
    host.handlers.on("withdrawal", take_withdrawal)
    host.handlers.verify("confirmation-request", proofs.asking)
    host.handlers.require("confirmation-request", out_of_turn)
    host.handlers.verify("escalation", proofs.escalation)
    host.handlers.verify("answer-proof", proofs.answer_proof)
    host.add_job(watch_deadlines)
    for rule in RULES:
        host.add_retention(rule)


# --- what services say


async def take_hits(
    store: MailStore, message: OpenedMessage, form: HitsNotice, _number: int, bureau: Participant
) -> None:
    """Enter hits on records of this bureau, or that it has found, each once."""
    if form.service != message.head.sender:
        _ignore(bureau, message, "service")
        return
    hits, now = HitStore(store.session), _now(bureau)
    withdrawn = await hits.withdrawn(form.service, [note.record for note in form.hits])
    known = await hits.known([note.id for note in form.hits])
    new: dict[str, KeptHit] = {}
    for note in form.hits:
        side = _side_of(note, bureau)
        if side is None or (fault := rules.fault_of(note)) is not None:
            _ignore(bureau, message, "not-concerned" if side is None else str(fault))
        elif (note.id, side) not in known and not rules.is_withdrawn(note, withdrawn.get(note.record)):
            new[note.id] = KeptHit(
                side=side, service=form.service, note=note, thread=message.content.thread, stored=now
            )
    added = await hits.add_all(list(new.values()))
    await _take_early(store, [hit.note.id for hit in added if hit.side is Side.OWNER], bureau)


async def take_withdrawal(
    store: MailStore, message: OpenedMessage, form: Withdrawal, _number: int, bureau: Participant
) -> None:
    """Forget what this bureau has found of a record that was withdrawn from it, or note that it was corrected.

    What it has found since stays as it is: a withdrawal may be held up on the way as well as a hit.
    """
    if form.service != message.head.sender or not rules.is_time(form.at):
        _ignore(bureau, message, "service" if rules.is_time(form.at) else "times")
        return
    hits, at = HitStore(store.session), milliseconds(form.at)
    if form.act == "withdrawn":
        await hits.withdraw(form.service, form.record, at)
    else:
        await hits.correct(form.service, form.record, form.version, at)


# --- what the other bureau says


async def out_of_turn(store: MailStore, message: OpenedMessage, asking: ProvenAsking) -> str | None:
    """Refuse a request made before the deadline of another: a receipt for it would make the owner overdue."""
    hits, form = HitStore(store.session), asking.form
    hit = await hits.find(form.hit, Side.OWNER)
    if hit is None or hit.note.finder != message.head.sender or not rules.is_time(form.due):
        # It is looked at when it is kept.
        return None
    asked = Asked(form.number, milliseconds(message.head.iat), milliseconds(form.due))
    return None if rules.is_in_turn(asked, _asked(await hits.steps(hit))) else proofs.OUT_OF_TURN


async def take_request(
    store: MailStore, message: OpenedMessage, asking: ProvenAsking, _number: int, bureau: Participant
) -> None:
    """Take in that the finder asks this bureau for confirmation, and the hit where the request shows it."""
    form = asking.form
    hits, early = (
        HitStore(store.session),
        EarlyRequest(hit=form.hit, sender=message.head.sender, step=_step(message, form)),
    )
    hit = await hits.find(form.hit, Side.OWNER)
    if hit is None and asking.hit is not None:
        hit = await hits.add(_shown_to_owner(asking.hit, _now(bureau)))
    if hit is None:
        # The hit itself may be on its way still: its service sends it to both bureaus, to each at its own pace.
        if await hits.early_requests(form.hit, early.sender) >= MAX_REQUESTS:
            _ignore(bureau, message, "not-possible")
            return
        await hits.put_early(early)
        bureau.log.info("hit-step-early", bureau=bureau.name, sender=early.sender, id=message.head.id)
        return
    if (reason := await _take_request(hits, hit, early, message.content.thread, _now(bureau))) is not None:
        _ignore(bureau, message, reason)


async def take_answer(
    store: MailStore, message: OpenedMessage, form: ConfirmationAnswer, _number: int, bureau: Participant
) -> None:
    """Take in what the owner answers to this bureau, on time or late."""
    hits, step = HitStore(store.session), _step(message, form)
    hit = await hits.find(form.hit, Side.FINDER)
    if hit is None or hit.note.owner != message.head.sender:
        _ignore(bureau, message, "unknown-hit" if hit is None else "not-the-owner")
        return
    if message.content.thread != hit.thread:
        _ignore(bureau, message, "thread")
        return
    said = OwnerAnswer(form.answer)
    if not rules.is_promise_as_agreed(said, step.signed, form.at):
        _ignore(bureau, message, "times")
        return
    confirming, now = HitTransitions(bureau), _now(bureau)
    hit = await confirming.catch_up(store, hit, now)
    until = None if form.at is None else milliseconds(form.at)
    standing = rules.answer_came(hit.standing, form.number, said, until)
    if standing is None or not await hits.save(hit, standing):
        _ignore(bureau, message, "not-possible")
        return
    await hits.add_step(hit, msgspec.structs.replace(step, late=standing.late))
    await confirming.settle(store, hit, form, now)


async def take_escalation(
    store: MailStore, message: OpenedMessage, proven: ProvenEscalation, _number: int, bureau: Participant
) -> None:
    """Take in, at the Secretariat, that an owner has not answered in time, or what it has answered late.

    The owner is told of the former, as it may have answered all the same.
    """
    hits, step = HitStore(store.session), _step(message, proven.claim)
    before = await hits.find(proven.hit.note.id, Side.SECRETARIAT)
    if before is not None and len(await hits.steps(before)) >= rules.MAX_ESCALATIONS:
        _ignore(bureau, message, "not-possible")
        return
    if before is not None and before.standing.state in rules.SETTLED and proven.claim.answer is not None:
        # The owner has shown it before.
        return
    hit = await enter_escalation(hits, proven.hit, step, _now(bureau))
    if proven.claim.answer is None:
        await HitTransitions(bureau).tell_owner(store, hit, proven.claim, _now(bureau))


async def take_overdue(
    store: MailStore, message: OpenedMessage, form: Overdue, _number: int, bureau: Participant
) -> None:
    """Take in that the Secretariat misses an answer of this bureau; show it that, now or once there is one."""
    hits = HitStore(store.session)
    hit = await hits.find(form.hit, Side.OWNER)
    if message.head.sender != SECRETARIAT or hit is None or not rules.is_time(form.due):
        _ignore(bureau, message, "not-the-secretariat" if hit else "unknown-hit")
        return
    asked = {
        step.form.number: step.form for step in await hits.steps(hit) if isinstance(step.form, ConfirmationRequest)
    }
    if not asked:
        _ignore(bureau, message, "not-possible")
        return
    # The finder may have shown a request that was not in turn, which this bureau has signed for and passed over.
    request = asked.get(form.number) or asked[max(asked)]
    claim = Claim(
        number=request.number,
        urgency=request.urgency,
        requested=(milliseconds(request.due) - rules.TERM[request.urgency]) / 1000,
        due=form.due,
    )
    await hits.add_step(hit, _step(message, claim))
    await HitTransitions(bureau).rebut(store, hit, _now(bureau))


async def take_answer_proof(
    store: MailStore, message: OpenedMessage, proven: ProvenAnswer, _number: int, bureau: Participant
) -> None:
    """Take in, at the Secretariat, what an owner shows that it has answered."""
    hits, form = HitStore(store.session), proven.form
    hit = await hits.find(form.hit, Side.SECRETARIAT)
    if hit is None or hit.note.owner != message.head.sender or hit.note.finder not in proven.to:
        _ignore(bureau, message, "unknown-hit" if hit is None else "not-the-owner")
        return
    if hit.thread != proven.thread:
        _ignore(bureau, message, "thread")
        return
    claims = [step.form for step in await hits.steps(hit) if isinstance(step.form, Claim)]
    if hit.standing.state in rules.SETTLED or len(claims) >= rules.MAX_ESCALATIONS:
        return
    until = None if form.at is None else milliseconds(form.at)
    received = proven.received.get(hit.note.finder)
    late = received is None or received > milliseconds(claims[-1].due)
    now = _now(bureau)
    if until is not None and (late or until <= now):
        _ignore(bureau, message, "times")
        return
    await hits.save(hit, rules.answer_shown(rules.as_of(hit.standing, now), OwnerAnswer(form.answer), until, late=late))
    said = None if form.answer == "later" else form.answer
    await hits.add_step(hit, _step(message, msgspec.structs.replace(claims[-1], answer=said)))


# --- single steps


async def _take_early(store: MailStore, ids: Sequence[str], bureau: Participant) -> None:
    """Take in the requests that came before their hits."""
    hits = HitStore(store.session)
    for early in await hits.take_early(ids) if ids else ():
        hit = await hits.find(early.hit, Side.OWNER)
        threads = {row.sender: row.thread for row in await store.find(early.step.message)}
        if (
            hit is not None
            and (reason := await _take_request(hits, hit, early, threads.get(early.sender), _now(bureau))) is not None
        ):
            bureau.log.warning("hit-step-ignored", bureau=bureau.name, sender=early.sender, reason=reason)


async def _take_request(
    hits: HitStore, hit: KeptHit, request: EarlyRequest, thread: str | None, now: int
) -> str | None:
    """Take in a request; return why not, if it is not to be taken."""
    form, signed = request.step.form, request.step.signed
    if request.sender != hit.note.finder or not isinstance(form, ConfirmationRequest):
        return "not-the-finder"
    if thread != hit.thread:
        return "thread"
    if not rules.is_time(form.due) or not rules.is_due_as_agreed(form.urgency, signed, milliseconds(form.due)):
        return "times"
    if not rules.is_in_turn(Asked(form.number, signed, milliseconds(form.due)), _asked(await hits.steps(hit))):
        return "not-possible"
    standing = rules.request_came(rules.as_of(hit.standing, now), form.number, milliseconds(form.due))
    await hits.save(hit, standing)
    await hits.add_step(hit, request.step)
    return None


def _asked(steps: Sequence[KeptStep]) -> Iterable[Asked]:
    """Return what this bureau was asked for so far."""
    asked: dict[int, Asked] = {}
    for step in steps:
        if isinstance(step.form, ConfirmationRequest):
            asked[step.form.number] = Asked(step.form.number, step.signed, milliseconds(step.form.due))
        elif isinstance(step.form, ConfirmationAnswer) and step.form.at is not None:
            before = asked[step.form.number]
            until = min(before.until, milliseconds(step.form.at))
            asked[step.form.number] = msgspec.structs.replace(before, until=until)
    return asked.values()


def _side_of(note: HitNote, bureau: Participant) -> Side | None:
    if bureau.name == note.owner:
        return Side.OWNER
    return Side.FINDER if bureau.name == note.finder else None


def _shown_to_owner(proven: ProvenHit, now: int) -> KeptHit:
    return KeptHit(side=Side.OWNER, service=proven.service, note=proven.note, thread=proven.thread, stored=now)


def _step(message: OpenedMessage, form: StepForm) -> KeptStep:
    return KeptStep(
        message=message.head.id, officer=message.content.officer, signed=milliseconds(message.head.iat), form=form
    )


def _now(bureau: Participant) -> int:
    return milliseconds_at(bureau.clock.now())


def _ignore(bureau: Participant, message: OpenedMessage, reason: str) -> None:
    bureau.log.warning(
        "hit-step-ignored", bureau=bureau.name, sender=message.head.sender, id=message.head.id, reason=reason
    )
