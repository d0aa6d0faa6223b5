"""The clock of a state directory: the machine's, or for tests one that all its processes share and that is moved on.

The command `i247 clock` works on the file itself, whether the mesh runs or not.
"""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.state.settings import Settings
from deploy.state.state_dir import StartRefused, StateDir
from shared.clock import MOST_OFFSET, Clock, ClockUnusable, SharedClock, SystemClock
from shared.errors import IllegalStep

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # it has no public name

UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "y": timedelta(days=365),
}
_SPAN: Final = re.compile(r"([0-9]{1,9})([smhdy])")


def clock_of(home: StateDir) -> Clock:
    """Return the clock by which all that works with a state directory goes. Raises StartRefused."""
    return _shared(home) or SystemClock()


def begin_clock(home: StateDir, settings: Settings) -> None:
    """See to it that the mesh which is about to start goes by the clock that is set. Raises StartRefused.

    One that could be moved on but never was is given up where it is not asked for.
    """
    shared = _shared(home)
    if shared is not None and not shared.offset and not settings.clock:
        home.clock.unlink()
    require_clock(home, settings)


def require_clock(home: StateDir, settings: Settings) -> None:
    """See to it that a part which is about to start goes by the clock that is set. Raises StartRefused."""
    if settings.clock:
        _require_loopback(settings.host)
        _usable(SharedClock.make, home.clock)
    elif home.clock.exists():
        raise StartRefused(
            f"the state directory {home.path} does not go by the clock of the machine: start it with "
            "`i247 up --clock` or set I247_HOME to another"
        )


def add_clock_command(commands: "Commands") -> None:
    """Add the command to the command line."""
    clock = commands.add_parser("clock", help="print the time of the mesh, or move it on: for tests alone")
    clock.set_defaults(run=_print)
    acts = clock.add_subparsers(metavar="ACT")
    advance = acts.add_parser("advance", help="move the clock on by a span, such as 10m, 72h or 5y")
    advance.add_argument("span", type=_span, metavar="SPAN", help="a number of s, m, h, d or y (365 days)")
    advance.set_defaults(run=lambda settings, options: _move(settings, lambda clock: clock.advance(options.span)))
    to = acts.add_parser("to", help="move the clock on to a time, such as 2031-01-01")
    to.add_argument("at", type=_time, metavar="TIME", help="ISO 8601, in UTC where it does not say")
    to.set_defaults(run=lambda settings, options: _move(settings, lambda clock: clock.advance_to(options.at)))


def _print(settings: Settings, _options: argparse.Namespace) -> int:
    print(_said(clock_of(StateDir(settings.home))))
    return 0


def _move(settings: Settings, act: Callable[[SharedClock], datetime]) -> int:
    home = StateDir(settings.home)
    clock = _shared(home)
    if clock is None:
        raise StartRefused(f"the mesh in {home.path} goes by the clock of the machine: start it with `i247 up --clock`")
    try:
        act(clock)
    except IllegalStep as refused:
        print(f"i247: {refused.detail}", file=sys.stderr)
        return 2
    print(_said(clock))
    return 0


def _said(clock: Clock) -> str:
    whose = f"moved on by {clock.offset}" if isinstance(clock, SharedClock) else "the machine's"
    return f"{clock.now():%Y-%m-%dT%H:%M:%SZ}  {whose}"


def _shared(home: StateDir) -> SharedClock | None:
    return _usable(SharedClock, home.clock) if home.clock.exists() else None


def _usable(open_clock: Callable[[Path], SharedClock], file: Path) -> SharedClock:
    try:
        return open_clock(file)
    except ClockUnusable as error:
        raise StartRefused(str(error)) from error
    except OSError as error:
        raise StartRefused(f"{file} cannot be used ({error.strerror}): restore or remove it") from error


def _require_loopback(host: str) -> None:
    """Let nobody but programs on this machine move the clock, as it asks for no token. Raises StartRefused."""
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise StartRefused(
            f"a clock that anyone may move on is for loopback addresses alone, not for {host}: set I247_HOST to "
            "127.0.0.1, or start without --clock"
        )


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("give a number and s, m, h, d or y, such as 72h")
    number, unit = int(found[1]), UNITS[found[2]]
    return min(number, MOST_OFFSET // unit + 1) * unit


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a time as ISO 8601 has it, such as 2031-01-01") from error
    return at.replace(tzinfo=at.tzinfo or UTC)
