"""The measures of the network against its members, for anyone to read: nobody is restricted in secret."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, Field
from typing_extensions import TypeAliasType

from shared.bureaus import BureauCode, name_of
from shared.clock import Clock, time_at
from shared.protocol.directory import Directory
from shared.standing import MEMBER, BureauStanding, MeasureReason, Standing

StandingCode = TypeAliasType("StandingCode", Standing)
MeasureReasonCode = TypeAliasType("MeasureReasonCode", MeasureReason)


class MeasureInForce(BaseModel):
    """A measure against a bureau that is in force."""

    bureau: str = Field(description="The code of the bureau.", examples=["FR"])
    name: str = Field(description="In English.", examples=["France"])
    standing: StandingCode = Field(description="What the bureau may still do follows from it.", examples=["supervised"])
    reason: MeasureReasonCode | None = Field(
        description="Why; null if the entry does not state it.", examples=["arrears"]
    )
    since: AwareDatetime | None = Field(description="Since when.", examples=["2026-06-01T12:00:00Z"])
    until: AwareDatetime | None = Field(
        description="When it ends without a decision; null if it does not.", examples=[None]
    )
    resolution: str | None = Field(
        description="Of the Executive Committee; null if the Secretary General decided.", examples=["EC/2026/14"]
    )
    services: list[str] = Field(description="Those that a restriction is for; all if empty.", examples=[["notices"]])


class MeasuresInForce(BaseModel):
    """All measures in force, in the order of the bureaus' codes."""

    items: list[MeasureInForce]


router = APIRouter(tags=["directory"])


def _in_force(request: Request) -> list[tuple[str, BureauStanding]]:
    directory: Directory = request.app.state.directory
    clock: Clock = request.app.state.clock
    now = clock.now().timestamp()
    standings = ((code, directory.standing_of(code, now) or MEMBER) for code in directory.participants())
    return [(code, standing) for code, standing in standings if standing.standing != "member"]


@router.get("/standing")
async def list_measures(
    in_force: Annotated[list[tuple[str, BureauStanding]], Depends(_in_force)],
) -> MeasuresInForce:
    """List the bureaus that are supervised, restricted or suspended.

    It shows why, until when, and by which resolution. A bureau that is not listed is a member under no measure. The
    entries of the directory prove the list.
    """
    return MeasuresInForce(items=[_item(code, standing) for code, standing in in_force])


def _item(code: str, standing: BureauStanding) -> MeasureInForce:
    measure = standing.measure
    return MeasureInForce(
        bureau=code,
        name=name_of(BureauCode(code)),
        standing=standing.standing,
        reason=None if measure is None else measure.reason,
        since=None if measure is None else time_at(measure.since),
        until=None if measure is None or measure.until is None else time_at(measure.until),
        resolution=None if measure is None else measure.resolution,
        services=[] if measure is None else list(measure.services),
    )
