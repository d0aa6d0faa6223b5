"""The command `i247 officer`: prints a login of a bureau, and creates it if there is none."""

import argparse
from collections.abc import Iterator

from deploy.commands.arguments import add_role, prints
from deploy.commands.output import Line
from deploy.state.settings import Settings


def add_options(officer: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    officer.add_argument("bureau", metavar="BUREAU", help="such as FR, or IPSG for the Secretariat")
    add_role(officer)
    prints(officer, _login, ("username", "password", "client_id", "client_secret", "scope"))


def _login(settings: Settings, options: argparse.Namespace) -> Iterator[Line]:
    from deploy.commands.officers import OfficerCommands

    return OfficerCommands(settings).show_login(options.bureau, options.officer)
