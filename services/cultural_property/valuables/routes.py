"""The routes of stolen valuables, below `/valuables`."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from services.cultural_property.dependencies import Reader, Withdrawer, Writer
from services.cultural_property.valuables import rules
from services.cultural_property.valuables.models import Valuable, ValuableDescription, ValuableFilter, ValuableQuery
from services.cultural_property.valuables.store import ValuableStore
from shared.personal_data import PersonalData
from shared.records import service_kit as kit

Valuables = Annotated[ValuableStore, Depends(kit.reading(ValuableStore))]
Enter = Annotated[kit.RecordEntry[Valuable], kit.entering(ValuableStore)]
Change = Annotated[kit.RecordChange[Valuable], kit.changing(ValuableStore)]

REFUSALS: Final = kit.refusals(
    PersonalData, rules.ImeiCheckDigitWrong, kit.EventInFuture, kit.PurposeDoesNotFit, kit.AlreadyEntered
)


async def search_valuables(
    _: Reader, valuables: Valuables, query: Annotated[ValuableQuery, Query()]
) -> kit.NumberHits[Valuable]:
    """Search stolen valuables.

    By serial number, IMEI or engraving. Numbers are compared as those of vehicles; a serial number finds the thing or a
    part of it, and without its make is answered with a warning, as makers number alike. Each word of an engraving must
    be there; it proves nothing. Any of what is given suffices; the score is the mean of how all are met.
    """
    return await valuables.search(query)


async def create_valuable(_: Writer, description: ValuableDescription, enter: Enter) -> Valuable:
    """Create a record of a stolen valuable.

    A serial number needs its make. A number that your bureau has entered already, of a valuable still stolen, is
    refused with the record that has it. An IMEI must have a valid check digit, unless `as_on_device` says that it
    stands on the device as written. Describe the thing and the place alone: no person.
    """
    return await enter(rules.enter, description)


async def list_valuables(
    _: Reader, valuables: Valuables, wanted: Annotated[ValuableFilter, Query()]
) -> kit.Page[Valuable]:
    """List valuables that your bureau may see, newest first."""
    return await valuables.list(wanted)


async def get_valuable(record_id: kit.RecordId, _: Reader, valuables: Valuables) -> Valuable:
    """Get the record of a valuable."""
    return await valuables.get(record_id)


async def update_valuable(_: Writer, description: ValuableDescription, change: Change) -> Valuable:
    """Update the record of a valuable.

    The description replaces the former one. Only the owner may.
    """
    return await change(rules.correct, description)


async def mark_valuable_recovered(_: Withdrawer, change: Change) -> Valuable:
    """Mark a valuable as recovered.

    It is no longer a hit, and only its owner sees it. Only the owner may. All who received it are asked to remove their
    copies, so that nobody seizes it again.
    """
    return await change(rules.recover)


async def withdraw_valuable(_: Withdrawer, change: Change) -> Valuable:
    """Withdraw the record of a valuable.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


def declare_valuables(router: APIRouter, sandbox_router: APIRouter) -> None:
    """Declare the routes of valuables on the routers of the service, before those of `/{record_id}`."""
    changing = kit.CHANGE_REFUSALS
    router.get("/valuables/search", response_description=kit.FOUND)(search_valuables)
    router.post("/valuables", status_code=201, responses=kit.ENTRY_REFUSALS | REFUSALS)(create_valuable)
    router.get("/valuables")(list_valuables)
    router.get("/valuables/{record_id}", responses=kit.READ_REFUSALS)(get_valuable)
    router.put("/valuables/{record_id}", responses=changing | REFUSALS)(update_valuable)
    router.post("/valuables/{record_id}/recovery", responses=changing)(mark_valuable_recovered)
    router.post("/valuables/{record_id}/withdrawal", responses=changing)(withdraw_valuable)
    kit.check_routes(router, ValuableStore)
    kit.entry_routes(router, ValuableStore, rules.enter)
    kit.subscription_routes(router, ValuableStore)
    kit.field_copy_routes(router, ValuableStore)
    kit.record_routes(router, ValuableStore)
    kit.near_miss_routes(sandbox_router, ValuableStore)
