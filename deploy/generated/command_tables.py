"""The reference of the command line, made from its parser."""

import argparse
from collections.abc import Iterator
from typing import Final

from deploy.generated.markdown import table

WIDTH: Final = 110


def commands_reference(command_line: argparse.ArgumentParser) -> str:
    """Return a section for each command, with its usage and its arguments."""
    return "\n".join(_section(name, help_, parser) for name, help_, parser in _commands(command_line, ""))


def _commands(parser: argparse.ArgumentParser, help_: str) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Yield each command that can be run, in the order of the help."""
    for action in parser._actions:  # noqa: SLF001 - argparse names no public way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            helps = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001 - as above
            for name, child in action.choices.items():
                yield from _commands(child, helps.get(name, ""))
            if action.required:
                return
    yield parser.prog, help_, parser


def _section(name: str, help_: str, parser: argparse.ArgumentParser) -> str:
    rows = [
        (f"`{' '.join(action.option_strings) or action.metavar or action.dest}`", action.help)
        for action in parser._actions  # noqa: SLF001 - as above
        if action.help not in {None, argparse.SUPPRESS} and action.dest not in {"help", "as_json"}
    ]
    arguments = "\n" + table("argument | meaning", rows) if rows else ""
    says = f"{help_[:1].upper()}{help_[1:]}.{_members(parser)}"
    return f"## `{name}`\n\n{says}\n\n```text\n{_usage(parser)}\n```\n{arguments}"


def _members(parser: argparse.ArgumentParser) -> str:
    """Return which members the JSON objects of a command have; nothing if it prints sentences alone, or no JSON."""
    keys = parser.get_default("keys")
    return f" Members of its JSON: {', '.join(f'`{key}`' for key in keys)}." if keys else ""


def _usage(parser: argparse.ArgumentParser) -> str:
    """Return the usage in lines of a width that depends on no terminal."""
    formatter = argparse.HelpFormatter(parser.prog, width=WIDTH)
    shown = [action for action in parser._actions if action.dest != "help"]  # noqa: SLF001 - as above
    formatter.add_usage(None, shown, parser._mutually_exclusive_groups, prefix="")  # noqa: SLF001 - as above
    return formatter.format_help().strip()
