"""Requests and responses of traces: the firearm, the requests to bureaus, their answers, and the chain."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from gateway.hits.models import HitId
from gateway.traces.chain import Chain, ChainLink, TraceId
from gateway.traces.firearm import ShownFirearm, TracedFirearmInput
from shared.bureaus import Bureau
from shared.dates import Moment
from shared.identity import Purpose
from shared.ids import UUID_PATTERN
from shared.mailbox.codes import Urgency
from shared.mailbox.models import MessageId
from shared.protocol.payloads import MAX_REMARK, MAX_TRACE_REQUESTS
from shared.web.paging import PageQuery

RequestNumber = Annotated[int, Field(ge=1, le=MAX_TRACE_REQUESTS, description="Of the requests of a trace.")]
Remark = Annotated[
    str,
    Field(
        max_length=MAX_REMARK,
        description="Free text; sealed. Name no person: an address, a number to call or a title with a name is "
        "refused, but not each name is recognised.",
    ),
]
Comment = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REMARK),
    Field(examples=["The dealer closed in 2011."]),
]


class TraceSide(StrEnum):
    """The role of a bureau in a trace. The Secretariat is informed of requests that were not answered in time."""

    REQUESTER = "requester"
    ASKED = "asked"
    SECRETARIAT = "secretariat"


class TraceState(StrEnum):
    """The state of a request; all but `sent`, `accepted` and `overdue` are final.

    `overdue`, at the Secretariat alone: it is informed that there was no final answer in time, and there is none yet.
    """

    SENT = "sent"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CANNOT_TRACE = "cannot-trace"
    REFUSED = "refused"
    FORWARDED = "forwarded"
    OVERDUE = "overdue"


class AnswerWord(StrEnum):
    """An answer of the bureau that is asked."""

    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CANNOT_TRACE = "cannot-trace"
    REFUSED = "refused"
    FORWARDED = "forwarded"


class TraceRefusalReason(StrEnum):
    """Why a bureau does not trace a firearm."""

    NOT_COMPETENT = "not-competent"
    NATIONAL_LAW = "national-law"
    PURPOSE = "purpose"
    INSUFFICIENT_INFORMATION = "insufficient-information"
    DUPLICATE = "duplicate"
    OTHER = "other"


class TraceDraft(BaseModel):
    """A trace as an officer begins it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Bureau = Field(
        description="The bureau of the country of manufacture, or of the last legal import.", examples=["DE"]
    )
    firearm: TracedFirearmInput
    hit: HitId | None = Field(
        None,
        description="The hit that it follows, on a record of this firearm: kept here, and shown to no other bureau. "
        "Your gateway reads the record in your name, and compares number and make.",
        examples=[None],
    )
    urgency: Urgency = Field("routine", description="How much time each bureau has to answer.", examples=["routine"])
    remark: Remark = Field("", examples=["Seized with four others at the border."])


class NextRequestDraft(BaseModel):
    """The request to the next bureau of the chain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Bureau = Field(examples=["ES"])
    urgency: Urgency = Field("routine", examples=["routine"])
    remark: Remark = Field("", examples=["Germany exported it to Spain."])


class TraceAnswerDraft(BaseModel):
    """An answer as an officer of the bureau that is asked gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: AnswerWord = Field(examples=["accepted"])
    link: ChainLink | None = Field(None, description="With `answered` alone: what your books say.", examples=[None])
    onward: bool = Field(False, description="Whether the link may be shown to the bureau that is asked next.")
    reason: TraceRefusalReason | None = Field(None, description="With `refused` alone.", examples=[None])
    to: Bureau | None = Field(None, description="With `forwarded` alone: the bureau to ask instead.", examples=[None])
    remark: Remark = Field("", examples=["The books of that year are in the state archive."])


class CommentDraft(BaseModel):
    """A comment to the other bureau of the latest request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Comment


class TracedRecord(BaseModel):
    """The record that was found, and the hit on it."""

    hit: HitId
    service: str = Field(examples=["firearms"])
    kind: str = Field(examples=["firearm"])
    record: str = Field(pattern=UUID_PATTERN, examples=["0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"])
    version: int = Field(ge=1, examples=[1])


class TraceReply(BaseModel):
    """An answer to a request."""

    answer: AnswerWord
    link: ChainLink | None
    onward: bool
    reason: TraceRefusalReason | None
    to: Bureau | None
    remark: str
    officer: str | None = Field(description="Not shown to the Secretariat here.", examples=["de.officer"])
    answered: AwareDatetime = Field(description="When it was signed.", examples=["2026-06-02T09:00:00Z"])
    late: bool | None = Field(
        description="Whether its time was over when it was signed; null at the Secretariat where neither is proven: "
        "that it came in time, or that it did not."
    )
    message: MessageId


class TraceRemark(BaseModel):
    """A comment of one of the two bureaus of a request."""

    by: Bureau = Field(examples=["PL"])
    text: str
    officer: str = Field(examples=["pl.officer"])
    written: AwareDatetime = Field(examples=["2026-06-02T09:00:00Z"])
    message: MessageId


class TraceEscalated(BaseModel):
    """That the Secretariat was informed of a request that was not answered in time."""

    due: AwareDatetime = Field(
        description="When the time was over, by the request and by the receipt for it.",
        examples=["2026-06-08T12:00:00Z"],
    )
    message: MessageId


class TraceRequestShown(BaseModel):
    """A request to a bureau, with its answers and comments."""

    number: RequestNumber
    asked: Bureau = Field(examples=["DE"])
    urgency: Urgency
    state: TraceState
    requested: AwareDatetime = Field(description="When it was signed.", examples=["2026-06-01T12:00:00Z"])
    due: AwareDatetime = Field(description="By when an answer was asked for.", examples=["2026-06-08T12:00:00Z"])
    missed: bool = Field(description="Whether that time was over without a final answer, or before it.")
    received: ChainLink | None = Field(description="How the firearm came to the country that is asked, if it was told.")
    remark: str | None = Field(description="What the requester wrote; not shown to the Secretariat here.")
    officer: str | None = Field(description="The officer; not shown to the Secretariat here.", examples=["pl.officer"])
    message: MessageId = Field(
        description="The message that carried it, which begins its thread; it is not in the boxes of the Secretariat."
    )
    answers: tuple[TraceReply, ...] = Field(description="Two at most: `accepted`, and then a final one.")
    comments: tuple[TraceRemark, ...]
    escalation: TraceEscalated | None = Field(
        None, description="That the Secretariat was informed of it; at the bureau asked, that it was told so."
    )


class TraceSummary(BaseModel):
    """A trace, and the state of its latest request."""

    model_config = ConfigDict(frozen=True)

    id: TraceId
    side: TraceSide = Field(description="The role of your bureau.")
    requester: Bureau = Field(examples=["PL"])
    asked: Bureau = Field(description="By the latest request that your bureau knows of.", examples=["DE"])
    state: TraceState
    due: AwareDatetime | None = Field(description="While an answer is due.", examples=["2026-06-08T12:00:00Z"])
    missed: bool = Field(description="Whether the time of the latest request was over without a final answer.")
    requests: int = Field(ge=1, description="The number of the latest that your bureau knows of.", examples=[1])
    firearm: ShownFirearm
    stored: AwareDatetime = Field(
        description="When this bureau began or received it.", examples=["2026-06-01T12:00:00Z"]
    )


class Trace(TraceSummary):
    """A trace with all requests that your bureau knows of: of an asked one those to itself."""

    purpose: Purpose
    found: TracedRecord | None = Field(description="What it follows; shown to the requester alone.")
    asked_bureaus: tuple[TraceRequestShown, ...] = Field(description="Each request, the first one first.")
    chain: Chain


class TraceExport(BaseModel):
    """A trace as a file: what was asked and answered, when it was written, and by which officer."""

    exported: AwareDatetime = Field(examples=["2026-06-09T12:00:00Z"])
    by: Bureau = Field(examples=["PL"])
    officer: str = Field(examples=["pl.officer"])
    trace: Trace
    proofs: tuple[str, ...] = Field(
        description="Where the evidence of each message in the boxes of your bureau is, which proves it offline.",
        examples=[["/api/messages/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192/evidence?from=PL"]],
    )


class TraceQuery(PageQuery):
    """Which traces, newest first."""

    side: TraceSide | None = Field(None, description="Those that your bureau began, or in which it was asked.")
    state: TraceState | None = Field(None, description="Those whose latest request is in one state.")
    missed: bool | None = Field(None, description="Those whose latest request is not answered in time, or the others.")
    bureau: Bureau | None = Field(None, description="Those with one other bureau.")
    since: Moment | None = Field(None, description="Those stored since then.", examples=["2026-06-01T12:00:00Z"])


class TracePage(BaseModel):
    """One page of traces, newest first."""

    items: list[TraceSummary]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[247])
