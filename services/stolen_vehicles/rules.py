"""What may be done to a record of a stolen vehicle, and how a check is scored."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from services.stolen_vehicles import vin
from services.stolen_vehicles.entry_warnings import entry_warnings
from services.stolen_vehicles.models import Vehicle, VehicleDescription, VehicleQuery, VehicleStatus
from services.stolen_vehicles.vin_decoding import checked_vin
from services.stolen_vehicles.writing import signs_of
from shared.dates import FUTURE_ALLOWED, certainly_before
from shared.errors import IllegalStep, Refusal
from shared.identity import Caller
from shared.personal_data import require_no_personal_data
from shared.records import service_kit as kit

KEY_LENGTH: Final = 40
# Of the class that the route declares, so that FastAPI does not make each anew.
VehicleHit = kit.Hit[Vehicle]
VehicleHits = kit.Hits[Vehicle]
FREE_TEXT: Final = ("make", "model", "variant", "colour", "second_colour", "marks", "theft_place")
NUMBERS: Final = ("vin", "plate", "engine_number", "document_number")


class CheckDigitWrong(Refusal, status=422, code="vin-check-digit", title="The check digit of the VIN is wrong"):
    """The maker's region requires a check digit, so a wrong one is a typing error, or the number was altered."""


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
    _require_stolen(vehicle, "corrected")
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
            f"{verdict.warning}, and makers of this region must use one: read it again; "
            "if it stands so on the vehicle, state as_on_vehicle: true"
        )
        raise CheckDigitWrong(detail, at="/vin")
    texts = {f"/{member}": getattr(description, member) for member in FREE_TEXT}
    numbers = {f"/{member}": getattr(description, member) for member in NUMBERS}
    advice = "describe the vehicle or the place alone; no person, address or number to call"
    require_no_personal_data(texts, advice, numbers)


def recover(vehicle: Vehicle, by: Caller, revision: kit.Revision) -> Vehicle:
    """Return the record of a recovered vehicle: from then on for its owner alone. Raises NotTheOwner, IllegalStep."""
    kit.require_owner(vehicle, by)
    _require_stolen(vehicle, "recovered")
    return vehicle.next_version(revision.at, status=VehicleStatus.RECOVERED)


def withdraw(vehicle: Vehicle, by: Caller, revision: kit.Revision) -> Vehicle:
    """Return the record as withdrawn: from then on its owner alone can see it. Raises NotTheOwner, IllegalStep."""
    kit.require_owner(vehicle, by)
    if vehicle.status is VehicleStatus.WITHDRAWN:
        raise IllegalStep(f"record {vehicle.id} is withdrawn already")
    return vehicle.next_version(revision.at, status=VehicleStatus.WITHDRAWN)


def plate_key(plate: str, country: str) -> str:
    """Return the form in which plates are compared: Latin letters and figures alone, without accents, in capitals."""
    return f"{country}:{signs_of(plate)}"


def query_keys(query: VehicleQuery | Vehicle) -> dict[str, str]:
    """Return what a vehicle is found by: the name of each key that is given, and its compared form."""
    keys = {}
    if query.vin:
        keys["vin"] = vin.search_key(query.vin)
    if query.plate and query.country:
        keys["plate"] = plate_key(query.plate, query.country)
    if query.engine_number:
        keys["engine_number"] = vin.search_key(query.engine_number)
    # `upper()` can lengthen a text: ß becomes SS.
    return {name: key[:KEY_LENGTH] for name, key in keys.items()}


def identifiers(record: Vehicle) -> dict[str, str]:
    """Return the VIN as it is compared, while the vehicle is sought: no other vehicle has it."""
    if record.vin is None or record.status is not VehicleStatus.STOLEN:
        return {}
    return {"vin": vin.search_key(record.vin)}


def query_terms(query: VehicleQuery | Vehicle) -> list[str]:
    """Return the terms under which a search is saved: its keys, any of which may match."""
    return [f"{name}:{key}" for name, key in query_keys(query).items()]


def record_terms(record: Vehicle) -> list[str]:
    """Return the terms by which saved searches that a vehicle might match are looked up."""
    return query_terms(record)


def match(record: Vehicle, query: VehicleQuery, at: datetime) -> kit.Hit[Vehicle] | None:  # noqa: ARG001 - no key is a time
    """Return the hit of a search in one record; None if no key matches or the vehicle is no longer stolen."""
    wanted, held = query_keys(query), query_keys(record)
    keys = [key for key, value in wanted.items() if held.get(key) == value]
    return hit(record, keys, query, wanted) if keys and record.status is VehicleStatus.STOLEN else None


def compare(record: Vehicle, query: VehicleQuery, at: datetime) -> list[kit.Comparison]:  # noqa: ARG001 - no key is a time
    """Return whether a vehicle is still stolen, and how it meets each key of a search, of which one suffices."""
    wanted, held = query_keys(query), query_keys(record)
    status = kit.compared("status", VehicleStatus.STOLEN, record.status, is_met=record.status is VehicleStatus.STOLEN)
    is_found = any(held.get(key) == value for key, value in wanted.items())
    keys = [_compared_key(key, value, held.get(key), query, record) for key, value in wanted.items()]
    return [status, *(key for key in keys if key.is_met or not is_found)]


def _compared_key(key: str, wanted: str, held: str | None, query: VehicleQuery, vehicle: Vehicle) -> kit.Comparison:
    asked, found = getattr(query, key), getattr(vehicle, key)
    if key == "plate":
        asked, found = f"{asked} of {query.country}", found and f"{found} of {vehicle.country}"
    return kit.compared(key, asked, found, is_met=held == wanted, likeness=kit.likeness_of(wanted, held or ""))


def hit(vehicle: Vehicle, keys: Sequence[str], query: VehicleQuery, wanted: Iterable[str]) -> kit.Hit[Vehicle]:
    """Return the hit by some of the wanted keys; the score is their share."""
    why = tuple([_key_match(key, query, vehicle, 1.0 if key in keys else 0.0) for key in wanted])
    return VehicleHit(score=kit.score_of_any(why), match=" and ".join(keys), why=why, record=vehicle)


def _key_match(key: str, query: VehicleQuery, vehicle: Vehicle, score: float) -> kit.FieldMatch:
    # A plate of another country is none of the country that was asked for.
    is_elsewhere = key == "plate" and query.country != vehicle.country
    return kit.FieldMatch(key, getattr(query, key), None if is_elsewhere else getattr(vehicle, key), score)


def require_past(description: VehicleDescription, *, today: date) -> None:
    """Require a theft that is not in the future. Raises TheftInFuture."""
    if certainly_before(today + FUTURE_ALLOWED, description.theft_date):
        raise TheftInFuture(f"{description.theft_date} is in the future: state a day up to today", at="/theft_date")


def verdict_on(description: VehicleDescription) -> vin.VinVerdict | None:
    """Return what a check of the VIN says; None without one."""
    return vin.check_vin(vin.clean(description.vin)) if description.vin else None


def derived_from(description: VehicleDescription, at: datetime) -> dict[str, Any]:
    """Return the fields of a record that follow from its entry: what the VIN says, and what the entry warns of."""
    checked = checked_vin(description.vin, at.date()) if description.vin else None
    decoded = checked.decoded if checked else None
    return {
        "vin_verdict": checked and checked.verdict,
        "vin_decoded": decoded,
        "warnings": entry_warnings(description, decoded),
    }


def _require_stolen(vehicle: Vehicle, done: str) -> None:
    if vehicle.status is not VehicleStatus.STOLEN:
        raise IllegalStep(f"record {vehicle.id} is {vehicle.status}: only a stolen vehicle can be {done}")
