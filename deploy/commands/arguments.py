"""Options and argument types that several commands share."""

import argparse
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from deploy.provisioning.roles import DEMO_ROLES

MAX_OVERLAP_HOURS: Final = 24 * 365


def print_lines(lines: Iterable[str]) -> int:
    """Print lines as they come; return the exit status 0."""
    for line in lines:
        print(line)
    return 0


def add_role(command: argparse.ArgumentParser) -> None:
    """Add the option that chooses a role of the demo accounts."""
    command.add_argument(
        "--officer",
        choices=DEMO_ROLES,
        default=DEMO_ROLES[0],
        help="the role: `auditor` reads the audit logs, `ccf` is the Commission's at IPSG (default: officer)",
    )


def add_overlap(command: argparse.ArgumentParser) -> None:
    """Add the option that says how long the present keys stay valid beside the new ones."""
    command.add_argument("--overlap-hours", type=_hours, default=timedelta(days=1), help="default: 24", metavar="HOURS")


def _hours(text: str) -> timedelta:
    hours = float(text)
    if not 0 <= hours <= MAX_OVERLAP_HOURS:
        raise argparse.ArgumentTypeError(f"must be between 0 and {MAX_OVERLAP_HOURS}")
    return timedelta(hours=hours)


def positive(text: str) -> int:
    """Return a number of 1 or more. Raises ArgumentTypeError."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
