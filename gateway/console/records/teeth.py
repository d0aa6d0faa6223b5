"""A dental chart as dentists draw it: by the numbers of teeth (ISO 3950), the right side of the body on the left."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

_PERMANENT: Final = ((1, 2), (4, 3))
_MILK: Final = ((5, 6), (8, 7))
_IN_QUADRANT: Final = 8
_MILK_IN_QUADRANT: Final = 5
_RIGHT_SIDE: Final = frozenset({1, 4, 5, 8})


class Tooth(NamedTuple):
    """A place in the chart, with what was found there."""

    number: str
    state: str | None
    """None where nothing is stated."""


class Row(NamedTuple):
    """Half a jaw on each side."""

    is_upper: bool
    quadrants: Sequence[Sequence[Tooth]]


def chart_of(findings: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the rows of a chart: those of milk teeth only if one is stated."""
    states = {str(each.get("tooth")): str(each.get("state")) for each in findings}
    rows = [_row(pair, states, _IN_QUADRANT) for pair in _PERMANENT]
    if any(number[:1] in {"5", "6", "7", "8"} for number in states):
        rows += [_row(pair, states, _MILK_IN_QUADRANT) for pair in _MILK]
    return rows


def _row(quadrants: tuple[int, int], states: Mapping[str, str], count: int) -> Row:
    return Row(quadrants[0] in {1, 5}, [_quadrant(each, states, count) for each in quadrants])


def _quadrant(quadrant: int, states: Mapping[str, str], count: int) -> list[Tooth]:
    order = range(count, 0, -1) if quadrant in _RIGHT_SIDE else range(1, count + 1)
    return [Tooth(f"{quadrant}{place}", states.get(f"{quadrant}{place}")) for place in order]
