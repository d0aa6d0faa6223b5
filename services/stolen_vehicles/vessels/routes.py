"""The routes of stolen vessels and outboard engines, below `/vessels`."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from services.stolen_vehicles.dependencies import Reader, Withdrawer, Writer
from services.stolen_vehicles.rules import TheftInFuture
from services.stolen_vehicles.vessels import rules
from services.stolen_vehicles.vessels.models import Vessel, VesselDescription, VesselFilter, VesselQuery
from services.stolen_vehicles.vessels.store import VesselStore
from shared.personal_data import PersonalData
from shared.records import service_kit as kit

Vessels = Annotated[VesselStore, Depends(kit.reading(VesselStore))]
Enter = Annotated[kit.RecordEntry[Vessel], kit.entering(VesselStore)]
Change = Annotated[kit.RecordChange[Vessel], kit.changing(VesselStore)]

REFUSALS: Final = kit.refusals(
    PersonalData, rules.ImoCheckDigitWrong, TheftInFuture, kit.PurposeDoesNotFit, kit.AlreadyEntered
)


async def search_vessels(_: Reader, vessels: Vessels, query: Annotated[VesselQuery, Query()]) -> kit.NumberHits[Vessel]:
    """Search stolen vessels and engines by hull, IMO or engine number, MMSI, call sign, registration, or name.

    Numbers are compared as those of vehicles. An engine number finds the engine with its vessel or alone. The name of a
    vessel is compared in any script and spelling, and proves nothing: a hit by it alone is answered with a warning. Any
    of what is given suffices; the score is the mean of how all are met.
    """
    return await vessels.search(query)


async def create_vessel(_: Writer, description: VesselDescription, enter: Enter) -> Vessel:
    """Create a record of a stolen vessel, or of an outboard engine that was stolen alone.

    A hull or IMO number that your bureau has entered already, of a vessel still stolen, is refused with the record that
    has it. An IMO number must have a valid check digit, unless `as_on_vessel` says that it stands on the ship as
    written. Describe the vessel and the place alone: no person.
    """
    return await enter(rules.enter, description)


async def list_vessels(_: Reader, vessels: Vessels, wanted: Annotated[VesselFilter, Query()]) -> kit.Page[Vessel]:
    """List the records of vessels and engines that your bureau may see, newest first."""
    return await vessels.list(wanted)


async def get_vessel(record_id: kit.RecordId, _: Reader, vessels: Vessels) -> Vessel:
    """Get the record of a vessel or engine."""
    return await vessels.get(record_id)


async def update_vessel(_: Writer, description: VesselDescription, change: Change) -> Vessel:
    """Update the record of a vessel or engine.

    The description replaces the former one. Only the owner may.
    """
    return await change(rules.correct, description)


async def mark_vessel_recovered(_: Withdrawer, change: Change) -> Vessel:
    """Mark a vessel or engine as recovered.

    It is no longer a hit, and only its owner sees it. Only the owner may. All who received it are asked to remove their
    copies, so that nobody seizes it again.
    """
    return await change(rules.recover)


async def withdraw_vessel(_: Withdrawer, change: Change) -> Vessel:
    """Withdraw the record of a vessel or engine.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


def declare_vessels(router: APIRouter, sandbox_router: APIRouter) -> None:
    """Declare the routes of vessels on the routers of the service, before those of `/{record_id}`."""
    changing = kit.CHANGE_REFUSALS
    router.get("/vessels/search", response_description=kit.FOUND)(search_vessels)
    router.post("/vessels", status_code=201, responses=kit.ENTRY_REFUSALS | REFUSALS)(create_vessel)
    router.get("/vessels")(list_vessels)
    router.get("/vessels/{record_id}", responses=kit.READ_REFUSALS)(get_vessel)
    router.put("/vessels/{record_id}", responses=changing | REFUSALS)(update_vessel)
    router.post("/vessels/{record_id}/recovery", responses=changing)(mark_vessel_recovered)
    router.post("/vessels/{record_id}/withdrawal", responses=changing)(withdraw_vessel)
    kit.check_routes(router, VesselStore)
    kit.entry_routes(router, VesselStore, rules.enter)
    kit.subscription_routes(router, VesselStore)
    kit.record_routes(router, VesselStore)
    kit.near_miss_routes(sandbox_router, VesselStore)
