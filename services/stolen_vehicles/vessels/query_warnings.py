"""What looks mistyped in a check of a vessel that is answered all the same. Knows no record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.stolen_vehicles.query_warnings import COLOUR_NOT_LISTED, MAKE_NOT_LISTED, not_listed
from services.stolen_vehicles.vessels.hull import HullForm, check_hull
from services.stolen_vehicles.vessels.identifiers import (
    IMO_FIGURES,
    MMSI_FIGURES,
    expected_imo_digit,
    figures_of,
    has_wrong_imo_digit,
)
from services.stolen_vehicles.vessels.models import VesselQuery
from services.stolen_vehicles.vocabulary.vessel_makes import VESSEL_MAKES
from shared.numbers import has_wildcards
from shared.records import service_kit as kit

HULL_FORM: Final = kit.WarningKind("hull-number-form", "The hull number has none of the forms.")
IMO_CHECK_DIGIT: Final = kit.WarningKind("imo-check-digit", "The check digit of the IMO number is wrong.")
IMO_LENGTH: Final = kit.WarningKind("imo-length", "The IMO number has not seven figures.")
MMSI_LENGTH: Final = kit.WarningKind("mmsi-length", "The MMSI has not nine figures.")
NAME_ALONE: Final = kit.WarningKind(
    "vessel-name-alone", "Only the name of a vessel is sought, which proves nothing: compare a number."
)
KINDS: Final = (
    *(HULL_FORM, IMO_CHECK_DIGIT, IMO_LENGTH, MMSI_LENGTH, NAME_ALONE, *kit.NAME_WARNINGS),
    *(MAKE_NOT_LISTED, COLOUR_NOT_LISTED, kit.NUMBER_IN_STARS, kit.NUMBER_COMMON),
)
NUMBERS: Final = ("hull_number", "imo_number", "mmsi", "call_sign", "registration", "engine_number")


def query_warnings(query: VesselQuery, at: datetime) -> Iterator[kit.QueryWarning]:  # noqa: ARG001 - none is of a time
    """Yield what looks mistyped in a check."""
    hull = query.hull_number
    if hull is not None and not has_wildcards(hull) and check_hull(hull).form is HullForm.OTHER:
        yield HULL_FORM.at("/hull_number", "a hull number has 14 signs, or 12 without its country: is it complete?")
    yield from _of_ships(query)
    if query.name is not None and all(getattr(query, number) is None for number in NUMBERS):
        yield NAME_ALONE.at("/name", "a name is no proof, as many vessels have the same: compare a number")
    yield from kit.name_warnings(query.name)
    yield from not_listed(query.make, query.colour, VESSEL_MAKES)
    yield from kit.star_warnings(query, NUMBERS)


def _of_ships(query: VesselQuery) -> Iterator[kit.QueryWarning]:
    if query.imo_number is not None and not has_wildcards(query.imo_number):
        imo = figures_of(query.imo_number)
        if len(imo) != IMO_FIGURES:
            yield IMO_LENGTH.at("/imo_number", f"an IMO number has {IMO_FIGURES} figures, this one {len(imo)}")
        elif has_wrong_imo_digit(imo):
            yield IMO_CHECK_DIGIT.at("/imo_number", f"the last figure would be {expected_imo_digit(imo)} by the others")
    if query.mmsi is not None and not has_wildcards(query.mmsi):
        figures = len(figures_of(query.mmsi))
        if figures != MMSI_FIGURES:
            yield MMSI_LENGTH.at("/mmsi", f"an MMSI has {MMSI_FIGURES} figures, this one {figures}")
