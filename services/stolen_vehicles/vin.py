"""Vehicle identification numbers: ISO 3779 (form), 49 CFR 565.15 (check digit of North American makers)."""

import re
from enum import StrEnum
from operator import mul
from typing import Final

from pydantic import BaseModel, Field

from services.stolen_vehicles.vin_regions import is_checked
from shared.numbers import signs_of

LENGTH: Final = 17
CHECK_POSITION: Final = 8
# ISO 3779 leaves them out, as they are misread for figures.
NEVER_USED: Final = frozenset("IOQioq")

_FORM = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VALUES: Final = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_MISREAD: Final = str.maketrans("OQI", "001")


class CheckDigit(StrEnum):
    """Whether the ninth character is the right check digit."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_APPLICABLE = "not-applicable"


class VinVerdict(BaseModel):
    """The result of checking a number, without any data on the vehicle."""

    iso_3779: bool = Field(description="Seventeen characters without I, O and Q. Older chassis numbers are not.")
    check_digit: CheckDigit
    check_digit_required: bool = Field(description="Whether makers of this country must use one.")
    warning: str | None = Field(None, description="What to check again, or null.")

    @property
    def is_impossible(self) -> bool:
        """Whether the check digit is wrong where makers must use one."""
        return self.check_digit is CheckDigit.INVALID and self.check_digit_required


def clean(text: str) -> str:
    """Return the letters and figures of a number in capitals, as they are compared: without spaces, dashes and dots."""
    return signs_of(text)


def corrected(text: str) -> str:
    """Return a number as `clean` does, with the letters O, Q and I, which no VIN has, read as figures."""
    return clean(text).translate(_MISREAD)


def has_other_letters(text: str) -> bool:
    """Return whether a number has letters that are none of A to Z and do not look like one."""
    return not text.isascii() and not clean(text).isascii()


def expected_check_digit(vin: str) -> str:
    """Return the check digit that a number of ISO 3779 form should have (49 CFR 565.15(c))."""
    # Twice as fast as a comprehension.
    remainder = sum(map(mul, map(_VALUES.__getitem__, vin), _WEIGHTS)) % 11
    return "X" if remainder == 10 else str(remainder)


def has_wrong_check_digit(vin: str) -> bool:
    """Return whether a clean number of ISO 3779 form has another check digit than it should; of any other form, no."""
    return bool(_FORM.fullmatch(vin)) and vin[CHECK_POSITION] != expected_check_digit(vin)


def check_vin(vin: str) -> VinVerdict:
    """Check a clean number."""
    if not _FORM.fullmatch(vin):
        warning = "not of ISO 3779 form (17 characters without I, O and Q): check it, unless the vehicle is older"
        return VinVerdict(
            iso_3779=False, check_digit=CheckDigit.NOT_APPLICABLE, check_digit_required=False, warning=warning
        )
    expected, required = expected_check_digit(vin), is_checked(vin)
    if vin[CHECK_POSITION] == expected:
        return VinVerdict(iso_3779=True, check_digit=CheckDigit.VALID, check_digit_required=required)
    return VinVerdict(
        iso_3779=True,
        check_digit=CheckDigit.INVALID,
        check_digit_required=required,
        warning=f"position 9 is {vin[CHECK_POSITION]}, as a check digit it would be {expected}",
    )
