"""The JSON bodies of messages for programs, by `form`; a message without a form is plain text for people.

Does NOT know who may send which form, or how it is handled.
"""

from typing import Final

import msgspec

from shared.protocol.payloads.confirmations import (
    MAX_REQUESTS,
    AnswerProof,
    ConfirmationAnswer,
    ConfirmationRequest,
    Escalation,
    Overdue,
)
from shared.protocol.payloads.forms import MAX_PROOF, MAX_REMARK, RecordName, Seconds, Urgency
from shared.protocol.payloads.records import (
    MAX_ALERTED,
    MAX_HITS_TOGETHER,
    MAX_NUMBER_OF_RECORD,
    MAX_PLACE,
    MAX_RELEASED,
    AlertedRecord,
    Condition,
    Handling,
    HitDetails,
    HitsNotice,
    How,
    OtherCondition,
    Publication,
    Release,
    ReviewAct,
    ReviewDue,
    ReviewStep,
    ScreeningAlert,
    Withdrawal,
)
from shared.protocol.payloads.standing import StandingNotice
from shared.protocol.payloads.traces import (
    MAX_MARKING,
    MAX_TRACE_REQUESTS,
    TraceAnswer,
    TraceAnswerProof,
    TraceAnswerWord,
    TraceComment,
    TracedFirearm,
    TraceEscalation,
    TraceLink,
    TraceLinkKind,
    TraceOverdue,
    TraceRefusal,
    TraceRequest,
)

__all__ = [
    "FORMS",
    "MAX_ALERTED",
    "MAX_HITS_TOGETHER",
    "MAX_MARKING",
    "MAX_NUMBER_OF_RECORD",
    "MAX_PLACE",
    "MAX_PROOF",
    "MAX_RELEASED",
    "MAX_REMARK",
    "MAX_REQUESTS",
    "MAX_TRACE_REQUESTS",
    "SECRETARIAT_FORMS",
    "SERVICE_FORMS",
    "AlertedRecord",
    "AnswerProof",
    "Condition",
    "ConfirmationAnswer",
    "ConfirmationRequest",
    "Escalation",
    "Form",
    "Handling",
    "HitDetails",
    "HitsNotice",
    "How",
    "OtherCondition",
    "Overdue",
    "Publication",
    "RecordName",
    "Release",
    "ReviewAct",
    "ReviewDue",
    "ReviewStep",
    "ScreeningAlert",
    "Seconds",
    "StandingNotice",
    "TraceAnswer",
    "TraceAnswerProof",
    "TraceAnswerWord",
    "TraceComment",
    "TraceEscalation",
    "TraceLink",
    "TraceLinkKind",
    "TraceOverdue",
    "TraceRefusal",
    "TraceRequest",
    "TracedFirearm",
    "Urgency",
    "Withdrawal",
    "name_of",
    "read",
    "write",
]

Form = (
    HitsNotice
    | Withdrawal
    | Publication
    | ReviewDue
    | ReviewStep
    | ScreeningAlert
    | ConfirmationRequest
    | ConfirmationAnswer
    | Escalation
    | Overdue
    | AnswerProof
    | StandingNotice
    | Release
    | TraceRequest
    | TraceAnswer
    | TraceComment
    | TraceEscalation
    | TraceOverdue
    | TraceAnswerProof
)

FORMS: Final[dict[str, type[Form]]] = {
    "hits": HitsNotice,
    "withdrawal": Withdrawal,
    "publication": Publication,
    "review-due": ReviewDue,
    "review": ReviewStep,
    "screening-alert": ScreeningAlert,
    "confirmation-request": ConfirmationRequest,
    "confirmation-answer": ConfirmationAnswer,
    "escalation": Escalation,
    "overdue": Overdue,
    "answer-proof": AnswerProof,
    "standing": StandingNotice,
    "release": Release,
    "trace-request": TraceRequest,
    "trace-answer": TraceAnswer,
    "trace-comment": TraceComment,
    "trace-escalation": TraceEscalation,
    "trace-overdue": TraceOverdue,
    "trace-answer-proof": TraceAnswerProof,
}
# Only services may send these.
SERVICE_FORMS: Final = frozenset({"hits", "withdrawal", "publication", "review-due", "review", "screening-alert"})
# Only the General Secretariat may send these.
SECRETARIAT_FORMS: Final = frozenset({"standing"})

_NAMES: Final = {kind: name for name, kind in FORMS.items()}
_decoders: Final = {name: msgspec.json.Decoder(kind).decode for name, kind in FORMS.items()}
_encode: Final = msgspec.json.Encoder().encode


def name_of(form: Form) -> str:
    """Return the name of a form."""
    return _NAMES[type(form)]


def write(form: Form) -> str:
    """Return a form as the body of a message."""
    return _encode(form).decode()


def read(name: str, body: str) -> Form:
    """Decode a body of a form. Raises ValueError for an unknown form or a malformed body."""
    decode = _decoders.get(name)
    if decode is None:
        raise ValueError("unknown form")
    return decode(body)
