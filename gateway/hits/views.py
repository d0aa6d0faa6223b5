"""Hits as officers see them: in their present state, with the messages about them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gateway.hits import rules
from gateway.hits.models import Conclusion, Confirmation, ConfirmationReply, Escalation, Hit, HitSummary, OwnerAnswer
from gateway.hits.rows import Claim, StoredHit, StoredStep, with_form
from gateway.struct_rows import columns_of
from shared.bureaus import BureauCode
from shared.clock import time_at
from shared.mailbox.times import moment
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, Urgency


def summary_of(hit: StoredHit, steps: Sequence[StoredStep], now: int, owner_can_confirm: bool) -> HitSummary:
    """Return a hit in its present state, with what the messages about it say of the latest request."""
    details, status = hit.details, rules.as_of(hit.status, now)
    return HitSummary.model_validate(
        {
            **msgspec.structs.asdict(details),
            **{name: getattr(hit, name) for name in ("side", "service", "thread")},
            "state": status.state,
            "owner_can_confirm": owner_can_confirm,
            "late": status.late,
            "due": _moment(status.due),
            "requests": status.requests,
            "urgency": _urgency(steps),
            "corrected": _moment(hit.corrected),
            "first": time_at(details.first),
            "last": time_at(details.last),
            "stored": moment(hit.stored),
        }
    )


def hit_of(
    hit: StoredHit,
    steps: Sequence[StoredStep],
    conclusions: Sequence[rules.StoredConclusion],
    now: int,
    owner_can_confirm: bool,
) -> Hit:
    """Return a hit in its present state, with the messages about it and the conclusions on it."""
    by_number: dict[int, list[StoredStep]] = {}
    for step in steps:
        by_number.setdefault(step.form.number, []).append(step)
    owner = hit.details.owner
    confirmations = tuple(_confirmation(by_number[number], owner) for number in sorted(by_number))
    concluded = tuple(_conclusion(each) for each in conclusions)
    summary = summary_of(hit, steps, now, owner_can_confirm).model_dump()
    return Hit(**summary, confirmations=confirmations, conclusions=concluded)


def _conclusion(stored: rules.StoredConclusion) -> Conclusion:
    return Conclusion(conclusion=stored.conclusion, remark=stored.remark, officer=stored.officer, at=moment(stored.at))


def _confirmation(steps: Sequence[StoredStep], owner: str) -> Confirmation:
    """Return the messages about one request. The Secretariat has those that prove a claim of the finder."""
    claims, requests = with_form(Claim, steps), with_form(ConfirmationRequest, steps)
    if requests:
        step, form = requests[0]
        shown = {"requested": moment(step.signed), "remark": form.remark} | columns_of(step, "officer", "message")
    else:
        shown = {"requested": time_at(claims[0][1].requested), "remark": None, "officer": None, "message": None}
    first = requests[0][1] if requests else claims[0][1]
    return Confirmation(
        number=first.number,
        asked=rules.asked_bureau(requests[0][1], BureauCode(owner)) if requests else BureauCode(owner),
        urgency=first.urgency,
        due=time_at(first.due),
        answers=tuple(_reply(step, form) for step, form in with_form(ConfirmationAnswer, steps)),
        escalations=tuple(_escalated(step, form) for step, form in claims),
        **shown,
    )


def _escalated(step: StoredStep, form: Claim) -> Escalation:
    answer = form.answer and OwnerAnswer(form.answer)
    return Escalation(due=time_at(form.due), answer=answer, message=step.message or None)


def _reply(step: StoredStep, form: ConfirmationAnswer) -> ConfirmationReply:
    return ConfirmationReply(
        answer=OwnerAnswer(form.answer),
        at=None if form.at is None else time_at(form.at),
        remark=form.remark,
        officer=step.officer,
        answered=moment(step.signed),
        late=step.late,
        message=step.message,
    )


def _urgency(steps: Sequence[StoredStep]) -> Urgency | None:
    """Return how urgent the request with the highest number is; the Secretariat knows it by the claims."""
    requests = [step.form for step in steps if isinstance(step.form, ConfirmationRequest | Claim)]
    return max(requests, key=lambda form: form.number).urgency if requests else None


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)
