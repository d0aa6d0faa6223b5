"""Requests and responses of traces: the firearm, the requests to bureaus, their answers, and the chain."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from gateway.hits.models import HitId
from shared.bureaus import Bureau
from shared.codes import Country
from shared.dates import Moment, PartialDate
from shared.identity import Purpose
from shared.ids import UUID_PATTERN
from shared.mailbox.codes import Urgency
from shared.mailbox.models import MessageId
from shared.numbers.stated import Number
from shared.protocol.payloads import MAX_REMARK, MAX_TRACE_REQUESTS
from shared.web.paging import PageQuery

MAX_TEXT: Final = 80
MAX_MARKS: Final = 300

TraceId = Annotated[
    str,
    Field(
        pattern=UUID_PATTERN,
        description="Identifies a trace, for all its bureaus alike: a UUID in lower case.",
        examples=["0197a3c2-8e41-7a6d-8c53-708192a3b4c5"],
    ),
]
RequestNumber = Annotated[int, Field(ge=1, le=MAX_TRACE_REQUESTS, description="Of the requests of a trace.")]
Remark = Annotated[str, Field(max_length=MAX_REMARK, description="Free text; sealed.")]
Comment = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REMARK),
    Field(examples=["The dealer closed in 2011."]),
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
Marks = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_MARKS)]


class TraceSide(StrEnum):
    """The role of a bureau in a trace."""

    REQUESTER = "requester"
    ASKED = "asked"


class TraceState(StrEnum):
    """The state of a request; all but `sent` and `accepted` are final."""

    SENT = "sent"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CANNOT_TRACE = "cannot-trace"
    REFUSED = "refused"
    FORWARDED = "forwarded"


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


class LinkKind(StrEnum):
    """How a firearm came from one place to the next."""

    MANUFACTURE = "manufacture"
    EXPORT = "export"
    IMPORT = "import"
    SALE = "sale"
    ISSUE = "issue"
    TRANSFER = "transfer"
    RETURN = "return"
    LOSS = "loss"
    THEFT = "theft"
    DESTRUCTION = "destruction"
    OTHER = "other"


class ChainLink(BaseModel):
    """A link of the chain: from one country to another, or within one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    origin: Country = Field(alias="from", examples=["DE"])
    to: Country = Field(examples=["ES"])
    on: PartialDate = Field(description="As far as it is known.", examples=["2019-05"])
    kind: LinkKind = Field(examples=["export"])


class TracedFirearmInput(BaseModel):
    """A firearm as it is marked. No person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    make: Text = Field(description="As it is marked.", examples=["Walther"])
    serial_number: Number = Field(description="As it is marked, with its letters.", examples=["DEM 204881"])
    model: Text | None = Field(None, examples=["P99"])
    calibre: Text | None = Field(None, examples=["9x19"])
    kind: Text | None = Field(None, examples=["pistol"])
    country_of_manufacture: Country | None = Field(None, examples=["DE"])
    import_mark: Marks | None = Field(None, examples=["ES 19"])
    import_country: Country | None = Field(None, description="Of the last legal import.", examples=["ES"])
    year: int | None = Field(None, ge=1700, le=2100, description="Of manufacture.", examples=[2019])
    other_markings: Marks | None = Field(None, examples=["proof mark of Ulm"])


class TraceDraft(BaseModel):
    """A trace as an officer begins it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Bureau = Field(
        description="The bureau of the country of manufacture, or of the last legal import.", examples=["DE"]
    )
    firearm: TracedFirearmInput
    hit: HitId | None = Field(
        None,
        description="The hit that it follows, on a record of a firearm: kept here, and shown to no other bureau.",
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
    officer: str = Field(examples=["de.officer"])
    answered: AwareDatetime = Field(description="When it was signed.", examples=["2026-06-02T09:00:00Z"])
    late: bool = Field(description="Whether its time was over when it was signed.")
    message: MessageId


class TraceRemark(BaseModel):
    """A comment of one of the two bureaus of a request."""

    by: Bureau = Field(examples=["PL"])
    text: str
    officer: str = Field(examples=["pl.officer"])
    written: AwareDatetime = Field(examples=["2026-06-02T09:00:00Z"])
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
    remark: str
    officer: str = Field(examples=["pl.officer"])
    message: MessageId = Field(description="The message that carried it, which begins its thread.")
    answers: tuple[TraceReply, ...] = Field(description="Two at most: `accepted`, and then a final one.")
    comments: tuple[TraceRemark, ...]


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
    firearm: TracedFirearmInput
    stored: AwareDatetime = Field(
        description="When this bureau began or received it.", examples=["2026-06-01T12:00:00Z"]
    )


class Chain(BaseModel):
    """The way of a firearm as far as it is known, link after link."""

    trace: TraceId
    links: tuple[ChainLink, ...] = Field(description="In the order in which they were answered.")
    next: Bureau | None = Field(description="The bureau to ask next, as the last answer says.", examples=["ES"])


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
        description="Where the evidence of each message is, which proves it offline.",
        examples=[["/api/messages/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192/evidence"]],
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
