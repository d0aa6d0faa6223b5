"""Options and argument types that several commands share."""

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from deploy.commands.output import Output, add_json, print_lines
from deploy.provisioning.roles import DEMO_ROLES, OF_COMMISSION
from deploy.state.settings import Settings

MAX_OVERLAP_HOURS: Final = 24 * 365
OVERLAP_HELP: Final = "how long the present keys stay valid (default: 24)"


Action = Callable[[Settings, argparse.Namespace], Output]
"""Runs with the settings and options of a command, and returns the lines to print."""


def prints(command: argparse.ArgumentParser, action: Action, keys: Sequence[str] = ()) -> None:
    """Make a command print the lines of an action, as they come; `keys` are the members of its JSON objects."""

    def run(settings: Settings, options: argparse.Namespace) -> int:
        print_lines(action(settings, options), as_json=options.as_json)
        return 0

    add_json(command, keys)
    command.set_defaults(run=run)


def add_role(command: argparse.ArgumentParser) -> None:
    """Add the option that chooses a role of the demo accounts."""
    command.add_argument(
        "--officer",
        choices=(*DEMO_ROLES, OF_COMMISSION),
        default=DEMO_ROLES[0],
        help="the role: `auditor` reads audit logs, `reviewer` is a second reviewer of IPSG, `ccf` an officer of the "
        "Commission, CCF (default: officer)",
    )


def add_overlap(command: argparse.ArgumentParser) -> None:
    """Add the option that says how long the present keys stay valid after the new ones are entered."""
    command.add_argument("--overlap-hours", type=_hours, default=timedelta(days=1), help=OVERLAP_HELP, metavar="HOURS")


def _hours(text: str) -> timedelta:
    hours = float(text)
    if not 0 <= hours <= MAX_OVERLAP_HOURS:
        raise argparse.ArgumentTypeError(f"must be between 0 and {MAX_OVERLAP_HOURS}")
    return timedelta(hours=hours)


def moment_option(text: str) -> datetime:
    """Return a time, which must have an offset. Raises ArgumentTypeError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError("must be a time with an offset, such as 2026-06-01T12:00:00Z")
    return at


def positive(text: str) -> int:
    """Return a number of 1 or more. Raises ArgumentTypeError."""
    return _whole(text, 1)


def not_negative(text: str) -> int:
    """Return a number of 0 or more. Raises ArgumentTypeError."""
    return _whole(text, 0)


def _whole(text: str, least: int) -> int:
    number = int(text) if text.strip().isdecimal() else -1
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of {least} or more, not {text[:20]!r}")
    return number
