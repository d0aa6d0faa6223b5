"""Where the fields of machine-readable zones are: ICAO Doc 9303, parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (MRV-A, MRV-B).

Lines and columns are counted from 1, as people and error messages do.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class ZoneFormat(StrEnum):
    """The formats of machine-readable zones."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"


class Span(NamedTuple):
    """A part of a line."""

    line: int
    first: int
    last: int

    def of(self, lines: tuple[str, ...]) -> str:
        """Return the signs there."""
        return lines[self.line - 1][self.first - 1 : self.last]

    def has(self, line: int, column: int) -> bool:
        """Return whether a sign is in it."""
        return line == self.line and self.first <= column <= self.last


class CheckedPart(NamedTuple):
    """What a check digit is about, and where it is."""

    name: str
    spans: tuple[Span, ...]
    digit: Span
    may_be_empty: bool = False
    """Whether the digit may be a filler where the part has fillers alone."""


CODE: Final = Span(1, 1, 2)
ISSUER: Final = Span(1, 3, 5)

ISSUES: Final = "the issuer"
NUMBER: Final = "the number"
NAMES: Final = "the names"
BIRTH: Final = "the date of birth"
EXPIRY: Final = "the date of expiry"
COMPOSITE: Final = "all fields together"


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one format that are read."""

    format: ZoneFormat
    lines: int
    signs: int
    number: Span
    names: Span
    birth: Span
    expiry: Span
    checked: tuple[CheckedPart, ...]
    continued: Span | None
    """Where a number of more than nine signs goes on, with its check digit behind it."""

    def part_at(self, line: int, column: int) -> str:
        """Return the name of what a sign is a part of; empty for what is not read."""
        number = self.number._replace(last=self.number.last + 1)
        spans = ((ISSUES, ISSUER), (NUMBER, number), (NAMES, self.names), (BIRTH, self.birth), (EXPIRY, self.expiry))
        return next((name for name, span in spans if span.has(line, column)), "")


def _of_two_lines(name: ZoneFormat, signs: int, optional: Span | None = None, *, has_own_digit: bool = False) -> Layout:
    """Return a layout whose second line has all but the names; a visa has no `optional` data that are checked."""
    number, birth, expiry = Span(2, 1, 9), Span(2, 14, 19), Span(2, 22, 27)
    checked = [
        CheckedPart(NUMBER, (number,), Span(2, 10, 10)),
        CheckedPart(BIRTH, (birth,), Span(2, 20, 20), may_be_empty=True),
        CheckedPart(EXPIRY, (expiry,), Span(2, 28, 28), may_be_empty=True),
    ]
    if optional is not None:
        last = optional.last + has_own_digit
        if has_own_digit:
            checked.append(CheckedPart("the optional data", (optional,), Span(2, last, last), may_be_empty=True))
        spans = (Span(2, 1, 10), Span(2, 14, 20), Span(2, 22, last))
        checked.append(CheckedPart(COMPOSITE, spans, Span(2, signs, signs)))
    continued = optional if optional is not None and not has_own_digit else None
    return Layout(name, 2, signs, number, Span(1, 6, signs), birth, expiry, tuple(checked), continued)


def _of_three_lines() -> Layout:
    number, birth, expiry = Span(1, 6, 14), Span(2, 1, 6), Span(2, 9, 14)
    together = (Span(1, 6, 30), Span(2, 1, 7), Span(2, 9, 15), Span(2, 19, 29))
    checked = (
        CheckedPart(NUMBER, (number,), Span(1, 15, 15)),
        CheckedPart(BIRTH, (birth,), Span(2, 7, 7), may_be_empty=True),
        CheckedPart(EXPIRY, (expiry,), Span(2, 15, 15), may_be_empty=True),
        CheckedPart(COMPOSITE, together, Span(2, 30, 30)),
    )
    return Layout(ZoneFormat.TD1, 3, 30, number, Span(3, 1, 30), birth, expiry, checked, Span(1, 16, 30))


LAYOUTS: Final = {
    layout.format: layout
    for layout in (
        _of_three_lines(),
        _of_two_lines(ZoneFormat.TD2, 36, Span(2, 29, 35)),
        _of_two_lines(ZoneFormat.TD3, 44, Span(2, 29, 42), has_own_digit=True),
        _of_two_lines(ZoneFormat.MRV_A, 44),
        _of_two_lines(ZoneFormat.MRV_B, 36),
    )
}
_VISA: Final = "V"


def layout_of(lines: int, signs: int, first: str) -> Layout | None:
    """Return the layout of a zone with so many lines of so many signs, that begins with a sign, or None."""
    found = [each for each in LAYOUTS.values() if (each.lines, each.signs) == (lines, signs)]
    visas = [each for each in found if each.format in {ZoneFormat.MRV_A, ZoneFormat.MRV_B}]
    others = [each for each in found if each not in visas]
    return next(iter(visas if visas and first == _VISA else others), None)
