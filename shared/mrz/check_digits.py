"""Check digits of machine-readable zones (ICAO Doc 9303, part 3, section 4.9), and the readings that make one right.

A digit is the sum of the signs with the weights 7, 3, 1, modulo 10: figures count as they are, A to Z 10 to 35, and `<`
0. So it does not notice two signs whose values differ by a multiple of ten, whatever their place: see `MISSED`. A right
digit is no proof of a right reading.
"""

import string
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle
from typing import Final, NamedTuple

from shared.numbers import CONFUSED, DOCUMENT_NUMBER

FILLER: Final = "<"
MAX_READINGS: Final = 20
MISSED: Final = ("L1", "B1", "U0", "G6", "S8", "I8", "Z5")
"""The pairs of signs that look alike and that the digit takes for each other."""

_VALUES: Final = {sign: value for value, sign in enumerate(string.digits + string.ascii_uppercase)} | {FILLER: 0}
_WEIGHTS: Final = (7, 3, 1)


class OtherReading(NamedTuple):
    """A number one look-alike away from what was read, for which the check digit is right."""

    number: str
    place: int
    """Of the sign, from 1."""

    asked: str
    found: str

    @property
    def words(self) -> str:
        """What was read otherwise."""
        return f"sign {self.place}, {self.asked}, was read as {self.found}, which makes the check digit right"


def check_digit(signs: str) -> str:
    """Return the check digit of the signs of a zone. Raises KeyError for any other sign."""
    return str(sum(_VALUES[sign] * weight for sign, weight in zip(signs, cycle(_WEIGHTS), strict=False)) % 10)


def zone_signs(number: str) -> str:
    """Return a number as a zone has it: in capitals, with a filler in place of each other sign."""
    return "".join(sign if sign.isalnum() else FILLER for sign in unicodedata.normalize("NFKC", number).upper())


def is_wrong(number: str, digit: str) -> bool:
    """Return whether a check digit as it was read is not the one of a number."""
    signs = zone_signs(number)
    return set(signs) <= _VALUES.keys() and check_digit(signs) != digit


# A search, its near records and its saved form use the same.
@lru_cache(maxsize=256)
def readings_of(number: str, digit: str) -> tuple[OtherReading, ...]:
    """Return the numbers one look-alike away for which a digit is right, at most 20; none if it is right already.

    Signs of the look-alike form are first. What has the same look-alike form is left out, as a search finds it anyway.
    """
    signs = zone_signs(number)
    read = DOCUMENT_NUMBER.look_of(digit.upper())
    if not set(signs) <= _VALUES.keys() or not read.isdecimal() or check_digit(signs) == read:
        return ()
    look = DOCUMENT_NUMBER.look_of(signs)
    found = [each for each in _one_away(signs) if check_digit(each.number) == read]
    others = [each for each in found if DOCUMENT_NUMBER.look_of(each.number) != look]
    return tuple(others[:MAX_READINGS])


def _one_away(signs: str) -> Iterator[OtherReading]:
    for at, sign in enumerate(signs):
        for other in _TAKEN_FOR.get(sign, ""):
            yield OtherReading(signs[:at] + other + signs[at + 1 :], at + 1, sign, other)


def _taken_for() -> dict[str, str]:
    pairs = [*map(frozenset, DOCUMENT_NUMBER.look_alikes.items()), *sorted(CONFUSED, key=sorted)]
    found = dict[str, list[str]]()
    for pair in pairs:
        one, other = sorted(pair)
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return {sign: "".join(dict.fromkeys(others)) for sign, others in found.items()}


_TAKEN_FOR: Final = _taken_for()
