"""The series in which issuers number their documents: forms as they are printed, for synthetic records.

Numbers of a series follow each other, as real ones do: so the neighbours of a number exist. The forms of some issuers
are those that are seen on specimens; of all others one of the common forms is taken, always the same.
"""

import string
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from math import prod
from typing import Final, NamedTuple

from services.travel_documents.kinds import DocumentType

# Without vowels and without letters that look like figures, as in numbers of Germany.
_CLEAR: Final = "CFGHJKLMNPRTVWXYZ"
_ALPHABETS: Final[Mapping[str, str]] = {
    "9": string.digits,
    "a": string.ascii_uppercase,
    "c": _CLEAR,
    "v": string.digits + _CLEAR,
}
"""What each sign of a form stands for; a capital letter stands for itself."""
_COMMON: Final = ("a9999999", "aa9999999", "999999999", "a99999999", "aa999999", "99999999")
_FORMS: Final[Mapping[tuple[str, str], str]] = {
    ("D", DocumentType.PASSPORT): "Cvvvvvvv9",
    ("D", DocumentType.IDENTITY_CARD): "Lvvvvvvv9",
    ("FRA", DocumentType.PASSPORT): "99aa99999",
    ("FRA", DocumentType.IDENTITY_CARD): "vvvvvvv99",
    ("ITA", DocumentType.PASSPORT): "Ya9999999",
    ("ITA", DocumentType.IDENTITY_CARD): "Ca99999aa",
    ("ESP", DocumentType.PASSPORT): "XAa999999",
    ("GBR", DocumentType.PASSPORT): "999999999",
    ("USA", DocumentType.PASSPORT): "a99999999",
    ("BRA", DocumentType.PASSPORT): "aa999999",
    ("JPN", DocumentType.PASSPORT): "Ta9999999",
    ("POL", DocumentType.PASSPORT): "Ea9999999",
    ("POL", DocumentType.IDENTITY_CARD): "aaa999999",
    ("PRT", DocumentType.PASSPORT): "Ca999999",
    ("KEN", DocumentType.PASSPORT): "aK9999999",
    ("NLD", DocumentType.PASSPORT): "Nvvvvvvv9",
}
# Documents of one type that an issuer has issued, at most.
_MOST: Final = 100_000_000


class Series(NamedTuple):
    """The numbers of one issuer for one type of document."""

    alphabets: tuple[str, ...]
    """The signs that each place may have."""

    begins: int
    """The place of its first number among all of the form."""

    size: int
    figures: int
    """How many figures its numbers end in."""

    def number(self, place: int) -> str:
        """Return the number at a place of the series, from 0."""
        left, signs = self.begins + place, list[str]()
        for alphabet in reversed(self.alphabets):
            left, at = divmod(left, len(alphabet))
            signs.append(alphabet[at])
        return "".join(reversed(signs))

    def range_at(self, place: int, size: int) -> tuple[str, str]:
        """Return the first and last number of a range of at most `size` around a place: only last figures differ."""
        figures = 10**self.figures
        size = min(size, figures)
        first = self.begins + place
        first -= first % figures % size
        first -= max(0, first % figures + size - figures)
        return self.number(first - self.begins), self.number(first - self.begins + size - 1)


@cache
def series_of(issuer: str, type_: DocumentType) -> Series:
    """Return the series of an issuer for a type of document."""
    drawn = int.from_bytes(blake2b(f"{issuer} {type_}".encode(), digest_size=8).digest())
    form = _FORMS.get((issuer, type_)) or _COMMON[drawn % len(_COMMON)]
    alphabets = tuple(_ALPHABETS.get(sign, sign) for sign in form)
    whole = prod(map(len, alphabets))
    size = min(_MOST, whole)
    return Series(alphabets, drawn % (whole - size + 1), size, len(form) - len(form.rstrip("9")))
