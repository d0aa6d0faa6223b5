"""The clock of a mesh under test: outside programs read and advance it, so that periods end in seconds.

Only in a mesh that was started with such a clock, on a loopback address: it needs no token, and no page of another site
uses it.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.sandbox.same_site import REFUSED_TO_OTHERS, SAME_SITE
from shared.clock import MAX_OFFSET, SharedClock
from shared.compat.strict_routes import StrictRoute
from shared.errors import IllegalStep, Invalid, Malformed, UnsupportedMediaType
from shared.web.problems import refusals


class ClockReading(BaseModel):
    """The time of the clock."""

    now: AwareDatetime = Field(examples=["2031-01-01T00:00:00Z"])
    offset_seconds: float = Field(description="How far it is ahead of the machine's clock.", examples=[3660.0])


def _iso_8601(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError("must be a date or a time, such as 2031-01-01T00:00:00Z") from error


class ClockStep(BaseModel):
    """How far to advance the clock."""

    model_config = ConfigDict(extra="forbid")

    advance_seconds: float | None = Field(None, ge=0, le=MAX_OFFSET.total_seconds(), examples=[3660])
    to: Annotated[datetime, BeforeValidator(_iso_8601)] | None = Field(
        None, description="Or to which time; in UTC where it has no offset.", examples=["2031-01-01T00:00:00Z"]
    )

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if (self.advance_seconds is None) == (self.to is None):
            raise ValueError("give either advance_seconds or to")
        return self


PATH: Final = "/clock"
router = APIRouter(tags=["clock"], route_class=StrictRoute, dependencies=[SAME_SITE])


def _clock_of(request: Request) -> SharedClock:
    clock: SharedClock = request.app.state.clock
    return clock


MeshClock = Annotated[SharedClock, Depends(_clock_of)]


@router.get(PATH, responses=REFUSED_TO_OTHERS)
async def get_clock(clock: MeshClock) -> ClockReading:
    """Get the time of the whole mesh."""
    return _reading(clock)


@router.post(PATH, responses=REFUSED_TO_OTHERS | refusals(Malformed, UnsupportedMediaType, Invalid, IllegalStep))
async def advance_clock(clock: MeshClock, step: ClockStep) -> ClockReading:
    """Advance the clock of the whole mesh; it can never be put back.

    Every process sees it at once, and processes within a second or two what falls due. Tokens expire by it as well: get
    a new one. The broker uses the machine's clock.
    """
    if step.to is None:
        clock.advance(timedelta(seconds=step.advance_seconds or 0))
    else:
        clock.advance_to(step.to.replace(tzinfo=step.to.tzinfo or UTC))
    return _reading(clock)


def _reading(clock: SharedClock) -> ClockReading:
    return ClockReading(now=clock.now(), offset_seconds=clock.offset.total_seconds())
