"""The command `i247 completion`: prints the script by which a shell completes commands, options and their values."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import shtab

from deploy.commands import COMMANDS, command_line
from deploy.commands.logs import PROCESSES
from deploy.commands.sandbox import HOW
from deploy.state.settings import Settings
from services import SERVICES
from shared.bureaus import MEMBERS, PARTNERS, SECRETARIAT
from shared.sandbox.snapshots import NAME_PATTERN

SHELLS: Final = ("bash", "zsh", "fish")
VALUES: Final = {
    "CODE": (*map(str, MEMBERS), str(SECRETARIAT)),
    "COMMAND": tuple(COMMANDS),
    "HOW": HOW,
    "PARTNER": tuple(map(str, PARTNERS)),
    "PROCESS": PROCESSES,
    "SERVICE": tuple(service.name for service in SERVICES),
}
"""What arguments with these names in the usage may be; others than these are accepted too."""
_KEYS: Final = 'ls -q "${I247_HOME:-var}/secrets/signing" 2>/dev/null'
LISTED: Final = {
    "BUREAU": f'{_KEYS} | sed -n "s/^\\([A-Z][A-Z-]*\\)[.].*/\\1/p" | sort -u',
    "PARTICIPANT": f'{_KEYS} | LC_ALL=C sed -n "s/^\\([A-Za-z][A-Za-z0-9-]*\\)[.].*/\\1/p" | sort -u',
    "SNAPSHOT": f'ls -q "${{I247_HOME:-var}}/sandbox/snapshots" 2>/dev/null | LC_ALL=C grep -E "{NAME_PATTERN}"',
}
"""The commands of a POSIX shell that list what others may be: what is in the state directory at that moment.

A participant has its keys here if its gateway or its service is here. A name of another form is left out: a file can
have any, and bash executes what it completes with where that reads as a command.
"""


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
    listed = {name: _listed_by(shell, name) for name in LISTED}
    for action in _actions(parser):
        if action.choices is not None:
            # Those in a mapping would be taken for subcommands.
            action.choices = tuple(action.choices)
        if action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab reads it
        elif action.choices is None and action.metavar in VALUES:
            action.choices = VALUES[str(action.metavar)]
        elif action.metavar in LISTED:
            action.complete = {shell: listed[str(action.metavar)][0]}  # type: ignore[attr-defined]  # as above
    return shtab.complete(parser, shell=shell, preamble="\n".join(each for _, each in listed.values()))


def _listed_by(shell: str, name: str) -> tuple[str, str]:
    """Return how the script of a shell refers to its function that completes such an argument, and that function."""
    function, command = f"_i247_{name.lower()}", f"sh -c '{LISTED[name]}'"
    match shell:
        case "bash":
            return function, f'{function}() {{ compgen -W "$({command})" -- "$1"; }}'
        case "zsh":
            return function, f"{function}() {{ compadd -- $({command}) }}"
        case _:
            return f"({function})", f"function {function}; {command}; end"


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - argparse names no public way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for child in action.choices.values():
                yield from _actions(child)
        else:
            yield action
