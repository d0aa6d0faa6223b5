"""What commands print: lines in words for people, and with `--json` one JSON object a line for programs."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from deploy.state.printable import printable, printable_json


class Line(NamedTuple):
    """A line of output, as people read it and as a program does."""

    words: str
    """Empty for what only programs are shown. It may come from outside: see `words_of`."""
    data: Mapping[str, Any] | None = None
    """The members of the JSON object; None for what only people are shown, such as the heading of a table."""
    more: Sequence[str] = ()
    """Further lines of words."""


Output = Iterable[str | Line]
"""Lines of a command. A text alone is a sentence, which is the member `message` of its JSON object."""


def add_json(command: argparse.ArgumentParser, keys: Sequence[str] = ()) -> None:
    """Let a command print JSON objects, whose members have these names; without any, it prints sentences alone."""
    command.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object a line")
    command.set_defaults(keys=tuple(keys))


def print_lines(lines: Output, *, as_json: bool) -> None:
    """Print lines, each as it comes."""
    for line in lines:
        text = _json_of(line) if as_json else words_of(line)
        if text:
            print(text, flush=True)


def words_of(line: str | Line) -> str:
    """Return a line as people read it: nothing in it, wherever it comes from, controls their terminal."""
    words = (line,) if isinstance(line, str) else (line.words, *line.more)
    return "\n".join(map(printable, words))


def _json_of(line: str | Line) -> str:
    data = {"message": line} if isinstance(line, str) else line.data
    return "" if data is None else printable_json(msgspec.json.encode(data, enc_hook=str).decode())
