"""Ranges of numbers, such as a box of blank passports, found by a number that is in them. Pure, it reads nothing.

A range has at most 100,000 numbers of one length that differ in their last figures alone, so it lies in two stretches
of a hundred thousand at most. Each stretch is a key with an index: a search reads the ranges that lie in one stretch,
however many numbers they have, and compares them (ADR 78).
"""

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from shared.numbers import NumberKind, NumberPattern, Reading, WrittenNumber, number_of, reading, signs_of
from shared.records.search.number_keys import Held, NumberKey

MAX_IN_RANGE: Final = 100_000
# Of one owner that begin in one stretch: with those that reach into it from the one before, as many as a search reads.
MAX_OF_STRETCH: Final = 50
_FIGURES: Final = 5
_ANY: Final = "?"
_last_figures = re.compile(r"[0-9]+\Z").search


@dataclass(frozen=True, slots=True, eq=False)
class StretchKind(NumberKind):
    """The stretches in which numbers of a kind lie: all that differ in their last five signs are in one."""

    def look_of(self, signs: str) -> str:
        """Return the stretch of a number: its look-alike form without its last five signs."""
        look = signs.translate(self.table)
        return look[:-_FIGURES] + _ANY * min(len(look), _FIGURES)


class NumberRange(NamedTuple):
    """The numbers from a first to a last one, which have the same signs before their last figures."""

    before: str
    first: int
    last: int
    figures: int

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return self.last - self.first + 1

    def number(self, looks: str) -> str | None:
        """Return the number of the range that a look-alike form may be, or None."""
        last = looks[-self.figures :]
        if len(looks) != len(self.before) + self.figures or not last.isdecimal():
            return None
        return self.before + last if self.first <= int(last) <= self.last else None


def range_of(first: str, last: str) -> NumberRange:
    """Return the range of two numbers. Raises ValueError, which says what to change."""
    one, other = signs_of(first), signs_of(last)
    figures = [found[0] for found in map(_last_figures, (one, other)) if found]
    if len(figures) < 2:
        raise ValueError("must end in figures, as all numbers of a range do")
    if len(one) != len(other):
        raise ValueError(f"has {len(other)} signs and the first number {len(one)}: both must have as many")
    width = min(map(len, figures))
    before = one[:-width]
    if before != other[:-width]:
        raise ValueError("must begin with the same signs as the first number: enter a range for each series")
    found = NumberRange(before, int(one[-width:]), int(other[-width:]), width)
    if found.size < 1:
        raise ValueError("is before the first number")
    if found.size > MAX_IN_RANGE:
        raise ValueError(f"makes a range of {found.size:,} numbers, and one may have {MAX_IN_RANGE:,}: enter several")
    return found


@dataclass(frozen=True, slots=True)
class RangeKey(NumberKey):
    """The range of numbers of a record: `name` is the member of the first, and the column of its stretch."""

    last: str = ""
    """The member of the last number."""

    columns: int = 2
    of: NumberKind | None = None
    """The kind of the numbers; `kind` is that of their stretches."""

    def held_by(self, record: Any) -> list[Held]:
        """Return the range of a record under each stretch in which it lies."""
        first, last = getattr(record, self.name), getattr(record, self.last)
        if first is None or last is None:
            return []
        country = getattr(record, self.country) if self.country else None
        written, ends = f"{first} to {last}", (first, last)
        held = [Held(written, number_of(each, self.kind, country), ends) for each in ends]
        return held[:1] if held[0].number.key == held[1].number.key else held

    def read(self, asked: WrittenNumber | NumberPattern, held: Held) -> Reading | None:
        """Return how the number of a range meets what was asked, as if it had been entered itself, or None."""
        if isinstance(asked, NumberPattern) or self.of is None or held.ends is None:
            return None
        try:
            number = range_of(*held.ends).number(self.of.look_of(asked.signs))
        except ValueError:
            # A stored record is read, whatever was allowed when it was entered.
            return None
        if number is None:
            return None
        found = reading(number_of(asked.signs, self.of, asked.country), number_of(number, self.of, held.number.country))
        within = f"within {held.written}"
        return found and found._replace(words=f"{within}; {found.words}" if found.words else within)
