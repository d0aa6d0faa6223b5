"""The routes of the firearms service."""

from typing import Annotated, Final

from fastapi import Depends, Query

from services.firearms import rules
from services.firearms.codes import CODES, FirearmCodes
from services.firearms.dependencies import NAME, Reader, Withdrawer, Writer
from services.firearms.examples import EXAMPLES
from services.firearms.models import Firearm, FirearmDescription, FirearmFilter, FirearmQuery
from services.firearms.store import FirearmStore
from shared.personal_data import PersonalData
from shared.records import service_kit as kit

Firearms = Annotated[FirearmStore, Depends(kit.reading(FirearmStore))]
Enter = Annotated[kit.RecordEntry[Firearm], kit.entering(FirearmStore)]
Change = Annotated[kit.RecordChange[Firearm], kit.changing(FirearmStore)]

FIREARM_REFUSALS: Final = kit.refusals(PersonalData, kit.EventInFuture, kit.PurposeDoesNotFit, kit.AlreadyEntered)

router = kit.service_router(NAME)
sandbox_router = kit.service_router(NAME)

create_app = kit.app_factory(
    NAME,
    router,
    description="Lost, stolen, trafficked and smuggled firearms, found by serial number with make, model and calibre. "
    "A serial number proves nothing without the make. A hit is not proof: ask the owner bureau to confirm it before "
    "acting on it.",
    examples=EXAMPLES,
    lifespan=kit.reading_photographs(NAME),
    in_sandbox=sandbox_router,
)


@router.get("/search", response_description=kit.FOUND)
async def search_firearms(
    _: Reader, firearms: Firearms, query: Annotated[FirearmQuery, Query()]
) -> kit.NumberHits[Firearm]:
    """Search firearms by serial number, whole or in part, with their make.

    Case, spaces and dashes do not matter, nor signs that are taken for each other: 0ODQ, 1IL, 2Z, 5S, 8B, 6G. The
    letters before and after the figures may be left out, in the search as in the record; the score is lower then.
    Makers use the same numbers: so with the make what has the number is a hit, and without it `near`, with a warning.
    Model and calibre narrow the answer. Only firearms that are still sought are found. With `near` those are shown as
    well whose number takes one edit.
    """
    return await firearms.search(query)


@router.get("/codes")
async def list_firearm_codes(_: Reader) -> FirearmCodes:
    """List the kinds, makes, models and calibres of the list of codes.

    Each is a standard name, with all that means the same. A make or calibre that is not listed is `Other`.
    """
    return CODES


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | FIREARM_REFUSALS)
async def create_firearm(_: Writer, description: FirearmDescription, enter: Enter) -> Firearm:
    """Create a record of a lost, stolen, trafficked or smuggled firearm.

    A number and make that your bureau has entered already, of a firearm still sought, is refused with the record that
    has it. If another bureau has entered it, both of you get a hit on the record of the other, as far as you may see
    it. Describe the firearm and the place alone: what looks like a person's name, address or telephone number is
    refused.
    """
    return await enter(rules.enter, description)


@router.get("")
async def list_firearms(_: Reader, firearms: Firearms, wanted: Annotated[FirearmFilter, Query()]) -> kit.Page[Firearm]:
    """List the records that your bureau may see, newest first."""
    return await firearms.list(wanted)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def get_firearm(record_id: kit.RecordId, _: Reader, firearms: Firearms) -> Firearm:
    """Get a record."""
    return await firearms.get(record_id)


@router.put("/{record_id}", responses=kit.CHANGE_REFUSALS | FIREARM_REFUSALS)
async def update_firearm(_: Writer, description: FirearmDescription, change: Change) -> Firearm:
    """Update a record.

    The description replaces the former one; photographs stay. Only the owner may.
    """
    return await change(rules.correct, description)


@router.post("/{record_id}/recovery", responses=kit.CHANGE_REFUSALS)
async def mark_firearm_recovered(_: Withdrawer, change: Change) -> Firearm:
    """Mark a firearm as recovered.

    It is no longer a hit, and only its owner sees it. Only the owner may. All who received it are asked to remove their
    copies, so that nobody seizes it again.
    """
    return await change(rules.recover)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_firearm(_: Withdrawer, change: Change) -> Firearm:
    """Withdraw a record.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


kit.check_routes(router, FirearmStore)
kit.entry_routes(router, FirearmStore, rules.enter)
kit.subscription_routes(router, FirearmStore)
kit.field_copy_routes(router, FirearmStore)
kit.photograph_routes(router, FirearmStore)
kit.record_routes(router, FirearmStore)
kit.near_miss_routes(sandbox_router, FirearmStore)
