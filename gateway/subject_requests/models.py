"""Requests and responses: data subject requests, the decisions of the Commission, and their execution."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.bureaus import Bureau
from shared.codes import Nationality
from shared.dates import Day, PartialDate
from shared.ids import UUID7_PATTERN, RecordId
from shared.patterns import NOT_BLANK
from shared.people import Text
from shared.records.models import Corrections, Reference
from shared.service import NAME_PATTERN
from shared.validation import wrong
from shared.web.paging import PageQuery

MAX_STATEMENT: Final = 10_000
MAX_REASON: Final = 4_000
MAX_TOGETHER: Final = 50
# The largest number that the column takes.
MAX_RECORD: Final = 2**15 - 1

RequestId = Annotated[
    str,
    Field(
        pattern=UUID7_PATTERN,
        description="Identifies a request of a data subject: a UUIDv7 in lower case.",
        examples=["0197a3c2-6c2f-7d4b-8a31-5e6f708192a3"],
    ),
]
ServiceName = Annotated[str, Field(pattern=NAME_PATTERN, examples=["missing-persons"])]
RecordNumber = Annotated[int, Field(ge=1, le=MAX_RECORD, description="Its number in the request.", examples=[1])]
Reasoning = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON, pattern=NOT_BLANK)
]


class SubjectRequestKind(StrEnum):
    """What a person requests."""

    ACCESS = "access"
    CORRECTION = "correction"
    DELETION = "deletion"
    REVISION = "revision"
    """Of an earlier decision, because of a fact that was not known then."""


class SubjectRequestState(StrEnum):
    """The state of a request. `decided`: not every remedy is carried out or abandoned yet."""

    RECEIVED = "received"
    ADMISSIBLE = "admissible"
    INADMISSIBLE = "inadmissible"
    DECIDED = "decided"
    CARRIED_OUT = "carried-out"
    CLOSED = "closed"


class CommissionOutcome(StrEnum):
    """What the Commission decided."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    REFUSED = "refused"


class RemedyAct(StrEnum):
    """A remedy for a record."""

    DISCLOSE = "disclose"
    CORRECT = "correct"
    DELETE = "delete"


class RemedyState(StrEnum):
    """The state of a record of a request: attached; decided on; its remedy carried out, or abandoned."""

    ATTACHED = "attached"
    DECIDED = "decided"
    CARRIED_OUT = "carried-out"
    ABANDONED = "abandoned"


class RequestStep(StrEnum):
    """A step in a request."""

    ENTERED = "entered"
    ADMITTED = "admitted"
    NOT_ADMITTED = "not-admitted"
    ATTACHED = "record-attached"
    REMOVED = "record-removed"
    DECIDED = "decided"
    RESTATED = "corrections-restated"
    CARRIED_OUT = "carried-out"
    ABANDONED = "abandoned"
    CLOSED = "closed"
    FORGOTTEN = "forgotten"


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSubject(_Input):
    """The person who makes a request."""

    family_name: Text = Field(examples=["Marlowe"])
    forename: Text | None = Field(None, examples=["Julia Ann"])
    date_of_birth: PartialDate | None = None
    nationality: Nationality | None = None
    contact: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] | None = Field(
        None, description="The address for the answer.", examples=["c/o Ostrander & Lind, Rotterdam"]
    )


class RecordLocation(_Input):
    """A record of a service that concerns the subject."""

    service: ServiceName
    path: Annotated[str, Field(pattern=NAME_PATTERN)] | None = Field(
        None, description="The path of the kind, where a service has several kinds of records.", examples=["bodies"]
    )
    record: RecordId


class Revision(_Input):
    """Which decision is to be revised, and why: within six months from the discovery of a new fact."""

    request: RequestId
    new_fact: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON, pattern=r"\S")
    ] = Field(
        description="What was not known when it was decided, and could have led to another decision.",
        examples=["A court acquitted me on 4 May."],
    )
    discovered: Day = Field(description="When the subject learned of it, after the decision.", examples=["2026-05-04"])


class SubjectRequestDraft(_Input):
    """A request as an officer of the Commission enters it."""

    kind: SubjectRequestKind
    received: Day = Field(description="When the Commission received it; not in the future.", examples=["2026-05-29"])
    subject: DataSubject
    statement: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_STATEMENT, pattern=NOT_BLANK)
    ] = Field(description="What the subject asks for, and why.", examples=["I was found, and am no longer missing."])
    records: tuple[RecordLocation, ...] = Field(
        (), max_length=MAX_TOGETHER, description="Records known to concern the subject."
    )
    revision: Revision | None = Field(None, description="With the kind `revision` alone.", examples=[None])

    @model_validator(mode="after")
    def _require_revision(self) -> Self:
        if (self.kind is SubjectRequestKind.REVISION) != (self.revision is not None):
            raise ValueError("the kind `revision` and the member revision go together")
        return self


class Admissibility(_Input):
    """Whether the Commission examines a request."""

    admissible: bool
    reason: Reasoning = Field(examples=["The identity of the subject is proven."])


class Remedy(_Input):
    """A remedy for a record."""

    record: RecordNumber
    act: RemedyAct
    corrections: Corrections | None = Field(None, description="With `correct` alone.")

    @model_validator(mode="after")
    def _require_corrections(self) -> Self:
        if (self.act is RemedyAct.CORRECT) != (self.corrections is not None):
            raise wrong("/corrections", "the act `correct` and corrections go together")
        return self


class DecisionDraft(_Input):
    """A decision of the Commission: final, and binding on all bureaus."""

    outcome: CommissionOutcome
    reasons: Reasoning = Field(examples=["The person was found on 3 May; the purpose is fulfilled."])
    remedies: tuple[Remedy, ...] = Field(
        (),
        max_length=100,
        description="`disclose` on access; `correct` or `delete` on correction and deletion: where the request is "
        "granted, the one that was requested, for every record. None where it is refused.",
    )


class RestatedCorrections(_Input):
    """Corrections that a service can accept."""

    corrections: Corrections = Field(examples=[{"forename": "Julia"}])


class StatedReason(_Input):
    """Why a remedy cannot be carried out, or how the subject withdrew the request."""

    reason: Reasoning = Field(examples=["Withdrawn by letter of 12 June 2026."])


# --- what goes out


class RemedyProof(BaseModel):
    """The signed answer of a service that has carried out a remedy: anyone who has its public key can verify it."""

    at: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    request: str = Field(description="The id of the signed request.", examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
    status: int = Field(description="410 where the record was already gone.", examples=[200])
    signature: str = Field(description="The signature header of the answer.")
    body: str = Field(description="The signed body.")


class ConcernedRecord(BaseModel):
    """A record that concerns the subject, and its remedy."""

    number: RecordNumber
    service: ServiceName
    path: str | None = Field(description="The path of its kind in the service.", examples=["bodies"])
    record: RecordId
    owner: Bureau
    act: RemedyAct | None = Field(description="The remedy; null if none was decided.")
    corrections: Corrections | None = Field(description="With `correct`.", examples=[{"forename": "Julia"}])
    state: RemedyState
    attempts: int = Field(ge=0, description="How many attempts there were to carry it out.", examples=[1])
    problem: str | None = Field(
        description="Why the last attempt failed; it is repeated until it succeeds or is abandoned.",
        examples=["unreachable: the service is not there"],
    )
    refused: bool = Field(description="Whether the service refused the last attempt: then corrections can be restated.")
    proof: RemedyProof | None = Field(
        description="Null until it is carried out, and for `disclose`: no report is stored."
    )


class SubjectRequestStep(BaseModel):
    """A step of an officer of the Commission."""

    at: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    officer: str = Field(description="`gateway` where no person acted.", examples=["ccf.officer"])
    step: RequestStep
    record: int | None = Field(description="The number of the record that the step is about.")
    reason: str | None = Field(description="The reason that was given.")


class SubjectRequestSummary(BaseModel):
    """A request without its subject and statement."""

    id: RequestId
    number: Reference = Field(description="The file number of the Commission; without gaps in each year.")
    kind: SubjectRequestKind
    state: SubjectRequestState
    received: date = Field(examples=["2026-05-29"])
    entered: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    admitted: date | None = Field(description="When it was found admissible.", examples=["2026-06-15"])
    due: date | None = Field(
        description="The last day for the next step: in `received` the decision on admissibility, in `admissible` the "
        "decision on the request, in `decided` its execution. Null where no deadline runs.",
        examples=["2026-06-29"],
    )
    overdue: bool = Field(description="Whether that day is over, in UTC.")
    outcome: CommissionOutcome | None
    revises: RequestId | None = Field(description="Whose decision is to be revised; null for other kinds.")
    discovered: date | None = Field(description="When the new fact was discovered.", examples=["2026-05-04"])
    forget_on: date | None = Field(description="When the subject and the reasons are deleted.", examples=["2027-06-01"])


class SubjectRequest(SubjectRequestSummary):
    """A request of a data subject."""

    subject: DataSubject | None = Field(description="Null once it is deleted.")
    statement: str | None = Field(description="Null once it is deleted.")
    new_fact: str | None = Field(description="Of a request for revision; null once it is deleted.")
    reasons: str | None = Field(description="Of the decision.")
    records: list[ConcernedRecord]
    history: list[SubjectRequestStep] = Field(description="The first step first.")


class RequestQuery(PageQuery):
    """Which requests, newest first."""

    state: SubjectRequestState | None = Field(None, description="Those in one state.")
    kind: SubjectRequestKind | None = Field(None, description="Those of one kind.")
    overdue: bool | None = Field(None, description="Those whose deadline has passed, or has not.")


class SubjectRequestPage(BaseModel):
    """One page of requests, newest first."""

    items: list[SubjectRequestSummary]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[47])
