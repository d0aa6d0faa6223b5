"""What looks mistyped in a check of a vehicle that is answered all the same. Knows no record.

There is no table of the plates of each country: plates differ within a country by age and kind, so only general signs
are looked for.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.stolen_vehicles import vin
from services.stolen_vehicles.models import VehicleQuery
from services.stolen_vehicles.vin_regions import is_checked
from services.stolen_vehicles.vocabulary.colours import COLOUR_NAMES, base_colour
from services.stolen_vehicles.vocabulary.makes import MAKE_NAMES
from shared.codes.word_list import WordList, unknown
from shared.numbers import END_SIGNS, has_wildcards
from shared.records import service_kit as kit

# Shorter numbers of engines exist on very old ones alone.
SHORT_ENGINE_NUMBER: Final = 4
# So many equal characters stand in no real number, but in one that was filled in to have one.
UNIFORM_FROM: Final = 4

VIN_LENGTH: Final = kit.WarningKind("vin-length", "The VIN has not 17 characters; older chassis numbers are shorter.")
VIN_LETTERS: Final = kit.WarningKind("vin-letters", "The VIN has I, O or Q, which are read as 1 and 0.")
VIN_CHARACTERS: Final = kit.WarningKind("vin-characters", "The VIN has letters other than A to Z.")
VIN_CHECK_DIGIT: Final = kit.WarningKind("vin-check-digit", "The check digit, which makers there must use, is wrong.")
VIN_UNIFORM: Final = kit.WarningKind("vin-uniform", "All characters of the VIN are the same.")
PLATE_NO_FIGURE: Final = kit.WarningKind("plate-no-figure", "The plate has no figure, as only few plates have none.")
PLATE_UNIFORM: Final = kit.WarningKind("plate-uniform", "All characters of the plate are the same.")
ENGINE_NUMBER_SHORT: Final = kit.WarningKind("engine-number-short", "The engine number has fewer than 4 characters.")
MAKE_NOT_LISTED: Final = kit.WarningKind(
    "make-not-listed", "The make is not in the list of codes: records of any make fit, further down."
)
COLOUR_NOT_LISTED: Final = kit.WarningKind(
    "colour-not-listed", "The colour is not in the list of codes: records of any colour fit, further down."
)

NUMBERS: Final = ("vin", "plate", "engine_number")
KINDS: Final = (
    *(VIN_LENGTH, VIN_LETTERS, VIN_CHARACTERS, VIN_CHECK_DIGIT, VIN_UNIFORM),
    *(PLATE_NO_FIGURE, PLATE_UNIFORM, ENGINE_NUMBER_SHORT, MAKE_NOT_LISTED, COLOUR_NOT_LISTED),
    *(kit.NUMBER_IN_STARS, kit.NUMBER_COMMON),
)


# The usual ones first: this is done for every check.
_FIGURE: Final = re.compile("[0-9]")


def query_warnings(query: VehicleQuery, at: datetime) -> list[kit.QueryWarning]:  # noqa: ARG001 - none is of a time
    """Return what looks mistyped in a check."""
    found = [] if query.vin is None else _vin_warnings(query.vin)
    if query.plate is not None:
        found += _plate_warnings(query.plate)
    if query.engine_number is not None:
        found += _engine_number_warnings(query.engine_number)
    return [*found, *not_listed(query.make, query.colour, MAKE_NAMES), *kit.star_warnings(query, NUMBERS)]


def not_listed(make: str | None, colour: str | None, makes: WordList) -> Iterator[kit.QueryWarning]:
    """Yield which of make and colour of a search are not listed, and so hide nothing."""
    if make is not None and makes.find(make) is None:
        yield MAKE_NOT_LISTED.at("/make", unknown(make, makes, "any other fits, further down"))
    if colour is not None and base_colour(colour) is None:
        yield COLOUR_NOT_LISTED.at("/colour", unknown(colour, COLOUR_NAMES, "any other fits, further down"))


def _vin_warnings(written: str) -> list[kit.QueryWarning]:
    number, found = vin.corrected(written), []
    if has_wildcards(written):
        return []
    if len(number) not in (vin.LENGTH, END_SIGNS):
        found.append(VIN_LENGTH.at("/vin", f"a VIN has {vin.LENGTH} characters, this one {len(number)}"))
    elif is_checked(number) and vin.has_wrong_check_digit(number):
        found.append(VIN_CHECK_DIGIT.at("/vin", "the check digit in position 9 is wrong for the other characters"))
    if not vin.NEVER_USED.isdisjoint(vin.clean(written)):
        found.append(VIN_LETTERS.at("/vin", "a VIN has no I, O or Q: they are read as 1 and 0"))
    if not number.isascii():
        found.append(VIN_CHARACTERS.at("/vin", "a VIN has letters of A to Z and figures alone: read it again"))
    if _is_uniform(number):
        found.append(VIN_UNIFORM.at("/vin", "all characters are the same"))
    return found


def _plate_warnings(written: str) -> list[kit.QueryWarning]:
    found = []
    if has_wildcards(written):
        return []
    if not _FIGURE.search(written) and not any(map(str.isnumeric, written)):
        found.append(PLATE_NO_FIGURE.at("/plate", "the plate has no figure: is it complete?"))
    if len({*written}) < UNIFORM_FROM and _is_uniform("".join(filter(str.isalnum, written.upper()))):
        found.append(PLATE_UNIFORM.at("/plate", "all characters are the same"))
    return found


def _engine_number_warnings(written: str) -> list[kit.QueryWarning]:
    length = len(vin.clean(written))
    if has_wildcards(written) or length >= SHORT_ENGINE_NUMBER:
        return []
    return [ENGINE_NUMBER_SHORT.at("/engine_number", f"the engine number has {length} characters: is it complete?")]


def _is_uniform(number: str) -> bool:
    return len(number) >= UNIFORM_FROM and number.count(number[0]) == len(number)
