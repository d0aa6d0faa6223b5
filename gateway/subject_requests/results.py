"""Reports about a decision: how it is carried out, and what the subject is given."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from gateway.subject_requests.models import ConcernedRecord, RequestSummary
from shared.bureaus import Bureau
from shared.identity import Purpose
from shared.records.models import Deletion, Recall, Reference
from shared.records.policy import Terms


class ToldBureau(BaseModel):
    """A bureau that was told to remove or to replace its copies, and what it signed."""

    bureau: Bureau
    told: Recall


class ExecutedRemedy(ConcernedRecord):
    """How far it is with what was decided on a record, in the gateway, in its service and at the bureaus."""

    deleted: Deletion | None = Field(
        description="How the record ended, as its service tells it; null while it is there."
    )
    holds: bool | None = Field(
        description="Whether what was carried out still stands: that the record is deleted, or says what it was "
        "corrected to. An owner may change it again: decide on it again. Null where nothing "
        "was changed, where a corrected record is gone, or where the service does not answer at the moment."
    )
    told: list[ToldBureau] | None = Field(
        description="Which bureaus were informed, and whether each has signed that it was applied; null where the "
        "service does not answer at the moment, or knows nothing of the record any more."
    )


class ExecutionReport(BaseModel):
    """How a decision is carried out."""

    request: RequestSummary
    remedies: list[ExecutedRemedy]


class ShownTo(BaseModel):
    """A bureau that was shown a record."""

    bureau: Bureau
    first: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    last: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])


class DisclosedRecord(Terms):
    """A record as it is, and who has seen it."""

    number: int = Field(ge=1, description="Its number in the request.", examples=[1])
    service: str = Field(examples=["missing-persons"])
    owner: Bureau = Field(description="The bureau that supplied it.")
    purpose: Purpose | None = Field(description="For what it was entered; null if that was not asked then.")
    content: dict[str, Any] = Field(description="All that it says, but who is barred from it.")
    shown_to: list[ShownTo] = Field(description="By their codes.")


class AccessReport(BaseModel):
    """What the subject is given."""

    number: Reference
    made: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    records: list[DisclosedRecord]
    gone: list[int] = Field(description="The numbers of records that are not there any more.", examples=[[]])
    abandoned: list[int] = Field(
        description="The numbers of records that could not be disclosed: their steps say why.", examples=[[]]
    )
