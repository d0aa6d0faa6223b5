"""What is marked on a firearm: its serial number, by which it is found.

A serial number is compared by its letters and figures alone, whichever of the signs that look alike were read (0ODQ,
1IL, 2Z, 5S, 8B, 6G). The letters before and after its figures are left out by some who read it, and by some records, as
they are stamped apart from the figures or name the series. Makers number from 1: so the same number is on firearms of
many makes, and proves nothing without the make (ADR 79).
"""

from typing import Final

from shared.numbers import SERIAL_NUMBER, NumberKind, number_of, reading, signs_of

# Older firearms have shorter numbers, which are on one of each maker.
SHORT_SERIAL: Final = 4
# So many equal signs stand on no firearm, but in a number that was filled in to have one.
UNIFORM_FROM: Final = 4

SERIAL: Final = NumberKind("a serial number", SERIAL_NUMBER.look_alikes, found_without_letters=True)


def identity_of(make: str, serial_number: str) -> str:
    """Return what no other firearm has: the make, and the signs of the number."""
    return f"{make} {signs_of(serial_number)}"


def is_same_number(one: str, other: str) -> bool:
    """Return whether two writings are of one number, as a search would find one by the other: a hit, and not near."""
    found = reading(number_of(one, SERIAL), number_of(other, SERIAL))
    return found is not None and not found.is_near


def is_short(serial_number: str) -> bool:
    """Return whether a number has so few signs that it may be incomplete."""
    return len(signs_of(serial_number)) < SHORT_SERIAL


def is_uniform(serial_number: str) -> bool:
    """Return whether all signs of a number are the same."""
    signs = signs_of(serial_number)
    return len(signs) >= UNIFORM_FROM and len({*signs}) == 1
