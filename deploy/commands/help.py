"""The command `i247 help`: prints the help of a command. `deploy.cli` takes it as `--help` after the command."""

import argparse

from deploy.commands.parser import COMMAND


def add_options(help_: argparse.ArgumentParser) -> None:
    """Add the argument of the command."""
    help_.add_argument("words", metavar=COMMAND, nargs="*", help="such as `seed` or `officers add` (default: list all)")
