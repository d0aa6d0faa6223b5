"""How a hit is shown: as it stands by now, with what was said about it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gateway.hits import rules
from gateway.hits.models import Confirmation, ConfirmationReply, Escalated, Hit, HitSummary, OwnerAnswer
from gateway.hits.rows import Claim, KeptHit, KeptStep
from shared.clock import time_at
from shared.mailbox.times import moment
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest


def summary_of(hit: KeptHit, now: int) -> HitSummary:
    """Return a hit as it stands by now."""
    note, standing = hit.note, rules.as_of(hit.standing, now)
    return HitSummary.model_validate(
        {
            **msgspec.structs.asdict(note),
            **{name: getattr(hit, name) for name in ("side", "service", "thread")},
            "state": standing.state,
            "late": standing.late,
            "due": _moment(standing.due),
            "corrected": _moment(hit.corrected),
            "first": time_at(note.first),
            "last": time_at(note.last),
            "stored": moment(hit.stored),
        }
    )


def hit_of(hit: KeptHit, steps: Sequence[KeptStep], now: int) -> Hit:
    """Return a hit as it stands by now, with all that was said about it."""
    by_number: dict[int, list[KeptStep]] = {}
    for step in steps:
        by_number.setdefault(step.form.number, []).append(step)
    confirmations = tuple(_confirmation(by_number[number]) for number in sorted(by_number))
    return Hit(**summary_of(hit, now).model_dump(), confirmations=confirmations)


def _confirmation(steps: Sequence[KeptStep]) -> Confirmation:
    """Return what was said about one request, of which the Secretariat knows what the finder has told."""
    answers = tuple(_reply(step, step.form) for step in steps if isinstance(step.form, ConfirmationAnswer))
    claims = [(step, step.form) for step in steps if isinstance(step.form, Claim)]
    escalations = tuple(
        Escalated(due=time_at(form.due), answer=form.answer and OwnerAnswer(form.answer), message=step.message or None)
        for step, form in claims
    )
    for step in steps:
        if isinstance(step.form, ConfirmationRequest):
            return _requested(step, step.form).model_copy(update={"answers": answers, "escalations": escalations})
    form = claims[0][1]
    return Confirmation(
        number=form.number,
        urgency=form.urgency,
        requested=time_at(form.requested),
        due=time_at(form.due),
        note=None,
        officer=None,
        message=None,
        escalations=escalations,
    )


def _requested(step: KeptStep, form: ConfirmationRequest) -> Confirmation:
    return Confirmation(
        number=form.number,
        urgency=form.urgency,
        requested=moment(step.signed),
        due=time_at(form.due),
        note=form.note,
        officer=step.officer,
        message=step.message,
    )


def _reply(step: KeptStep, form: ConfirmationAnswer) -> ConfirmationReply:
    return ConfirmationReply(
        answer=OwnerAnswer(form.answer),
        # With other answers some of what was kept before had one, which may be no time at all.
        at=time_at(form.at) if form.answer == "later" and form.at is not None else None,
        note=form.note,
        officer=step.officer,
        answered=moment(step.signed),
        late=step.late,
        message=step.message,
    )


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)
