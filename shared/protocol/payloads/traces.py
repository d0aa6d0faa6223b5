"""The forms by which bureaus trace a firearm, with the Secretariat if an answer is late."""

from typing import Annotated, Final, Literal

import msgspec

from shared.protocol.envelope import Code, Uuid
from shared.protocol.payloads.forms import MAX_REMARK, BaseForm, Proof, Remark, Seconds, Urgency

# Of one bureau in one trace of a firearm; most chains have fewer than five links.
MAX_TRACE_REQUESTS: Final = 20
MAX_MARKING: Final = 300

_Marking = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_MARKING, pattern=r"\A[^\x00]*\Z")]
_Country = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")]
_OfTrace = Annotated[int, msgspec.Meta(ge=1, le=MAX_TRACE_REQUESTS)]
TraceAnswerWord = Literal["accepted", "answered", "cannot-trace", "refused", "forwarded"]
TraceRefusal = Literal["not-competent", "national-law", "purpose", "insufficient-information", "duplicate", "other"]
TraceLinkKind = Literal[
    "manufacture",
    "export",
    "import",
    "sale",
    "issue",
    "transfer",
    "return",
    "loss",
    "theft",
    "destruction",
    "other",
]


class TracedFirearm(BaseForm, frozen=True, kw_only=True):
    """A firearm as it is marked: what its maker and importers have in their books, and no person."""

    make: _Marking
    make_marked: _Marking | None = None
    serial_number: _Marking
    model: _Marking | None = None
    calibre: _Marking | None = None
    calibre_marked: _Marking | None = None
    kind: _Marking | None = None
    country_of_manufacture: _Country | None = None
    import_mark: _Marking | None = None
    import_country: _Country | None = None
    year: Annotated[int, msgspec.Meta(ge=1700, le=2100)] | None = None
    other_markings: _Marking | None = None


class TraceLink(BaseForm, frozen=True, kw_only=True, rename={"origin": "from"}):
    """A link of the chain of a firearm: how it came from one country to another, or changed hands within one."""

    origin: _Country
    to: _Country
    on: Annotated[str, msgspec.Meta(max_length=21, pattern=r"\A[0-9/-]{4,21}\Z")]
    """A day, month, year, or a range of two."""

    kind: TraceLinkKind


class TraceRequest(BaseForm, frozen=True, kw_only=True):
    """From a bureau to that of a country: where did this firearm go? The message begins the thread of the request.

    It names no record: who is asked may be barred from it.
    """

    trace: Uuid
    """The id of the trace, the same in all requests of the bureau that asks."""

    number: _OfTrace
    """Of the requests of this trace, to whichever bureau."""

    urgency: Urgency
    due: Seconds
    firearm: TracedFirearm
    received: TraceLink | None = None
    """How it came to the country that is asked, as far as the bureau that was asked before lets this be shown."""

    remark: Remark = ""


class TraceAnswer(BaseForm, frozen=True, kw_only=True):
    """From the bureau that is asked, in the thread of the request. Only `accepted` is not the last."""

    trace: Uuid
    number: _OfTrace
    answer: TraceAnswerWord
    link: TraceLink | None = None
    """With `answered` alone; one of its countries is that of the bureau that answers."""

    onward: bool = False
    """Whether the link may be shown to the bureau that is asked next."""

    reason: TraceRefusal | None = None
    """With `refused` alone."""

    to: Code | None = None
    """With `forwarded` alone: the bureau to ask instead."""

    remark: Remark = ""


class TraceComment(BaseForm, frozen=True, kw_only=True):
    """From either bureau of a request to the other, in its thread."""

    trace: Uuid
    number: _OfTrace
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REMARK, pattern=r"\A[^\x00]*\Z")]


class TraceEscalation(BaseForm, frozen=True, kw_only=True):
    """From the requester to the Secretariat, in the thread of a request: the bureau asked has not answered in time."""

    trace: Uuid
    request: Proof
    """The request with a receipt of that bureau, as an evidence file; otherwise it is refused (`not-proven-...`)."""


class TraceOverdue(BaseForm, frozen=True, kw_only=True):
    """From the Secretariat to the bureau asked, in the thread of the request: the evidence shows it is overdue."""

    requester: Code
    trace: Uuid
    number: _OfTrace
    due: Seconds
    """The missed deadline, by the request and by the receipt for it."""


class TraceAnswerProof(BaseForm, frozen=True, kw_only=True):
    """From the bureau asked to the Secretariat, in the thread of the request: its final answer to the requester."""

    requester: Code
    trace: Uuid
    answer: Proof
    """The answer, as an evidence file in base64url; a receipt of the requester in it proves that it was in time."""
