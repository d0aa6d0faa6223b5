"""Kinds of numbers, and the look-alike form of each: signs that cameras and people take for each other are one sign.

The table is the bar of the industry: 0ODQ, 1I, 2Z, 5S, 8B and 6G are "OCR equivalent" by default (Genetec Security
Center 5.12, administrator guide). In documents and serials L is 1 as well, as those are printed in fonts in which
l, I and 1 are alike; in documents D is no 0.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Of a number as it is compared; `upper()` can lengthen a text, as ß becomes SS.
MAX_SIGNS: Final = 40
# Of a number that is found by its end.
END_SIGNS: Final = 8

_BAR: Final = {"O": "0", "D": "0", "Q": "0", "I": "1", "Z": "2", "S": "5", "B": "8", "G": "6"}
_SIGNS: Final = string.digits + string.ascii_uppercase


@dataclass(frozen=True, slots=True, eq=False)
class NumberKind:
    """How one kind of number is compared."""

    name: str
    """In words, as in `a VIN`."""

    look_alikes: Mapping[str, str] = field(default_factory=_BAR.copy)
    """What each sign is read as."""

    found_by_end: bool = False
    """Whether its last eight signs find it."""

    found_without_letters: bool = False
    """Whether the letters before and after its figures may be left out, in a search as in a record."""

    is_whole: bool = False
    """Whether it is compared whole alone, as what is issued in series: what is one edit away is another thing's."""

    table: Mapping[int, str] = field(init=False)
    alphabet: str = field(init=False)
    """The signs of look-alike forms; letters of other scripts come in addition, and are not guessed."""

    def __post_init__(self) -> None:
        """Make the table once."""
        object.__setattr__(self, "table", str.maketrans(dict(self.look_alikes)))
        object.__setattr__(self, "alphabet", "".join(each for each in _SIGNS if each not in self.look_alikes))

    def look_of(self, signs: str) -> str:
        """Return the look-alike form of the signs of a number."""
        return signs.translate(self.table)


VIN: Final = NumberKind("a VIN", found_by_end=True)
PLATE: Final = NumberKind("a plate")
ENGINE_NUMBER: Final = NumberKind("an engine number")
SERIAL_NUMBER: Final = NumberKind("a serial number", _BAR | {"L": "1"})
# In the font of machine-readable zones (OCR-B) D is not taken for 0, and each neighbour of a number exists.
DOCUMENT_NUMBER: Final = NumberKind(
    "a document number", {sign: read for sign, read in (_BAR | {"L": "1"}).items() if sign != "D"}, is_whole=True
)
