"""What contradicts itself in the entry of a vehicle, or is not listed. Never a reason to refuse it: see ADR 99."""

from collections.abc import Iterator
from typing import Final

from services.stolen_vehicles.models import VehicleDescription
from services.stolen_vehicles.vin_decoding import DecodedVin
from services.stolen_vehicles.vocabulary.colours import COLOUR_NAMES, base_colour
from services.stolen_vehicles.vocabulary.makes import MAKE_NAMES
from shared.codes.word_list import unknown
from shared.records import service_kit as kit

# A vehicle of a model year is built in that year or late in the one before, and first registered in the next.
YEARS_APART: Final = 1

MAKE_NOT_LISTED: Final = kit.WarningKind(
    "make-not-listed", "The make is not in the list of codes; it stays as written."
)
COLOUR_NOT_LISTED: Final = kit.WarningKind(
    "colour-not-listed", "The colour is not in the list of codes; it stays as written."
)
VIN_OTHER_MAKE: Final = kit.WarningKind("vin-other-make", "The VIN begins as those of other makes do.")
VIN_OTHER_YEAR: Final = kit.WarningKind(
    "vin-other-year", "The VIN states another model year, where makers must state it."
)
KINDS: Final = (MAKE_NOT_LISTED, COLOUR_NOT_LISTED, VIN_OTHER_MAKE, VIN_OTHER_YEAR)


def entry_warnings(description: VehicleDescription, decoded: DecodedVin | None) -> tuple[kit.EntryWarning, ...]:
    """Return what an entry warns of, given what its VIN says."""
    return (*_not_listed(description), *(_contradictions(description, decoded) if decoded else ()))


def _not_listed(description: VehicleDescription) -> Iterator[kit.EntryWarning]:
    if MAKE_NAMES.find(description.make) is None:
        yield MAKE_NOT_LISTED.in_entry("/make", unknown(description.make, MAKE_NAMES))
    for member in ("colour", "second_colour"):
        colour = getattr(description, member)
        if colour is not None and base_colour(colour) is None:
            yield COLOUR_NOT_LISTED.in_entry(f"/{member}", unknown(colour, COLOUR_NAMES))


def _contradictions(description: VehicleDescription, decoded: DecodedVin) -> Iterator[kit.EntryWarning]:
    make, year = MAKE_NAMES.find(description.make), description.year
    if make and decoded.makes and make not in decoded.makes:
        detail = f"begins as those of {' and '.join(decoded.makes)} do, and the make is {make}: read both again"
        yield VIN_OTHER_MAKE.in_entry("/vin", detail)
    years = decoded.model_years if decoded.states_year else ()
    if year and years and all(abs(year - each) > YEARS_APART for each in years):
        stated = " or ".join(map(str, years))
        yield VIN_OTHER_YEAR.in_entry(
            "/vin", f"states the model year {stated}, and the year is {year}: read both again"
        )
