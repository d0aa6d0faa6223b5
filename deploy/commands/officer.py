"""The command `i247 officer`: prints a login of a bureau, and creates it if there is none."""

import argparse

from deploy.commands.arguments import add_role, print_lines
from deploy.state.settings import Settings


def add_options(officer: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    officer.add_argument("bureau", metavar="BUREAU")
    add_role(officer)
    officer.set_defaults(run=_officer)


def _officer(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.officers import OfficerCommands

    return print_lines(OfficerCommands(settings).show_login(options.bureau, options.officer))
