"""The standing of a bureau, the measure that it rests on, and what a bureau may do with it. No input or output."""

import re
from typing import Annotated, Final, Literal

import msgspec

from shared.clock import time_at

Standing = Literal["member", "supervised", "restricted", "suspended"]
MeasureReason = Literal["compliance", "security-incident", "arrears", "access"]

MAX_RESOLUTION: Final = 60
RESOLUTION_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,59}"
MAX_SERVICES: Final = 64
READ: Final = "read"

Resolution = Annotated[str, msgspec.Meta(pattern=rf"\A{RESOLUTION_PATTERN}\Z")]
_ServiceName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9-]{1,62}\Z")]
MeasureServices = Annotated[tuple[_ServiceName, ...], msgspec.Meta(max_length=MAX_SERVICES)]


class Measure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A measure of the network against a bureau. Times are seconds since 1970."""

    reason: MeasureReason
    since: float

    until: float | None = None
    """From then on the measure is over, without another entry; none if it has no end."""

    resolution: Resolution | None = None
    """The resolution of the Executive Committee; none if the Secretary General decided."""

    services: MeasureServices = ()
    """The services that a restriction is for; all if there are none."""


class BureauStanding(msgspec.Struct, frozen=True):
    """The standing of a bureau, and the measure that it rests on."""

    standing: Standing = "member"
    measure: Measure | None = None

    def at(self, now: float) -> "BureauStanding":
        """Return the standing at a time: a measure whose end has passed is over."""
        return MEMBER if self.measure is not None and is_over(self.measure, now) else self

    def in_service(self, name: str) -> "BureauStanding":
        """Return the standing as one service applies it: a restriction may be for others alone."""
        named = self.measure.services if self.measure is not None else ()
        return MEMBER if self.standing == "restricted" and named and name not in named else self

    @property
    def needs_prior_review(self) -> bool:
        """Whether what the bureau publishes or sends to others is reviewed before."""
        return self.standing == "supervised"


MEMBER: Final = BureauStanding()


def describe(standing: BureauStanding) -> str:
    """Return a standing with reason, end and resolution in words, such as for the detail of a refusal."""
    measure = standing.measure
    if measure is None:
        return f"{standing.standing} without a stated end"
    end = "without a stated end" if measure.until is None else f"until {time_at(measure.until):%Y-%m-%d %H:%M} UTC"
    decided = "the Secretary General" if measure.resolution is None else f"resolution {measure.resolution}"
    named = f" in {', '.join(measure.services)}" if measure.services else ""
    return f"{standing.standing}{named} {end} (reason: {measure.reason}; decided by {decided})"


is_resolution: Final = re.compile(RESOLUTION_PATTERN).fullmatch


def is_over(measure: Measure, now: float) -> bool:
    """Return whether the end of a measure has passed."""
    return measure.until is not None and measure.until <= now


def may_call(standing: Standing, verb: str, *, while_restricted: bool) -> bool:
    """Return whether a bureau may call an operation with a verb; `while_restricted` if the operation enters nothing."""
    if standing == "restricted":
        return verb == READ or while_restricted
    return standing != "suspended"
