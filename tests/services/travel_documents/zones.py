"""Writes machine-readable zones, to read them back, by the tables of ICAO Doc 9303."""

from dataclasses import dataclass
from itertools import cycle
from typing import Final

NAMES: Final = "ERIKSSON<<ANNA<MARIA"
SPECIMEN_TD3: Final = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
SPECIMEN_TD1: Final = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
SPECIMEN_TD2: Final = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
SPECIMEN_MRV_A: Final = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
SPECIMEN_MRV_B: Final = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")


@dataclass(frozen=True)
class Holder:
    """What a zone says besides the document."""

    birth: str = "740812"
    expiry: str = "280415"
    nationality: str = "UTO"
    sex: str = "F"
    optional: str = ""
    names: str = NAMES


ANNA: Final = Holder()


def digit(signs: str) -> str:
    values = {sign: place for place, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
    return str(sum(values[sign] * weight for sign, weight in zip(signs, cycle((7, 3, 1)), strict=False)) % 10)


def filled(text: str, signs: int) -> str:
    return text[:signs].ljust(signs, "<")


def with_digit(text: str, signs: int) -> str:
    return filled(text, signs) + digit(filled(text, signs))


def td3(issuer: str, number: str, of: Holder = ANNA, code: str = "P<") -> tuple[str, ...]:
    first = with_digit(number, 9)
    dates = (with_digit(of.birth, 6), with_digit(of.expiry, 6))
    last = with_digit(of.optional, 14)
    composite = digit(first + dates[0] + dates[1] + last)
    second = f"{first}{filled(of.nationality, 3)}{dates[0]}{of.sex}{dates[1]}{last}{composite}"
    return filled(code + filled(issuer, 3) + of.names, 44), second


def td2(issuer: str, number: str, of: Holder = ANNA, code: str = "I<") -> tuple[str, ...]:
    first, optional = _perhaps_long(number, of.optional, 7)
    dates = (with_digit(of.birth, 6), with_digit(of.expiry, 6))
    composite = digit(first + dates[0] + dates[1] + optional)
    second = f"{first}{filled(of.nationality, 3)}{dates[0]}{of.sex}{dates[1]}{optional}{composite}"
    return filled(code + filled(issuer, 3) + of.names, 36), second


def td1(issuer: str, number: str, of: Holder = ANNA, code: str = "I<") -> tuple[str, ...]:
    first, optional = _perhaps_long(number, of.optional, 15)
    dates = (with_digit(of.birth, 6), with_digit(of.expiry, 6))
    more = filled("", 11)
    composite = digit(first + optional + dates[0] + dates[1] + more)
    second = f"{dates[0]}{of.sex}{dates[1]}{filled(of.nationality, 3)}{more}{composite}"
    return code + filled(issuer, 3) + first + optional, second, filled(of.names, 30)


def visa(issuer: str, number: str, of: Holder = ANNA, signs: int = 44) -> tuple[str, ...]:
    first = with_digit(number, 9)
    dates = (with_digit(of.birth, 6), with_digit(of.expiry, 6))
    second = f"{first}{filled(of.nationality, 3)}{dates[0]}{of.sex}{dates[1]}{of.optional}"
    return filled(f"V<{filled(issuer, 3)}{of.names}", signs), filled(second, signs)


def _perhaps_long(number: str, optional: str, signs: int) -> tuple[str, str]:
    """Return the number with its digit, and the optional data, in which a longer number goes on."""
    if len(number) <= 9:
        return with_digit(number, 9), filled(optional, signs)
    return f"{number[:9]}<", filled(f"{number[9:]}{digit(number)}<{optional}", signs)
