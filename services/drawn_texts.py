"""Draws texts of a pattern, several signs at once: millions of records are drawn, each with some forty such signs."""

import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, product
from random import Random
from typing import Final

# The letters of serial numbers and of most plates, without those that are misread for figures.
CLEAR_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
ALPHABETS: Final[Mapping[str, str]] = {
    "9": string.digits,
    # A number that does not begin with 0.
    "1": "123456789",
    "A": string.ascii_uppercase,
    "L": CLEAR_LETTERS,
    "V": CLEAR_LETTERS + string.digits,
    # Spain has no vowels on plates.
    "C": "BCDFGHJKLMNPRSTVWXYZ",
    # Letters that are written alike in Latin and Cyrillic, as on plates of some countries (GOST R 50577).
    "K": "ABEKMHOPCTYX",
}
"""The signs that each sign of a pattern stands for; any other stands for itself."""

# As many texts as are kept for the signs of a pattern that are drawn together.
_MAX_TEXTS: Final = 1_100

Pattern = Sequence[Sequence[str]]
"""The texts of which one is drawn, for each part."""


def pattern(text: str) -> Pattern:
    """Return a pattern such as `AA-999-AA`; a sign after a backslash stands for itself."""
    parts, before = list[Sequence[str]](), ""
    for sign, count in _runs(text):
        alphabet = ALPHABETS.get(sign)
        if alphabet is None:
            before += sign[-1] * count
            continue
        for length in _lengths(len(alphabet), count):
            parts.append(_texts(before, alphabet, length))
            before = ""
    return (*parts, (before,)) if before else tuple(parts)


def _runs(text: str) -> Iterator[tuple[str, int]]:
    read = iter(text)
    signs = [sign + next(read) if sign == "\\" else sign for sign in read]
    return ((sign, len(list(group))) for sign, group in groupby(signs))


def _lengths(signs: int, count: int) -> Iterator[int]:
    together = 1
    while signs ** (together + 1) <= _MAX_TEXTS:
        together += 1
    for start in range(0, count, together):
        yield min(together, count - start)


@cache
def _texts(before: str, alphabet: str, length: int) -> Sequence[str]:
    return tuple(before + "".join(signs) for signs in product(alphabet, repeat=length))


def filled(random: Random, wanted: Pattern) -> str:
    """Return a text of a pattern, each sign drawn from its alphabet."""
    drawn = random.random
    return "".join([texts[int(drawn() * len(texts))] for texts in wanted])
