"""Requests and answers: leaves of several logs, and alarms."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.witness.rules import MEANINGS, Fault
from shared.audit.models import NAMED, AuditedRequest, EntryFigures, LeafFilter, SignedCheckpoint
from shared.ids import RecordId
from shared.service import NAME_PATTERN

MAX_CURSOR: Final = 2_000
MAX_NUMBER: Final = 2**53

ServiceName = Annotated[str, Field(pattern=NAME_PATTERN, examples=["stolen-vehicles"])]


class AuditQuery(LeafFilter):
    """Which leaves of all logs to list, newest first."""

    service: ServiceName | None = Field(None, description="Only this service.")
    after: str | None = Field(None, max_length=MAX_CURSOR, description="The `next` of the previous page.")


class ServiceRequest(AuditedRequest):
    """The content of one leaf, and of which service it is."""

    service: ServiceName


class Delay(StrEnum):
    """Why leaves of a log may be missing on a page."""

    LOOKING = "looking"
    NO_PROGRESS = "no-progress"
    UNREADABLE = "unreadable"


class StalledLog(BaseModel):
    """A log whose newer leaves may be missing on a page."""

    service: ServiceName
    why: Delay = Field(
        description="`looking`: few leaves match, and not all were scanned. `no-progress`: its pages do not continue "
        "where they should. `unreadable`: its service did not answer within 3 s, or not with a page, or with leaves of "
        "the future."
    )
    detail: str = Field(examples=["the log of notices cannot be read: it was answered 500"])


class MergedPage(BaseModel):
    """One page of several logs, newest first."""

    items: list[ServiceRequest] = Field(description="The leaves, newest first; where few match, fewer than `limit`.")
    next: str | None = Field(
        description="Pass as `after` to get the next page, even if this one is empty; null on the last page. Stalled "
        "logs continue where they were.",
        examples=["notices:247,stolen-vehicles:1012"],
    )
    named: list[RecordId] = Field([], description=NAMED, examples=[["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"]])
    stalled: list[StalledLog] = Field(
        description="The logs that this page did not wait for. Their missing leaves come on later pages, if at all.",
        examples=[[]],
    )


class ServiceFigures(EntryFigures):
    """How many records a bureau entered in one service, and took back soon after."""

    service: ServiceName


class AllFigures(BaseModel):
    """How many records bureaus entered and took back; for the Secretariat's auditors of all bureaus."""

    items: list[ServiceFigures] = Field(description="One for each service and bureau that entered something in it.")
    stalled: list[StalledLog] = Field(description="The services whose figures are missing.", examples=[[]])


class AlarmQuery(BaseModel):
    """Which alarms to list, newest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int = Field(MAX_NUMBER, ge=0, le=MAX_NUMBER, description="The `next` of the previous page.")
    limit: int = Field(20, ge=1, le=100, description="How many at most.", examples=[20])


_FAULTS: Final = " ".join(
    f"Of {subject}: " + "; ".join(f"`{fault}`: {meaning}" for fault, meaning in faults.items()) + "."
    for subject, faults in MEANINGS.items()
)


class Alarm(BaseModel):
    """An alarm about a log, the directory, a service, a clock or the broker.

    For a log: what it signed before, and what it showed then. Only the Secretariat has alarms about the broker.
    """

    number: int = Field(examples=[1])
    service: ServiceName
    fault: Fault = Field(description=_FAULTS)
    says: str = Field(description="The alarm in words.", examples=["the log signed two different trees of 247 leaves"])
    seen: SignedCheckpoint | None = Field(description="What it had signed before; null if nothing was seen.")
    shown: SignedCheckpoint | None = Field(description="What it showed first that contradicts it; null for the broker.")
    proof: str | None = Field(
        None,
        description="A file for `i247 audit verify`: a signed answer that contradicts `seen`.",
    )
    openings: list[str] = Field([], description="For `new-log`: the first leaf of each new log, newest first.")
    first: AwareDatetime = Field(description="When it was raised first.", examples=["2026-06-01T12:00:00Z"])
    last: AwareDatetime = Field(description="When it was raised last.", examples=["2026-06-01T12:07:00Z"])
    times: int = Field(description="How often it was raised.", examples=[420])


class AlarmPage(BaseModel):
    """One page of alarms, newest first."""

    items: list[Alarm]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last page.", examples=[1])
