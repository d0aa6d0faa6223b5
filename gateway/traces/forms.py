"""The forms of traces, made of what officers state."""

from typing import Final

from gateway.traces.chain import ChainLink
from gateway.traces.models import NextRequestDraft, TraceAnswerDraft, TraceDraft
from gateway.traces.rows import StoredTrace
from shared.personal_data import require_no_personal_data
from shared.protocol.payloads import TraceAnswer, TraceComment, TraceLink, TraceRequest

ADVICE: Final = "write of the firearm and of books alone; send what is about a person in a message"


def require_no_person(text: str, at: str) -> None:
    """Require a free text about the firearm alone. Raises PersonalData."""
    require_no_personal_data({at: text}, ADVICE)


def request_form(trace: StoredTrace, draft: TraceDraft | NextRequestDraft, received: TraceLink | None) -> TraceRequest:
    """Return the request that is the latest of a trace. Raises PersonalData."""
    require_no_person(draft.remark, "/remark")
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
    """Return an answer. Raises PersonalData."""
    require_no_person(draft.remark, "/remark")
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


def comment_form(trace_id: str, number: int, text: str) -> TraceComment:
    """Return a comment. Raises PersonalData."""
    require_no_person(text, "/text")
    return TraceComment(trace=trace_id, number=number, text=text)


def _link(link: ChainLink) -> TraceLink:
    return TraceLink(origin=link.origin, to=link.to, on=link.on, kind=link.kind.value)
