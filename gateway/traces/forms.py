"""The forms of traces, made of what officers state."""

from typing import Final

from gateway.traces.models import ChainLink, NextRequestDraft, TraceAnswerDraft, TracedFirearmInput, TraceDraft
from gateway.traces.rows import StoredTrace
from shared.personal_data import require_no_personal_data
from shared.protocol.payloads import TraceAnswer, TracedFirearm, TraceLink, TraceRequest

_FREE_TEXT: Final = ("make", "model", "calibre", "kind", "import_mark", "other_markings")


def firearm_of(stated: TracedFirearmInput) -> TracedFirearm:
    """Return the firearm of a trace. Raises PersonalData."""
    texts = {f"/firearm/{member}": getattr(stated, member) for member in _FREE_TEXT}
    advice = "state what is marked on the firearm alone; no person, address or number to call"
    require_no_personal_data(texts, advice, {"/firearm/serial_number": stated.serial_number})
    return TracedFirearm(**stated.model_dump())


def request_form(trace: StoredTrace, draft: TraceDraft | NextRequestDraft, received: TraceLink | None) -> TraceRequest:
    """Return the request that is the latest of a trace."""
    return TraceRequest(
        trace=trace.id,
        number=trace.requests,
        urgency=draft.urgency,
        due=trace.status.due / 1000,
        firearm=trace.firearm,
        received=received,
        remark=draft.remark,
    )


def answer_form(trace_id: str, number: int, draft: TraceAnswerDraft) -> TraceAnswer:
    """Return an answer."""
    return TraceAnswer(
        trace=trace_id,
        number=number,
        answer=draft.answer.value,
        link=None if draft.link is None else _link(draft.link),
        onward=draft.onward,
        reason=None if draft.reason is None else draft.reason.value,
        to=draft.to,
        remark=draft.remark,
    )


def _link(link: ChainLink) -> TraceLink:
    return TraceLink(origin=link.origin, to=link.to, on=link.on, kind=link.kind.value)
