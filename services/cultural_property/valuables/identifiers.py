"""The IMEI of a telephone (3GPP TS 23.003): fifteen figures, of which the last is a check digit by Luhn's formula.

The check digit misses two neighbours that are swapped if they are 0 and 9. A telephone sends fourteen figures and no
check digit (`*#06#` shows fifteen); an IMEISV has sixteen and none.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from shared.numbers import SERIAL_NUMBER, NumberKind, require_searchable, signs_of

IMEI_FIGURES: Final = 15
IMEI: Final = NumberKind("an IMEI", SERIAL_NUMBER.look_alikes)
_WRITTEN: Final = re.compile(r"\s*(?:IMEI)?[\s.:/-]*([0-9](?:[\s./-]*[0-9]){0,19})\s*", re.IGNORECASE)
_NAME: Final = re.compile(r"^\s*(?:IMEI)?[\s.:/-]*", re.IGNORECASE)
_HINTS: Final = {
    14: "has fourteen figures: the check digit is missing, dial *#06# to read all fifteen",
    16: "has sixteen figures, as an IMEISV: state the fifteen of the IMEI, which *#06# shows",
}


def _imei(written: str) -> str:
    found = _WRITTEN.fullmatch(written)
    number = signs_of(found[1]) if found else ""
    if len(number) != IMEI_FIGURES:
        raise ValueError(_HINTS.get(len(number), "must have fifteen figures, with or without IMEI before them"))
    return number


def _searched(written: str) -> str:
    asked = require_searchable(_NAME.sub("", written))
    if not figures_of(asked).isdecimal():
        raise ValueError("must have figures, ? for an unknown one and * for any number of them")
    return asked


def figures_of(asked: str) -> str:
    """Return the figures of a number, also for letters that look like them."""
    return IMEI.look_of(signs_of(asked))


_Short = Annotated[str, Field(min_length=1, max_length=40)]
Imei = Annotated[
    _Short,
    AfterValidator(_imei),
    Field(description="Fifteen figures, with or without `IMEI` before them.", examples=["356938035643809"]),
]
SearchedImei = Annotated[
    _Short,
    AfterValidator(_searched),
    Field(
        description="Fifteen figures. Letters that look like figures are read as these. `?` stands for one figure, `*` "
        "for any number.",
        examples=["356938035643809", "35693803*"],
    ),
]


def luhn_digit(number: str) -> int:
    """Return the check digit of the figures before it (ISO/IEC 7812-1 annex B)."""
    doubled = [int(figure) * (2 if place % 2 == 0 else 1) for place, figure in enumerate(reversed(number))]
    return -sum(each // 10 + each % 10 for each in doubled) % 10


def has_wrong_imei_digit(number: str) -> bool:
    """Return whether the last of fifteen figures is not the check digit of the others."""
    return int(number[-1]) != luhn_digit(number[:-1])
