"""What comes in and goes out: leaves of several logs, and alarms."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.witness.rules import Fault
from shared.audit.models import AuditedRequest, EntryFigures, LeafFilter, SignedCheckpoint

MAX_CURSOR: Final = 2_000
MAX_NUMBER: Final = 2**53

ServiceName = Annotated[str, Field(pattern="^[a-z][a-z-]{0,39}$", examples=["stolen-vehicles"])]


class AuditQuery(LeafFilter):
    """Which leaves of all logs, newest first."""

    service: ServiceName | None = Field(None, description="Those of one service.")
    after: str | None = Field(None, max_length=MAX_CURSOR, description="The `next` of the page before.")


class ServiceRequest(AuditedRequest):
    """What one leaf says, and of whose log it is."""

    service: ServiceName


class Delay(StrEnum):
    """Why the leaves of a log are not all in a page."""

    LOOKING = "looking"
    NO_PROGRESS = "no-progress"
    UNREADABLE = "unreadable"


class StalledLog(BaseModel):
    """A log of which a page may lack leaves that are newer than others in it."""

    service: ServiceName
    why: Delay = Field(
        description="`looking`: few leaves fit, and those that were looked through are not all. `no-progress`: its "
        "pages do not go on from where they are asked for. `unreadable`: its service answers nothing within 3 s, or no "
        "page, or leaves that are yet to come."
    )
    detail: str = Field(examples=["the log of notices cannot be read: it was answered 500"])


class MergedPage(BaseModel):
    """One page of several logs, newest first."""

    items: list[ServiceRequest] = Field(description="The leaves, newest first; where few fit, less than `limit`.")
    next: str | None = Field(
        description="Pass as `after` to get the next page, also if this one is empty; null on the last one. Logs that "
        "are stalled are read on from where they were.",
        examples=["notices:247,stolen-vehicles:1012"],
    )
    stalled: list[StalledLog] = Field(
        description="The logs that this page did not wait for. What they lack here comes on later pages, if at all.",
        examples=[[]],
    )


class ServiceFigures(EntryFigures):
    """How many records a bureau entered in one service, and took back soon after."""

    service: ServiceName


class AllFigures(BaseModel):
    """How bureaus keep to the rules, in figures; of your bureau alone, but for the Secretariat's auditors."""

    items: list[ServiceFigures] = Field(description="Of each service and each bureau that entered something in it.")
    stalled: list[StalledLog] = Field(description="The services whose figures are not among them.", examples=[[]])


class AlarmQuery(BaseModel):
    """Which alarms, newest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int = Field(MAX_NUMBER, ge=0, le=MAX_NUMBER, description="The `next` of the page before.")
    limit: int = Field(20, ge=1, le=100, description="How many at the most.", examples=[20])


class Alarm(BaseModel):
    """That a log or the directory contradicts itself, a service answers what none may, or the broker was changed.

    For a log: what it signed before, and what it showed then. The Secretariat alone is told of the broker.
    """

    number: int = Field(examples=[1])
    service: ServiceName
    fault: Fault = Field(
        description="`shrunk`: it had signed for more leaves. `forked`: it signed two trees of one size. `rewritten`: "
        "the larger tree does not begin with the smaller. `unproven`: it did not prove for a minute that it does. "
        "`unsigned`, `unreadable`: it is no checkpoint of the service. `new-log`: the log was retired, another one was "
        "opened, which is cosigned, and what your bureau had seen of the retired one and is not kept is lost. "
        "`forged-answer`: the service answered an officer of yours what its document does not declare, which was "
        "refused; this counts once a minute. "
        "`altered`: a leaf is not the one any more that it had signed; `proof` convicts it. `disclosure-gap`: it does "
        "not prove that your bureau's list of disclosures has no gap. "
        "Of the `broker`: `stream-changed`, `consumer-changed`: its configuration was not as planned and was put back. "
        "`stream-unknown`, `consumer-unknown`: it was not planned and was removed. `stream-lost`, `consumer-lost`: it "
        "was gone and was made again. `post-over-quota`: a sender had more waiting than it may; the rest was removed "
        "and is still in its outbox. `rate-exceeded`: a participant exchanged more a second with the broker than it "
        "may, and is not let in for a while. `unattended`: one of these could not be looked after for 15 s. "
        "Of the `directory`: `forked`: the root key signed two. `false-entry`: a key was entered for your bureau that "
        "its gateway does not hold. `not-vouched`: a key was entered for anybody which the one in force did not "
        "countersign. `not-logged`: an entry is not in the log. `withheld`: entries of the log are not shown. "
        "`shrunk`: an older directory is given out. "
        "`unwitnessed`: too few other bureaus cosigned it. "
        "Of a service or the `gateway`: `clock-off`: its clock is off by more than 30 s. `clock-not-proven`: too few "
        "were heard to tell, and what cannot be undone waits."
    )
    says: str = Field(description="The same in words.", examples=["the log signed two different trees of 247 leaves"])
    seen: SignedCheckpoint | None = Field(description="What it had signed before; null if nothing had been seen.")
    shown: SignedCheckpoint | None = Field(
        description="What it showed first that contradicts it, as it came; null for the broker."
    )
    proof: str | None = Field(
        None,
        description="The text of a file that `i247 audit verify` checks: what it answered, signed, contradicts `seen`.",
    )
    openings: list[str] = Field(
        [], description="Of `new-log`: the first leaf of each log that was opened, newest first, as it stands there."
    )
    first: AwareDatetime = Field(description="When it did.", examples=["2026-06-01T12:00:00Z"])
    last: AwareDatetime = Field(description="When it did last.", examples=["2026-06-01T12:07:00Z"])
    times: int = Field(description="How often it did.", examples=[420])


class AlarmPage(BaseModel):
    """One page of alarms, newest first."""

    items: list[Alarm]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[1])
