"""Check digits of machine-readable zones (ICAO Doc 9303, part 3, section 4.9), and the readings that make one right.

A digit is the sum of the signs with the weights 7, 3, 1, modulo 10: figures count as they are, A to Z 10 to 35, and `<`
0. So it does not notice two signs whose values differ by a multiple of ten, whatever their place: see `MISSED`. A right
digit is no proof of a right reading.

A zone has a filler in place of each sign of a number that is neither letter nor figure (Doc 9303, part 4, section
4.2.2.2), so a dash that the issuer prints counts. What somebody writes between signs to read them better does not. A
number alone does not tell which it is: both are tried, and a digit is wrong if it is that of neither.
"""

import string
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle
from typing import Final, NamedTuple

from shared.numbers import CONFUSED, DOCUMENT_NUMBER, sign_words, signs_of

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
    """Of the sign among letters and figures, from 1."""

    asked: str
    found: str

    @property
    def words(self) -> str:
        """Which sign was changed."""
        return f"{sign_words(self.place, self.asked, self.found)}, which makes the check digit right"


def check_digit(signs: str) -> str:
    """Return the check digit of the signs of a zone. Raises KeyError for any other sign."""
    return str(sum(_VALUES[sign] * weight for sign, weight in zip(signs, cycle(_WEIGHTS), strict=False)) % 10)


def zone_writings(number: str) -> tuple[str, ...]:
    """Return how a zone may have a number, in capitals: without what separates its signs, or with fillers for that.

    None if it has a sign that no zone has.
    """
    signs = unicodedata.normalize("NFKC", number).upper()
    without = "".join(sign for sign in signs if sign.isalnum() or sign == FILLER)
    filled = "".join(sign if sign.isalnum() else FILLER for sign in signs)
    return tuple(dict.fromkeys(each for each in (without, filled) if set(each) <= _VALUES.keys()))


def expected_digits(number: str) -> tuple[str, ...]:
    """Return the check digits that a number may have, two if its separators may count; none if no zone has it."""
    return tuple(dict.fromkeys(map(check_digit, zone_writings(number))))


def is_wrong(number: str, digit: str) -> bool:
    """Return whether a check digit as it was read is none of a number."""
    expected = expected_digits(number)
    return bool(expected) and digit not in expected


# A search, its near records and its saved form use the same.
@lru_cache(maxsize=256)
def readings_of(number: str, digit: str) -> tuple[OtherReading, ...]:
    """Return the numbers one look-alike away for which a digit is right, at most 20; none if it is right already.

    Signs of the look-alike form are first. What has the same look-alike form is left out, as a search finds it anyway.
    """
    read = DOCUMENT_NUMBER.look_of(digit.upper())
    if not read.isdecimal() or read in expected_digits(number):
        return ()
    away = (each for signs in zone_writings(number) for each in _one_away(signs))
    found: dict[str, OtherReading | None] = {_look(number): None}
    for each in away:
        if check_digit(each.number) == read:
            found.setdefault(_look(each.number), each)
    return tuple(filter(None, found.values()))[:MAX_READINGS]


def _look(number: str) -> str:
    return DOCUMENT_NUMBER.look_of(signs_of(number))


def _one_away(signs: str) -> Iterator[OtherReading]:
    for at, sign in enumerate(signs):
        for other in _TAKEN_FOR.get(sign, ""):
            place = at + 1 - signs.count(FILLER, 0, at)
            yield OtherReading(signs[:at] + other + signs[at + 1 :], place, sign, other)


def _taken_for() -> dict[str, str]:
    pairs = [*map(frozenset, DOCUMENT_NUMBER.look_alikes.items()), *sorted(CONFUSED, key=sorted)]
    found = dict[str, list[str]]()
    for pair in pairs:
        one, other = sorted(pair)
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return {sign: "".join(dict.fromkeys(others)) for sign, others in found.items()}


_TAKEN_FOR: Final = _taken_for()
