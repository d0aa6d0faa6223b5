"""What an update changes in a notice in force: each value that differs, and of long texts which words. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from gateway.console.review.reading import is_stated

_PARTS: Final = re.compile(r"\S+\s*|\s+")
# Of both texts together: to compare more takes too long.
MOST_PARTS: Final = 4_000
_LONG: Final = 40


class Piece(NamedTuple):
    """A part of a text that stays, or that is taken out or put in."""

    how: str
    """`same`, `del` or `ins`."""

    text: str


class Difference(NamedTuple):
    """A value that an update changes."""

    path: tuple[str, ...]
    """Names of fields, and places from 1."""

    was: str
    becomes: str
    pieces: tuple[Piece, ...] = ()
    """Of long texts."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any], changed: Iterable[str]) -> list[Difference]:
    """Return how the members at some paths, such as `subject.name`, differ between two contents."""
    was, becomes = dict(_leaves(before)), dict(_leaves(after))
    prefixes = [tuple(path.split(".")) for path in changed]
    paths = [path for path in dict.fromkeys((*was, *becomes)) if any(path[: len(each)] == each for each in prefixes)]
    return [
        _difference(path, was.get(path, ""), becomes.get(path, ""))
        for path in paths
        if was.get(path, "") != becomes.get(path, "")
    ]


def _difference(path: tuple[str, ...], was: str, becomes: str) -> Difference:
    is_long = was and becomes and max(len(was), len(becomes)) > _LONG
    return Difference(path, was, becomes, tuple(_pieces(was, becomes)) if is_long else ())


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for place, each in enumerate(value, start=1):
            yield from _leaves(each, (*path, str(place)))
    elif is_stated(value):
        yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _pieces(was: str, becomes: str) -> Iterator[Piece]:
    before, after = _PARTS.findall(was), _PARTS.findall(becomes)
    if len(before) + len(after) > MOST_PARTS:
        return
    for tag, start, end, to_start, to_end in SequenceMatcher(None, before, after).get_opcodes():
        yield from _changed(tag, before[start:end], after[to_start:to_end])


def _changed(tag: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    if tag == "equal":
        yield Piece("same", "".join(before))
        return
    if before:
        yield Piece("del", "".join(before))
    if after:
        yield Piece("ins", "".join(after))
