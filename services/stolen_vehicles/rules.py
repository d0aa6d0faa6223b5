"""What may be done to a record of a stolen vehicle, and what narrows a check."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from services.stolen_vehicles import vin
from services.stolen_vehicles.entry_warnings import entry_warnings
from services.stolen_vehicles.models import Vehicle, VehicleDescription, VehicleKind, VehicleQuery, VehicleStatus
from services.stolen_vehicles.vin_decoding import checked_vin
from services.stolen_vehicles.vocabulary.colours import fits_colour
from services.stolen_vehicles.vocabulary.makes import fits_make, fits_model
from shared.dates import FUTURE_ALLOWED, certainly_before
from shared.errors import Refusal
from shared.identity import Caller
from shared.personal_data import require_no_personal_data
from shared.records import service_kit as kit

NARROWING: Final = ("make", "model", "colour", "year_min", "year_max")
FREE_TEXT: Final = ("make", "model", "variant", "colour", "second_colour", "marks", "theft_place")
NUMBERS: Final = ("vin", "plate", "engine_number", "document_number")
# Their numbers (ISO 10261) have 17 characters as well, but a letter instead of the check digit, and no model year.
WITHOUT_VIN: Final = (VehicleKind.MACHINE, VehicleKind.TRACTOR)
UNTIL_ENDED: Final = kit.SoughtUntilEnded[Vehicle](
    "a stolen vehicle",
    member="status",
    is_sought=lambda vehicle: vehicle.status is VehicleStatus.STOLEN,
    recovered=VehicleStatus.RECOVERED,
    withdrawn=VehicleStatus.WITHDRAWN,
)
recover = UNTIL_ENDED.recover
withdraw = UNTIL_ENDED.withdraw


class CheckDigitWrong(Refusal, status=422, code="vin-check-digit", title="The check digit of the VIN is wrong"):
    """The maker's country requires a check digit, so a wrong one is a typing error, or the number was altered."""


class TheftInFuture(Refusal, status=422, code="theft-in-future", title="The theft is in the future"):
    """Each day on which the theft may have been is more than a day after today."""


def enter(description: VehicleDescription, by: Caller, revision: kit.Revision) -> Vehicle:
    """Return the record of a vehicle that a bureau enters. Raises TheftInFuture, CheckDigitWrong, PersonalData."""
    require_past(description, today=revision.at.date())
    require_acceptable(description)
    derived = derived_from(description, revision.at)
    return kit.create_record(Vehicle, description, by=by, revision=revision, status=VehicleStatus.STOLEN, **derived)


def correct(vehicle: Vehicle, description: VehicleDescription, by: Caller, revision: kit.Revision) -> Vehicle:
    """Return the record with a new description. Raises NotTheOwner, IllegalStep and what `enter` raises."""
    kit.require_owner(vehicle, by)
    UNTIL_ENDED.require_sought(vehicle, "corrected")
    require_past(description, today=revision.at.date())
    return restate(vehicle, description, at=revision.at)


def restate(vehicle: Vehicle, description: VehicleDescription, *, at: datetime) -> Vehicle:
    """Return the record with a new description and what follows from it. Raises CheckDigitWrong, PersonalData."""
    require_acceptable(description)
    return vehicle.next_version(at, **kit.input_fields(description), **derived_from(description, at))


def require_acceptable(description: VehicleDescription) -> None:
    """Require a VIN that can be right, or stands so on the vehicle, and no personal data in free text and numbers.

    Raises CheckDigitWrong, PersonalData.
    """
    verdict = verdict_on(description)
    if verdict and verdict.is_impossible and not description.as_on_vehicle:
        detail = (
            f"{verdict.warning}, and makers of this country must use one: read it again; "
            "if it stands so on the vehicle, state as_on_vehicle: true"
        )
        raise CheckDigitWrong(detail, at="/vin")
    texts = {f"/{member}": getattr(description, member) for member in FREE_TEXT}
    numbers = {f"/{member}": getattr(description, member) for member in NUMBERS}
    advice = "describe the vehicle or the place alone; no person, address or number to call"
    require_no_personal_data(texts, advice, numbers)


def state(record: Vehicle) -> kit.Comparison:
    """Return whether a vehicle is still stolen."""
    is_stolen = record.status is VehicleStatus.STOLEN
    return kit.compared("status", VehicleStatus.STOLEN, record.status, is_met=is_stolen)


def narrowing(record: Vehicle, query: VehicleQuery) -> Iterator[kit.Comparison]:
    """Yield how a vehicle meets make, model, colour and year where asked; only what contradicts them does not fit."""
    if query.make:
        yield kit.compared_words("make", query.make, [record.make], fits_make)
    if query.model:
        yield kit.compared_words("model", query.model, [record.model], partial(fits_model, make=record.make))
    if query.colour:
        yield kit.compared_words("colour", query.colour, [record.colour, record.second_colour], fits_colour)
    yield from _compared_years(record, query)


def identifiers(record: Vehicle) -> dict[str, str]:
    """Return the VIN as it is compared, while the vehicle is sought: no other vehicle has it."""
    if record.vin is None or record.status is not VehicleStatus.STOLEN:
        return {}
    return {"vin": vin.corrected(record.vin)}


def _compared_years(vehicle: Vehicle, query: VehicleQuery) -> Iterator[kit.Comparison]:
    for name, year in (("year_min", query.year_min), ("year_max", query.year_max)):
        if year is None:
            continue
        if vehicle.year is None:
            yield kit.not_stated(name, str(year))
        else:
            is_met = vehicle.year >= year if name == "year_min" else vehicle.year <= year
            yield kit.compared(name, year, vehicle.year, is_met=is_met)


def require_past(description: VehicleDescription, *, today: date) -> None:
    """Require a theft that is not in the future. Raises TheftInFuture."""
    if certainly_before(today + FUTURE_ALLOWED, description.theft_date):
        raise TheftInFuture(f"{description.theft_date} is in the future: state a day up to today", at="/theft_date")


def vin_of(description: VehicleDescription) -> str | None:
    """Return the VIN, or None: a machine has a product identification number, whose form says nothing."""
    return None if description.kind in WITHOUT_VIN else description.vin


def verdict_on(description: VehicleDescription) -> vin.VinVerdict | None:
    """Return what a check of the VIN says; None without one."""
    number = vin_of(description)
    return vin.check_vin(vin.clean(number)) if number else None


def derived_from(description: VehicleDescription, at: datetime) -> dict[str, Any]:
    """Return the fields of a record that follow from its entry: what the VIN says, and what the entry warns of."""
    number = vin_of(description)
    checked = checked_vin(number, at.date()) if number else None
    decoded = checked.decoded if checked else None
    return {
        "vin_verdict": checked and checked.verdict,
        "vin_decoded": decoded,
        "warnings": entry_warnings(description, decoded),
    }
