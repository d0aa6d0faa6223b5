"""The routes of the cultural property service."""

from typing import Annotated, Final

from fastapi import Depends, Query

from services.cultural_property import rules
from services.cultural_property.codes import CODES, PropertyCodes
from services.cultural_property.dependencies import NAME, Reader, WorkWithdrawer, WorkWriter
from services.cultural_property.examples import EXAMPLES
from services.cultural_property.likeness.reader import LikenessReader
from services.cultural_property.models import Work, WorkDescription, WorkFilter
from services.cultural_property.public_routes import declare_public
from services.cultural_property.queries import WorkQuery
from services.cultural_property.similar_routes import declare_similar
from services.cultural_property.store import WorkStore
from services.cultural_property.valuables.routes import declare_valuables
from shared.personal_data import PersonalData
from shared.records import service_kit as kit

Works = Annotated[WorkStore, Depends(kit.reading(WorkStore))]
Enter = Annotated[kit.RecordEntry[Work], kit.entering(WorkStore)]
Change = Annotated[kit.RecordChange[Work], kit.changing(WorkStore)]

WORK_REFUSALS: Final = kit.refusals(PersonalData, kit.EventInFuture, kit.PurposeDoesNotFit)

router = kit.service_router(NAME)
sandbox_router = kit.service_router(NAME)

create_app = kit.app_factory(
    NAME,
    router,
    description="Stolen works of art by Object ID, found by title, maker, words, type, material, period and size, or "
    "by a picture, and valuables (`/valuables`), found by serial number, IMEI and engraving. A hit is not proof: ask "
    "the owner bureau to confirm it before acting on it; an object that is not in it may be stolen all the same.",
    examples=EXAMPLES,
    lifespan=kit.reading_photographs(NAME, LikenessReader),
    in_sandbox=sandbox_router,
)


declare_valuables(router, sandbox_router)
declare_similar(router)
declare_public(router)


@router.get("/search", response_description=kit.FOUND)
async def search_works(_: Reader, works: Works, query: Annotated[WorkQuery, Query()]) -> kit.Hits[Work]:
    """Search works of art that are stolen, or whose owner is sought.

    All that is given must fit. Title and maker are compared in any order, spelling and script; each of `words` must be
    in what is written on the object, its features or its description; a year or range must overlap that of the object;
    a size fits within 10 %. What a record does not state hides it not, but puts it further down, as `why` says.
    """
    return await works.search(query)


@router.get("/codes")
async def list_property_codes(_: Reader) -> PropertyCodes:
    """List the types on two levels, materials, techniques and makers of the list of codes.

    Each is a standard name, with all that means the same.
    """
    return CODES


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | WORK_REFUSALS)
async def create_work(_: WorkWriter, description: WorkDescription, enter: Enter) -> Work:
    """Create a record of a work of art, by Object ID.

    Only what can be told from all others is entered: by a marking or distinguishing feature with two measurements, or
    by a photograph, which follows (`photograph_follows`). Describe the object and the place alone, and name the maker
    in `maker`: what looks like a person's name, address or telephone number elsewhere is refused.
    """
    return await enter(rules.enter, description)


@router.get("")
async def list_works(_: Reader, works: Works, wanted: Annotated[WorkFilter, Query()]) -> kit.Page[Work]:
    """List the works that your bureau may see, newest first."""
    return await works.list(wanted)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def get_work(record_id: kit.RecordId, _: Reader, works: Works) -> Work:
    """Get the record of a work."""
    return await works.get(record_id)


@router.put("/{record_id}", responses=kit.CHANGE_REFUSALS | WORK_REFUSALS)
async def update_work(_: WorkWriter, description: WorkDescription, change: Change) -> Work:
    """Update the record of a work.

    The description replaces the former one; photographs stay. Only the owner may.
    """
    return await change(rules.correct, description)


@router.post("/{record_id}/recovery", responses=kit.CHANGE_REFUSALS)
async def mark_work_recovered(_: WorkWithdrawer, change: Change) -> Work:
    """Mark a work as recovered.

    It is no longer a hit, and only its owner sees it. Only the owner may. All who received it are asked to remove their
    copies, so that nobody seizes it again.
    """
    return await change(rules.recover)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_work(_: WorkWithdrawer, change: Change) -> Work:
    """Withdraw the record of a work.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


kit.check_routes(router, WorkStore)
kit.entry_routes(router, WorkStore, rules.enter)
kit.subscription_routes(router, WorkStore)
kit.photograph_routes(router, WorkStore)
kit.record_routes(router, WorkStore)
kit.near_miss_routes(sandbox_router, WorkStore)
