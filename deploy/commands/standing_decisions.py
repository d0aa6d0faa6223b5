"""Decides on the standing of a member: who may take which measure, for how long, and its effects."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, get_args

from deploy.commands.decisions import Decisions, participant_in
from deploy.mesh.service_names import find_service
from deploy.provisioning.registrar import Registrar
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.settings import Settings
from shared.bureaus import BureauCode, name_of
from shared.clock import time_at
from shared.standing import (
    MAX_RESOLUTION,
    MEMBER,
    BureauStanding,
    Measure,
    MeasureReason,
    Standing,
    describe,
    is_resolution,
)

# The Secretary General alone may decide for three months at most.
LONGEST_WITHOUT_RESOLUTION: Final = timedelta(days=92)
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
REASONS: Final[tuple[MeasureReason, ...]] = get_args(MeasureReason)


class MeasureOptions(NamedTuple):
    """What a command states about a measure."""

    reason: MeasureReason | None = None
    until: datetime | None = None
    resolution: str | None = None
    services: Sequence[str] = ()


def decided(standing: Standing, options: MeasureOptions, before: BureauStanding, now: datetime) -> BureauStanding:
    """Return the standing that a decision gives. Raises WrongUsage if it may not be decided so."""
    if standing == "member":
        if options != MeasureOptions():
            raise WrongUsage("a member is under no measure: leave out --reason, --until, --resolution and --services")
        return MEMBER
    if options.reason is None:
        raise WrongUsage(f"--reason: say why, one of {', '.join(REASONS)}")
    for name in options.services:
        find_service(name)
    if options.services and standing != "restricted":
        raise WrongUsage("--services: only a bureau that is restricted can be so in some services alone")
    since = _since(options, before, now)
    until, latest = options.until, since + LONGEST_WITHOUT_RESOLUTION
    if standing == "suspended" and until is None and options.resolution is None:
        until = latest
    _require_end(until, options.resolution, latest, now)
    measure = Measure(
        reason=options.reason,
        since=since.timestamp(),
        until=None if until is None else until.timestamp(),
        resolution=options.resolution,
        services=tuple(dict.fromkeys(options.services)),
    )
    return BureauStanding(standing, measure)


def _is_suspended_alone(new: BureauStanding) -> bool:
    """Return whether the Secretary General suspends alone: a resolution may take the place of that, and prolong it."""
    return new.standing == "suspended" and (new.measure is None or new.measure.resolution is None)


def _since(options: MeasureOptions, before: BureauStanding, now: datetime) -> datetime:
    """Return when the Secretary General or the Committee began: one measure after another is no longer than one."""
    former = before.measure
    if former is None or former.resolution or options.resolution or former.reason != options.reason:
        return now
    return time_at(former.since)


def _require_end(until: datetime | None, resolution: str | None, latest: datetime, now: datetime) -> None:
    """Require an end in the future, which the Secretary General may set within three months. Raises WrongUsage."""
    if until is not None and until <= now:
        raise WrongUsage("--until: must be in the future")
    if resolution is None and (until is None or until > latest):
        wanted = "--until" if until is None else "an earlier --until"
        raise WrongUsage(
            f"the Secretary General decides for three months at most: give {wanted} (at most "
            f"{(latest - now).days} days ahead), or the --resolution of the Executive Committee"
        )


class StandingCommands:
    """Changes the standing of members in one state directory."""

    def __init__(self, settings: Settings) -> None:
        self._decisions = Decisions(settings)

    def change(self, bureau: BureauCode, standing: Standing, options: MeasureOptions) -> Iterator[str]:
        """Give a member another standing, or the same on another measure. Raises StartRefused, WrongUsage."""
        now = self._decisions.clock.now()
        decided(standing, options, MEMBER, now)

        def decide(registrar: Registrar) -> Iterator[str]:
            participant_in(registrar.directory, bureau)
            before = registrar.standing_of(bureau)
            new = decided(standing, options, before, now)
            if new.standing == before.standing and (new == MEMBER or _is_suspended_alone(new)):
                raise StartRefused(f"{bureau} is {'a member' if new == MEMBER else 'suspended'} already")
            registrar.set_standing(bureau, new)
            yield from self._in_words(registrar, bureau, new)

        return self._decisions.change(decide)

    def suspend(self, bureau: BureauCode) -> Iterator[str]:
        """Suspend a member at once for a security incident, for as long as the Secretary General may alone."""
        return self.change(bureau, "suspended", MeasureOptions("security-incident"))

    def _in_words(self, registrar: Registrar, bureau: BureauCode, new: BureauStanding) -> Iterator[str]:
        """Yield what was decided, and how a bureau without a valid key comes back."""
        named, now = f"{bureau} ({name_of(bureau)})", self._decisions.clock.now().timestamp()
        stated = "a member, under no measure" if new == MEMBER else describe(new)
        if new.standing == "suspended":
            yield f"{named} is {stated}, and its keys are revoked"
            yield self._way_back(bureau)
        elif any(entry.valid_at(now) for entry in registrar.entries_of(bureau)):
            yield f"{named} is {stated}"
        else:
            stated = "is under no measure any more" if new == MEMBER else f"will be {stated}"
            yield f"{named} {stated}, but its keys stay revoked: {self._way_back(bureau)}"

    def _way_back(self, bureau: BureauCode) -> str:
        if self._decisions.state_dir.key_numbers(bureau):
            return f"`i247 bureaus add {bureau}` brings it back"
        return f"`i247 keys approve --readmit` of a new request of {bureau} brings it back"


def end_of_measure(text: str) -> datetime:
    """Return a time in RFC 3339, or the start of a day in UTC. Raises ArgumentTypeError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2027-01-31, or a time in RFC 3339") from None
    if at.tzinfo is None and len(text) > len("2027-01-31"):
        raise argparse.ArgumentTypeError("must state its time zone, as 2027-01-31T12:00:00Z")
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise argparse.ArgumentTypeError("must be before the year 10000 in UTC") from None


def resolution(text: str) -> str:
    """Return the number of a resolution. Raises ArgumentTypeError."""
    if not is_resolution(text):
        raise argparse.ArgumentTypeError(f"must be {MAX_RESOLUTION} letters, digits and ./_- at most, as EC/2026/14")
    return text
