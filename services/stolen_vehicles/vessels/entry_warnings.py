"""What contradicts itself in the entry of a vessel, or is not listed. Never a reason to refuse it: see ADR 99."""

from collections.abc import Iterator
from typing import Final

from services.stolen_vehicles.entry_warnings import COLOUR_NOT_LISTED, MAKE_NOT_LISTED
from services.stolen_vehicles.vessels.hull import HullVerdict
from services.stolen_vehicles.vessels.identifiers import is_mmsi_of_a_vessel
from services.stolen_vehicles.vessels.models import VesselDescription
from services.stolen_vehicles.vocabulary.colours import COLOUR_NAMES, base_colour
from services.stolen_vehicles.vocabulary.vessel_makes import VESSEL_MAKES
from shared.codes.word_list import unknown
from shared.records import service_kit as kit

# Built in the year before its model year, and first registered in the year after.
YEARS_APART: Final = 1

HULL_NUMBER_FORM: Final = kit.WarningKind(
    "hull-number-form", "The hull number has none of the forms, or contradicts itself."
)
HULL_OTHER_YEAR: Final = kit.WarningKind("hull-other-year", "The hull number states another year than the entry.")
MMSI_FORM: Final = kit.WarningKind(
    "mmsi-form", "The MMSI is that of a coast station, a group or a beacon, not of a vessel."
)
KINDS: Final = (MAKE_NOT_LISTED, COLOUR_NOT_LISTED, HULL_NUMBER_FORM, HULL_OTHER_YEAR, MMSI_FORM)


def entry_warnings(description: VesselDescription, hull: HullVerdict | None) -> tuple[kit.EntryWarning, ...]:
    """Return what an entry warns of, given what its hull number says."""
    return (*_not_listed(description), *_of_numbers(description, hull))


def _not_listed(description: VesselDescription) -> Iterator[kit.EntryWarning]:
    makes = {"/make": description.make}
    makes |= {f"/engines/{place}/make": engine.make for place, engine in enumerate(description.engines)}
    for pointer, make in makes.items():
        if make is not None and VESSEL_MAKES.find(make) is None:
            yield MAKE_NOT_LISTED.in_entry(pointer, unknown(make, VESSEL_MAKES))
    for member in ("colour", "second_colour"):
        colour = getattr(description, member)
        if colour is not None and base_colour(colour) is None:
            yield COLOUR_NOT_LISTED.in_entry(f"/{member}", unknown(colour, COLOUR_NAMES))


def _of_numbers(description: VesselDescription, hull: HullVerdict | None) -> Iterator[kit.EntryWarning]:
    if hull is not None and hull.warning is not None:
        yield HULL_NUMBER_FORM.in_entry("/hull_number", hull.warning)
    if hull is not None and hull.model_year and description.year:
        built = int(hull.built[:4]) if hull.built else hull.model_year
        if all(abs(description.year - each) > YEARS_APART for each in (built, hull.model_year)):
            detail = f"states the year {built}, and the year is {description.year}: read both again"
            yield HULL_OTHER_YEAR.in_entry("/hull_number", detail)
    if description.mmsi is not None and not is_mmsi_of_a_vessel(description.mmsi):
        yield MMSI_FORM.in_entry("/mmsi", "is of no vessel: those begin with 2 to 7, or with 8 or 98 and one of these")
