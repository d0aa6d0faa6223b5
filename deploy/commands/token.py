"""The command `i247 token`: prints a bearer token of a demo officer."""

import argparse

from deploy.commands.arguments import add_role, prints
from deploy.commands.output import Line
from deploy.state.settings import Settings


def add_options(token: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    token.add_argument("bureau", metavar="BUREAU", help="such as FR, or IPSG for the Secretariat")
    add_role(token)
    prints(token, _token, ("access_token", "token_type", "scope"))


def _token(settings: Settings, options: argparse.Namespace) -> list[Line]:
    from deploy.provisioning.tokens import demo_officer, demo_token

    token = demo_token(settings, options.bureau, options.officer)
    scopes = demo_officer(settings, options.bureau, options.officer).scopes
    # As the gateway answers a login (RFC 6749 section 5.1).
    return [Line(token, {"access_token": token, "token_type": "Bearer", "scope": " ".join(scopes)})]
