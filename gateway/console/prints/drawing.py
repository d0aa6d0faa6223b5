"""Two prints side by side as a page draws them: the minutiae that agree, with the same numbers in both. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

_TAIL: Final = 18.0  # pixels, about two ridges


class Mark(NamedTuple):
    """A minutia in a picture: where it is, and where the line ends that shows its direction."""

    number: int
    x: float
    y: float
    to_x: float
    to_y: float


class Side(NamedTuple):
    """One of the two prints."""

    title: str
    """In English: the key of its translations."""

    width: int
    height: int
    picture: str | None
    """Its address; None if only the minutiae are kept."""

    minutiae: int
    quality: float
    marks: Sequence[Mark]


class Row(NamedTuple):
    """A pair in the table beside the pictures."""

    number: int
    first: Mapping[str, float]
    second: Mapping[str, float]
    share: float


def side_of(verification: Mapping[str, Any], which: str, title: str, picture: str | None) -> Side:
    """Return the `first` or the `second` of two prints that were compared."""
    taken = verification[which]
    pairs = enumerate(verification["pairs"], start=1)
    marks = [_mark(number, pair[which]) for number, pair in pairs]
    return Side(title, taken["width"], taken["height"], picture, taken["minutiae"], taken["quality"], marks)


def rows_of(verification: Mapping[str, Any]) -> list[Row]:
    """Return the pairs, what adds most to the score first."""
    pairs = enumerate(verification["pairs"], start=1)
    return [Row(number, pair["first"], pair["second"], pair["share"]) for number, pair in pairs]


def _mark(number: int, minutia: Mapping[str, float]) -> Mark:
    x, y, turn = minutia["x"], minutia["y"], math.radians(minutia["direction"])
    return Mark(number, x, y, round(x + _TAIL * math.cos(turn), 1), round(y - _TAIL * math.sin(turn), 1))
