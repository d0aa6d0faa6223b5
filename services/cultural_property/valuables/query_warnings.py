"""What looks mistyped in a check of a valuable that is answered all the same. Knows no record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.cultural_property.valuables.identifiers import (
    IMEI_FIGURES,
    figures_of,
    has_wrong_imei_digit,
    luhn_digit,
)
from services.cultural_property.valuables.models import ValuableQuery
from services.cultural_property.vocabulary.makes import MAKE_NAMES
from shared.codes.word_list import unknown
from shared.numbers import has_wildcards
from shared.records import service_kit as kit

SERIAL_WITHOUT_MAKE: Final = kit.WarningKind(
    "serial-without-make", "Makers number alike: a hit by a serial number without its make may be another thing."
)
IMEI_LENGTH: Final = kit.WarningKind("imei-length", "The IMEI has not fifteen figures.")
IMEI_CHECK_DIGIT: Final = kit.WarningKind("imei-check-digit", "The check digit of the IMEI is wrong.")
ENGRAVING_ALONE: Final = kit.WarningKind(
    "engraving-alone", "Only an engraving is sought, which proves nothing: compare a number."
)
MAKE_NOT_LISTED: Final = kit.WarningKind(
    "make-not-listed", "The make is not in the list of codes: records of any make fit, further down."
)
KINDS: Final = (
    *(SERIAL_WITHOUT_MAKE, IMEI_LENGTH, IMEI_CHECK_DIGIT, ENGRAVING_ALONE, MAKE_NOT_LISTED),
    *(kit.NUMBER_IN_STARS, kit.NUMBER_COMMON),
)
NUMBERS: Final = ("serial_number", "imei")


def query_warnings(query: ValuableQuery, at: datetime) -> Iterator[kit.QueryWarning]:  # noqa: ARG001 - none is of a time
    """Yield what looks mistyped in a check."""
    if query.serial_number is not None and query.make is None:
        yield SERIAL_WITHOUT_MAKE.at("/make", "makers number alike: state the make, or compare what is found with it")
    if query.imei is not None and not has_wildcards(query.imei):
        imei = figures_of(query.imei)
        if len(imei) != IMEI_FIGURES:
            yield IMEI_LENGTH.at("/imei", f"an IMEI has {IMEI_FIGURES} figures, this one {len(imei)}")
        elif has_wrong_imei_digit(imei):
            yield IMEI_CHECK_DIGIT.at("/imei", f"the last figure would be {luhn_digit(imei[:-1])} by the others")
    if query.engraving is not None and all(getattr(query, number) is None for number in NUMBERS):
        yield ENGRAVING_ALONE.at("/engraving", "an engraving is no proof, as many are alike: compare a number")
    if query.make is not None and MAKE_NAMES.find(query.make) is None:
        yield MAKE_NOT_LISTED.at("/make", unknown(query.make, MAKE_NAMES, "any other fits, further down"))
    yield from kit.star_warnings(query, NUMBERS)
