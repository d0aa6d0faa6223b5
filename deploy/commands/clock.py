"""The command `i247 clock`: prints or advances the clock of a mesh.

It changes the file of the shared clock, whether the mesh runs or not.
"""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from deploy.commands.arguments import prints
from deploy.commands.output import Line
from deploy.state.clock import shared_clock
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.running import running_in
from deploy.state.settings import Settings
from shared.clock import MAX_OFFSET, Clock, SharedClock, SystemClock
from shared.errors import IllegalStep

UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "y": timedelta(days=365),
}
KEYS: Final = ("now", "kind", "ahead_seconds", "runs")
_SPAN: Final = re.compile(r"([0-9]{1,9})([smhdy])")


def add_options(clock: argparse.ArgumentParser) -> None:
    """Add the actions of the command; without one it prints the time."""
    prints(clock, lambda settings, _: [_line(settings, _clock_in(settings) or SystemClock())], KEYS)
    actions = clock.add_subparsers(metavar="ACTION")
    advance = actions.add_parser("advance", help="advance the clock by a span, such as 10m, 72h or 5y")
    advance.add_argument("span", type=_span, metavar="SPAN", help="a number of s, m, h, d or y (365 days)")
    prints(advance, lambda settings, options: _move(settings, lambda clock: clock.advance(options.span)), KEYS)
    to = actions.add_parser("to", help="advance the clock to a time, such as 2031-01-01")
    to.add_argument("at", type=_time, metavar="TIME", help="ISO 8601; UTC if it has no offset")
    prints(to, lambda settings, options: _move(settings, lambda clock: clock.advance_to(options.at)), KEYS)


def _move(settings: Settings, action: Callable[[SharedClock], datetime]) -> list[Line]:
    clock = _clock_in(settings)
    if clock is None:
        raise StartRefused(f"the mesh in {settings.home} uses the system clock: start it with `i247 up --clock`")
    try:
        action(clock)
    except IllegalStep as refused:
        raise WrongUsage(refused.detail) from refused
    return [_line(settings, clock)]


def _clock_in(settings: Settings) -> SharedClock | None:
    """Return the shared clock of a mesh; None if it uses the system clock. Raises StartRefused if there is no mesh."""
    clock = shared_clock(settings.state_dir)
    if clock is None:
        settings.state_dir.require_mesh()
    return clock


def _line(settings: Settings, clock: Clock) -> Line:
    now, ahead = clock.now(), clock.offset if isinstance(clock, SharedClock) else None
    source = "system clock" if ahead is None else f"advanced by {ahead}"
    runs = bool(running_in(settings.state_dir))
    data = {
        "now": now,
        "kind": "system" if ahead is None else "shared",
        "ahead_seconds": ahead and ahead.total_seconds(),
        "runs": runs,
    }
    return Line(f"{now:%Y-%m-%dT%H:%M:%SZ}  {source}{'' if runs else ', of a mesh that does not run'}", data)


def _span(text: str) -> timedelta:
    if text.startswith("-"):
        raise argparse.ArgumentTypeError("a clock cannot go back")
    found = _SPAN.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("give a number and s, m, h, d or y, such as 72h")
    number, unit = int(found[1]), UNITS[found[2]]
    return min(number, MAX_OFFSET // unit + 1) * unit


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a time in ISO 8601, such as 2031-01-01") from error
    return at.replace(tzinfo=at.tzinfo or UTC)
