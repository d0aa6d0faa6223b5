"""What may be done to a record of a stolen vessel, and how a search meets it."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from services.stolen_vehicles.rules import TheftInFuture
from services.stolen_vehicles.vessels.entry_warnings import entry_warnings
from services.stolen_vehicles.vessels.hull import check_hull
from services.stolen_vehicles.vessels.identifiers import expected_imo_digit, has_wrong_imo_digit
from services.stolen_vehicles.vessels.models import Vessel, VesselDescription, VesselQuery, VesselStatus
from services.stolen_vehicles.vocabulary.colours import fits_colour
from services.stolen_vehicles.vocabulary.vessel_makes import fits_vessel_make
from shared.dates import FUTURE_ALLOWED, certainly_before
from shared.errors import Refusal
from shared.identity import Caller
from shared.names import NameMatch, match_names
from shared.numbers import signs_of
from shared.personal_data import require_no_personal_data
from shared.records import service_kit as kit

NARROWING: Final = ("kind", "make", "colour")
FREE_TEXT: Final = ("name", "make", "model", "colour", "second_colour", "home_port", "marks", "theft_place")
NUMBERS: Final = ("hull_number", "call_sign", "registration", "document_number")
UNTIL_ENDED: Final = kit.SoughtUntilEnded[Vessel](
    "a stolen vessel",
    member="status",
    is_sought=lambda vessel: vessel.status is VesselStatus.STOLEN,
    recovered=VesselStatus.RECOVERED,
    withdrawn=VesselStatus.WITHDRAWN,
)
recover = UNTIL_ENDED.recover
withdraw = UNTIL_ENDED.withdraw


class ImoCheckDigitWrong(
    Refusal, status=422, code="imo-check-digit", title="The check digit of the IMO number is wrong"
):
    """Every IMO number has one, so a wrong one is a typing error, or the number was altered."""


def enter(description: VesselDescription, by: Caller, revision: kit.Revision) -> Vessel:
    """Return the record that a bureau enters. Raises TheftInFuture, ImoCheckDigitWrong, PersonalData."""
    require_past(description, today=revision.at.date())
    require_acceptable(description)
    derived = derived_from(description)
    return kit.create_record(Vessel, description, by=by, revision=revision, status=VesselStatus.STOLEN, **derived)


def correct(vessel: Vessel, description: VesselDescription, by: Caller, revision: kit.Revision) -> Vessel:
    """Return the record with a new description. Raises NotTheOwner, IllegalStep and what `enter` raises."""
    kit.require_owner(vessel, by)
    UNTIL_ENDED.require_sought(vessel, "corrected")
    require_past(description, today=revision.at.date())
    return restate(vessel, description, at=revision.at)


def restate(vessel: Vessel, description: VesselDescription, *, at: datetime) -> Vessel:
    """Return the record with a new description and what follows from it. Raises ImoCheckDigitWrong, PersonalData."""
    require_acceptable(description)
    return vessel.next_version(at, **kit.input_fields(description), **derived_from(description))


def derived_from(description: VesselDescription) -> dict[str, Any]:
    """Return the fields of a record that follow from its entry."""
    verdict = check_hull(description.hull_number) if description.hull_number else None
    return {"hull_verdict": verdict, "warnings": entry_warnings(description, verdict)}


def require_acceptable(description: VesselDescription) -> None:
    """Require an IMO number that can be right, or stands so on the ship, and no personal data in texts and numbers.

    Raises ImoCheckDigitWrong, PersonalData.
    """
    number = description.imo_number
    if number is not None and has_wrong_imo_digit(number) and not description.as_on_vessel:
        detail = (
            f"ends in {number[-1]}, and by the other figures would end in {expected_imo_digit(number)}: read it again; "
            "if it stands so on the ship, state as_on_vessel: true"
        )
        raise ImoCheckDigitWrong(detail, at="/imo_number")
    texts = {f"/{member}": getattr(description, member) for member in FREE_TEXT}
    numbers = {f"/{member}": getattr(description, member) for member in NUMBERS}
    for place, engine in enumerate(description.engines):
        texts |= {f"/engines/{place}/make": engine.make, f"/engines/{place}/model": engine.model}
        numbers[f"/engines/{place}/number"] = engine.number
    require_no_personal_data(
        texts, "describe the vessel or the place alone; no person, address or number to call", numbers
    )


def state(record: Vessel) -> kit.Comparison:
    """Return whether a vessel is still stolen."""
    is_stolen = record.status is VesselStatus.STOLEN
    return kit.compared("status", VesselStatus.STOLEN, record.status, is_met=is_stolen)


def identifiers(record: Vessel) -> dict[str, str]:
    """Return the hull and IMO numbers while the vessel is sought: no other vessel has them."""
    if record.status is not VesselStatus.STOLEN:
        return {}
    numbers = {"hull_number": record.hull_number, "imo_number": record.imo_number}
    return {name: signs_of(number) for name, number in numbers.items() if number is not None}


def names_of(record: Vessel) -> list[str]:
    """Return the name of a vessel, if it has one."""
    return [record.name] if record.name else []


def named(record: Vessel, query: VesselQuery) -> NameMatch | None:
    """Return how a vessel meets the name that is sought, or None."""
    return match_names(query.name, names_of(record)) if query.name is not None and record.name else None


def narrowing(record: Vessel, query: VesselQuery) -> Iterator[kit.Comparison]:
    """Yield how a vessel meets kind, make and colour where asked; a make or colour must contradict it not to fit."""
    if query.kind is not None:
        yield kit.compared("kind", query.kind, record.kind, is_met=query.kind is record.kind)
    if query.make is not None:
        makes = (record.make, *(engine.make for engine in record.engines))
        yield kit.compared_words("make", query.make, makes, fits_vessel_make)
    if query.colour is not None:
        yield kit.compared_words("colour", query.colour, (record.colour, record.second_colour), fits_colour)


def require_past(description: VesselDescription, *, today: date) -> None:
    """Require a theft that is not in the future. Raises TheftInFuture."""
    if certainly_before(today + FUTURE_ALLOWED, description.theft_date):
        raise TheftInFuture(f"{description.theft_date} is in the future: state a day up to today", at="/theft_date")
