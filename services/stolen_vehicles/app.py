"""The routes of the stolen vehicles service."""

from typing import Annotated, Final

from fastapi import Depends, Query

from services.stolen_vehicles import rules
from services.stolen_vehicles.codes import CODES, VehicleCodes
from services.stolen_vehicles.dependencies import NAME, Reader, Withdrawer, Writer
from services.stolen_vehicles.examples import EXAMPLES
from services.stolen_vehicles.models import (
    Vehicle,
    VehicleDescription,
    VehicleFilter,
    VehicleQuery,
    VinNumber,
)
from services.stolen_vehicles.store import VehicleStore
from services.stolen_vehicles.vessels.routes import declare_vessels
from services.stolen_vehicles.vin_decoding import CheckedVin, checked_vin
from shared.personal_data import PersonalData
from shared.records import service_kit as kit

Vehicles = Annotated[VehicleStore, Depends(kit.reading(VehicleStore))]
Enter = Annotated[kit.RecordEntry[Vehicle], kit.entering(VehicleStore)]
Change = Annotated[kit.RecordChange[Vehicle], kit.changing(VehicleStore)]

VEHICLE_REFUSALS: Final = kit.refusals(
    PersonalData, rules.CheckDigitWrong, rules.TheftInFuture, kit.PurposeDoesNotFit, kit.AlreadyEntered
)

router = kit.service_router(NAME)
sandbox_router = kit.service_router(NAME)

create_app = kit.app_factory(
    NAME,
    router,
    description="Stolen motor vehicles, found by VIN, plate or engine number, and vessels and outboard engines "
    "(`/vessels`), found by hull, IMO and engine numbers. A hit is not proof: "
    "ask the owner bureau to confirm it before acting on it.",
    examples=EXAMPLES,
    in_sandbox=sandbox_router,
)


declare_vessels(router, sandbox_router)


@router.get("/search", response_description=kit.FOUND)
async def search_vehicles(
    _: Reader, vehicles: Vehicles, query: Annotated[VehicleQuery, Query()]
) -> kit.NumberHits[Vehicle]:
    """Search stolen vehicles by VIN, by plate or by engine number, whole or in part.

    Eight signs are the last of a VIN. Case, spaces and dashes do not matter, nor letters of Greek and Cyrillic that
    look Latin, nor signs that are taken for each other: 0ODQ, 1I, 2Z, 5S, 8B, 6G. Each given number is looked up; the
    score is the mean of how they are met, as `why` explains with what was read otherwise. Only vehicles that are still
    stolen are hits. With `near` those are shown as well whose number takes one edit, apart from the hits. `warnings`
    says what looks mistyped, as a VIN of five characters does.
    """
    return await vehicles.search(query)


@router.get("/codes")
async def list_vehicle_codes(_: Reader) -> VehicleCodes:
    """List the makes, models and colours of the list of codes.

    Each is a standard name, with all that means the same.
    """
    return CODES


@router.get("/vin-check")
async def check_vin(_: Reader, number: Annotated[VinNumber, Query()], now: kit.NewRevision) -> CheckedVin:
    """Check a VIN without a search.

    It says who made the vehicle and of which model year it may be, as far as the number states that. No record is
    read, and no search saved.
    """
    return checked_vin(number.vin, now.at.date())


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | VEHICLE_REFUSALS)
async def create_vehicle(_: Writer, description: VehicleDescription, enter: Enter) -> Vehicle:
    """Create a record of a stolen vehicle.

    A VIN that your bureau has entered already, of a vehicle still stolen, is refused with the record that has it. If
    another bureau has entered it, both of you get a hit on the record of the other, as far as you may see it.

    A VIN of North American make must have a valid check digit, unless `as_on_vehicle` says that it stands on the
    vehicle as written; any other is accepted as written, and `vin_verdict` warns of possible errors. Describe the
    vehicle and the place alone: what looks like a person's name, address or telephone number is refused.
    """
    return await enter(rules.enter, description)


@router.get("")
async def list_vehicles(_: Reader, vehicles: Vehicles, wanted: Annotated[VehicleFilter, Query()]) -> kit.Page[Vehicle]:
    """List the records that your bureau may see, newest first."""
    return await vehicles.list(wanted)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def get_vehicle(record_id: kit.RecordId, _: Reader, vehicles: Vehicles) -> Vehicle:
    """Get a record."""
    return await vehicles.get(record_id)


@router.put("/{record_id}", responses=kit.CHANGE_REFUSALS | VEHICLE_REFUSALS)
async def update_vehicle(_: Writer, description: VehicleDescription, change: Change) -> Vehicle:
    """Update a record.

    The description replaces the former one. Only the owner may.
    """
    return await change(rules.correct, description)


@router.post("/{record_id}/recovery", responses=kit.CHANGE_REFUSALS)
async def mark_vehicle_recovered(_: Withdrawer, change: Change) -> Vehicle:
    """Mark a vehicle as recovered.

    It is no longer a hit, and only its owner sees it. Only the owner may. All who received it are asked to remove their
    copies, so that nobody stops the vehicle again.
    """
    return await change(rules.recover)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_vehicle(_: Withdrawer, change: Change) -> Vehicle:
    """Withdraw a record.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


kit.check_routes(router, VehicleStore)
kit.entry_routes(router, VehicleStore, rules.enter)
kit.subscription_routes(router, VehicleStore)
kit.field_copy_routes(router, VehicleStore)
kit.record_routes(router, VehicleStore)
kit.near_miss_routes(sandbox_router, VehicleStore)
