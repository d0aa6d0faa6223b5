"""The command `i247 token`: prints a bearer token of a demo officer."""

import argparse

from deploy.commands.arguments import add_role, prints
from deploy.state.settings import Settings


def add_options(token: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    token.add_argument("bureau", metavar="BUREAU", help="such as FR, or IPSG for the Secretariat")
    add_role(token)
    prints(token, _token)


def _token(settings: Settings, options: argparse.Namespace) -> list[str]:
    from deploy.provisioning.tokens import demo_token

    return [demo_token(settings, options.bureau, options.officer)]
