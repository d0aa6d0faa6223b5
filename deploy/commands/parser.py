"""The parser of commands: it raises what is wrong, in words, with what was probably meant."""

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from shared.suggestions import did_you_mean

COMMAND: Final = "COMMAND"
# As argparse puts it, in later versions without the quotes of what may be chosen.
_CHOICE: Final = re.compile(r"argument (.*?): invalid choice: '?(.*?)'? \(choose from (.*)\)", re.DOTALL)
_MISSING: Final = re.compile(r"the following arguments are required: (.*)")
_OPTION: Final = re.compile(r"--[a-z][a-z-]+")


class UsageRefused(Exception):
    """The arguments of a command are wrong. The message says which and why."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class CommandParser(argparse.ArgumentParser):
    """A parser that raises what is wrong, so that it is reported as any other error of a command."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # An option that is cut short is a misspelt one.
        super().__init__(*arguments, **{**options, "allow_abbrev": False})
        # No option begins with a digit: such a word is a value, which its type refuses, also if a unit follows.
        self._negative_number_matcher = re.compile(r"-[0-9]")

    def error(self, message: str) -> NoReturn:
        """Raise UsageRefused."""
        raise UsageRefused(self._in_words(message), self.format_usage())

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Return the arguments; none is left. Raises UsageRefused, also for what the parser does not know."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self._refuse_unknown(unknown)
        return parsed, unknown

    def print_help(self, file: Any = None) -> None:
        """Print the help. Raises BrokenPipeError, which argparse ignores."""
        print(self.format_help(), end="", file=file)

    def _refuse_unknown(self, unknown: Sequence[str]) -> NoReturn:
        options = [word.partition("=")[0] for word in unknown if word.startswith("-")]
        if not options:
            self.error(f"unexpected: {' '.join(unknown)}")
        meant = _of_setting(options[0]) or did_you_mean(options[0], _OPTION.findall(self.format_usage()))
        self.error(f"{self.prog} has no option {options[0]}:{meant or f' `{self.prog} --help` lists all'}")

    def _in_words(self, message: str) -> str:
        if choice := _CHOICE.fullmatch(message):
            argument, given, known = choice[1], choice[2], [each.strip(" '") for each in choice[3].split(",")]
            return self._no_choice(argument, given, known)
        if missing := _MISSING.fullmatch(message):
            return f"give {missing[1]}: `{self.prog} --help` says more"
        return message

    def _no_choice(self, argument: str, given: str, known: Sequence[str]) -> str:
        meant = did_you_mean(given, known)
        if argument == COMMAND:
            meant = meant or self._did_you_mean_action(given)
            return f"there is no command {given!r}:{meant or ' `i247 help` lists all'}"
        return f"argument {argument}: {given!r} is none of {', '.join(known)}{f':{meant}' * bool(meant)}"

    def _did_you_mean_action(self, given: str) -> str:
        """Return a question that names the command with an action of this name; nothing if there is none."""
        # Only here, as this imports all commands.
        from deploy.commands import command_line

        commands = _parsers_in(command_line())
        having = [name for name, command in commands.items() if given in _parsers_in(command)]
        return f" did you mean `{self.prog} {having[0]} {given}`?" if len(having) == 1 else ""


def _parsers_in(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """Return the commands or actions of a parser."""
    actions = parser._actions  # noqa: SLF001 - argparse names no public way
    found = (each.choices for each in actions if isinstance(each, argparse._SubParsersAction))  # noqa: SLF001 - as above
    return next(found, {})


def _of_setting(option: str) -> str:
    """Return what to set instead of an option that is only a setting; nothing for another one."""
    # Only here, as no help needs the settings.
    from deploy.state.settings import Settings

    name = option.removeprefix("--").replace("-", "_")
    return f" set I247_{name.upper()} in the environment" if name in Settings.model_fields else ""
