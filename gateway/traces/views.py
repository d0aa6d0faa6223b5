"""Traces as officers see them: in their present state, with the messages about them, and as a chain."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from gateway.traces import rules
from gateway.traces.chain import Chain, ChainDoubt, ChainLink
from gateway.traces.firearm import shown_firearm
from gateway.traces.models import (
    AnswerWord,
    Trace,
    TracedRecord,
    TraceEscalated,
    TraceRemark,
    TraceReply,
    TraceRequestShown,
    TraceSummary,
)
from gateway.traces.rows import StoredRequest, StoredStep, StoredTrace, with_form
from gateway.traces.rules import TraceStatus
from shared.clock import time_at
from shared.dates import certainly_before
from shared.identity import Purpose
from shared.mailbox.times import moment
from shared.protocol.payloads import TraceAnswer, TraceComment, TraceLink, TraceOverdue, TraceRequest


def summary_of(trace: StoredTrace, now: int) -> TraceSummary:
    """Return a trace in its present state."""
    status = trace.status
    return TraceSummary.model_validate(
        {
            "id": trace.id,
            "side": trace.side,
            "requester": trace.requester,
            "asked": trace.asked,
            "state": status.state,
            "due": None if status.state in rules.FINAL else moment(status.due),
            "missed": rules.is_missed(status, now),
            "requests": trace.requests,
            "firearm": shown_firearm(trace.firearm),
            "stored": moment(trace.stored),
        }
    )


def trace_of(trace: StoredTrace, requests: Sequence[StoredRequest], steps: Sequence[StoredStep], now: int) -> Trace:
    """Return a trace in its present state, with the messages about it."""
    found = None if trace.found is None else TracedRecord(**msgspec.structs.asdict(trace.found))
    summary = summary_of(trace, now)
    return Trace.model_construct(
        **dict(summary),
        purpose=Purpose(trace.purpose),
        found=found,
        asked_bureaus=tuple(_request(each, steps, now) for each in requests),
        chain=chain_of(trace, steps),
    )


def chain_of(trace: StoredTrace, steps: Sequence[StoredStep]) -> Chain:
    """Return the links that were answered, and the bureau to ask next."""
    finals = _final_answers(steps)
    last = finals[-1] if finals and finals[-1].number == trace.requests else None
    links = [_link(form.link) for form in finals if form.link is not None]
    received = [form.received for _, form in with_form(TraceRequest, steps) if form.received is not None]
    # A bureau that is asked knows what it was told, and what it answered.
    before = [link for link in map(_link, received) if link not in links]
    chain = (*before, *links)
    return Chain(trace=trace.id, links=chain, doubts=tuple(_doubts(chain)), next=rules.next_bureau(last))


def _doubts(links: Sequence[ChainLink]) -> Iterator[ChainDoubt]:
    for place, (before, link) in enumerate(pairwise(links), 2):
        if link.origin != before.to:
            yield ChainDoubt(link=place, says=f"it begins in {link.origin}, and the link before it ends in {before.to}")
        if certainly_before(link.on, before.on):
            yield ChainDoubt(link=place, says=f"it is dated {link.on}, and the link before it {before.on}")


def link_to_next(steps: Sequence[StoredStep], to: str) -> TraceLink | None:
    """Return the link by which a firearm came to a country, if the bureau that stated it lets that be shown."""
    shown = [form.link for form in _final_answers(steps) if form.link is not None and form.onward]
    return next((link for link in reversed(shown) if link.to == to), None)


def _final_answers(steps: Sequence[StoredStep]) -> list[TraceAnswer]:
    finals = [form for _, form in with_form(TraceAnswer, steps) if form.answer != "accepted"]
    return sorted(finals, key=lambda form: form.number)


def _request(request: StoredRequest, steps: Sequence[StoredStep], now: int) -> TraceRequestShown:
    of_request = [step for step in steps if step.request == request.request]
    [(asked, form)] = with_form(TraceRequest, of_request)
    # As the Secretariat stores it: see `handlers.on_escalation`.
    at_secretariat = not asked.officer
    escalated = (
        TraceEscalated(due=time_at(overdue.due), message=step.message)
        for step, overdue in with_form(TraceOverdue, of_request)
    )
    # A final answer may have been proven to the Secretariat again.
    answers = {answer.answer: (step, answer) for step, answer in with_form(TraceAnswer, of_request)}
    return TraceRequestShown(
        number=request.request,
        asked=request.asked,
        urgency=form.urgency,
        state=request.status.state,
        requested=moment(asked.signed),
        due=moment(request.status.due),
        missed=rules.is_missed(request.status, now),
        received=None if form.received is None else _link(form.received),
        remark=None if at_secretariat else form.remark,
        officer=None if at_secretariat else asked.officer,
        message=asked.message,
        answers=tuple(_reply(step, answer, request.status) for step, answer in answers.values()),
        comments=tuple(_remark(step, comment) for step, comment in with_form(TraceComment, of_request)),
        escalation=next(iter(escalated), None),
    )


def _reply(step: StoredStep, form: TraceAnswer, status: TraceStatus) -> TraceReply:
    stated = {name: getattr(form, name) for name in ("answer", "onward", "reason", "to", "remark")}
    return TraceReply.model_validate(
        {
            **stated,
            "link": None if form.link is None else _link(form.link),
            "officer": step.officer or None,
            "answered": moment(step.signed),
            "late": rules.is_late(status, AnswerWord(form.answer), step.signed),
            "message": step.message,
        }
    )


def _remark(step: StoredStep, form: TraceComment) -> TraceRemark:
    return TraceRemark(
        by=step.sender, text=form.text, officer=step.officer, written=moment(step.signed), message=step.message
    )


def _link(link: TraceLink) -> ChainLink:
    return ChainLink.model_validate({"from": link.origin, "to": link.to, "on": link.on, "kind": link.kind})
