"""The command `i247 completion`: prints the script by which a shell completes commands, options and their values."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import shtab

from deploy.commands import command_line
from deploy.state.settings import Settings
from services import SERVICES
from shared.bureaus import MEMBERS, SECRETARIAT

SHELLS: Final = ("bash", "zsh", "fish")
_SERVICES: Final = tuple(service.name for service in SERVICES)
_BUREAUS: Final = (*map(str, MEMBERS), str(SECRETARIAT))
VALUES: Final = {"BUREAU": _BUREAUS, "CODE": _BUREAUS, "SERVICE": _SERVICES, "NAME": _SERVICES}
"""What arguments with these names in the usage may be; others than these are accepted too."""


def add_options(completion: argparse.ArgumentParser) -> None:
    """Add the argument of the command."""
    completion.add_argument("shell", choices=SHELLS, help="its name; the script goes where that shell reads it")
    completion.set_defaults(run=_completion)


def _completion(_settings: Settings, options: argparse.Namespace) -> int:
    print(script(options.shell))
    return 0


def script(shell: str) -> str:
    """Return the script of a shell."""
    parser = command_line()
    for action in _actions(parser):
        if action.choices is not None:
            # Those in a mapping would be taken for subcommands.
            action.choices = tuple(action.choices)
        if action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab reads it
        elif action.choices is None and action.metavar in VALUES:
            action.choices = VALUES[str(action.metavar)]
    return shtab.complete(parser, shell=shell)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - argparse names no public way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for child in action.choices.values():
                yield from _actions(child)
        else:
            yield action
