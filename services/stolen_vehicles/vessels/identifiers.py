"""Numbers of ships: IMO (SOLAS XI-1/3, IMO Resolution A.1117(30)) and MMSI (Recommendation ITU-R M.585).

An IMO number has seven figures; the last is the last figure of the sum of the others by the weights 7 to 2. That digit
misses many slips, as one figure that changes by five where the weight is even.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from shared.numbers import SERIAL_NUMBER, NumberKind, require_searchable, signs_of

IMO_FIGURES: Final = 7
MMSI_FIGURES: Final = 9
IMO_WEIGHTS: Final = (7, 6, 5, 4, 3, 2)
_IMO: Final = re.compile(r"\s*(?:IMO)?[\s.:-]*([0-9](?:[\s.-]*[0-9]){6})\s*", re.IGNORECASE)
_MMSI: Final = re.compile(r"\s*(?:MMSI)?[\s.:-]*([0-9](?:[\s.-]*[0-9]){8})\s*", re.IGNORECASE)
_NAME: Final = re.compile(r"^\s*(?:IMO|MMSI)?[\s.:-]*", re.IGNORECASE)
# Of a ship; of a craft that belongs to one, such as its tender; of a radio in the hand (M.585, annex 1 and 2).
_OF_A_VESSEL: Final = re.compile(r"[2-7][0-9]{8}|98[2-7][0-9]{6}|8[2-7][0-9]{7}")


def _imo(written: str) -> str:
    if found := _IMO.fullmatch(written):
        return signs_of(found[1])
    raise ValueError("must have seven figures, with or without IMO before them")


def _mmsi(written: str) -> str:
    if found := _MMSI.fullmatch(written):
        return signs_of(found[1])
    raise ValueError("must have nine figures")


def _searched(written: str) -> str:
    """Return what follows the name of a number, which has figures, or letters that look like them, and wildcards."""
    asked = require_searchable(_NAME.sub("", written))
    if not figures_of(asked).isdecimal():
        raise ValueError("must have figures, ? for an unknown one and * for any number of them")
    return asked


def figures_of(asked: str) -> str:
    """Return the figures of a number, also for letters that look like them: both kinds have the same look-alikes."""
    return IMO.look_of(signs_of(asked))


IMO: Final = NumberKind("an IMO number", SERIAL_NUMBER.look_alikes)
MMSI: Final = NumberKind("an MMSI", SERIAL_NUMBER.look_alikes)
_OF_IMO: Final = "Seven figures, with or without `IMO` before them."
_OF_MMSI: Final = "Nine figures."
_Short = Annotated[str, Field(min_length=1, max_length=30)]
ImoNumber = Annotated[_Short, AfterValidator(_imo), Field(description=_OF_IMO, examples=["9074729"])]
Mmsi = Annotated[_Short, AfterValidator(_mmsi), Field(description=_OF_MMSI, examples=["211234560"])]
_IN_PART: Final = "Letters that look like figures are read as these. `?` stands for one figure, `*` for any number."
SearchedImoNumber = Annotated[
    _Short, AfterValidator(_searched), Field(description=f"{_OF_IMO} {_IN_PART}", examples=["9074729", "9074*"])
]
SearchedMmsi = Annotated[
    _Short, AfterValidator(_searched), Field(description=f"{_OF_MMSI} {_IN_PART}", examples=["211234560"])
]


def expected_imo_digit(number: str) -> int:
    """Return the check digit that seven figures should have."""
    return sum(int(figure) * weight for figure, weight in zip(number, IMO_WEIGHTS, strict=False)) % 10


def has_wrong_imo_digit(number: str) -> bool:
    """Return whether the last of seven figures is not the check digit of the others."""
    return int(number[-1]) != expected_imo_digit(number)


def is_mmsi_of_a_vessel(number: str) -> bool:
    """Return whether nine figures may be those of a ship, its craft or a radio, not of a coast station or beacon."""
    return _OF_A_VESSEL.fullmatch(number) is not None
