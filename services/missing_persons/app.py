"""The routes of the missing persons service: persons, and bodies under `/bodies`."""

from typing import Annotated, Final

from fastapi import Depends, Query

from services.missing_persons import SERVICE, rules
from services.missing_persons.examples import EXAMPLES
from services.missing_persons.models import Body, BodyReport, Identification, MissingPerson, PersonReport
from services.missing_persons.queries import BodyFilter, BodySearch, PersonFilter, PersonSearch
from services.missing_persons.store import BodyStore, PersonStore
from shared.identity import Caller
from shared.records import service_kit as kit

NAME: Final = SERVICE.name

Reader = Annotated[Caller, kit.permission(NAME, "read")]
Writer = Annotated[Caller, kit.permission(NAME, "write")]
Withdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True)]
Persons = Annotated[PersonStore, Depends(kit.reading(PersonStore))]
EnterPerson = Annotated[kit.RecordEntry[MissingPerson], kit.entering(PersonStore)]
PersonChange = Annotated[kit.RecordChange[MissingPerson], kit.changing(PersonStore)]
Bodies = Annotated[BodyStore, Depends(kit.reading(BodyStore))]
EnterBody = Annotated[kit.RecordEntry[Body], kit.entering(BodyStore)]
BodyChange = Annotated[kit.RecordChange[Body], kit.changing(BodyStore)]

PERSON_REFUSALS: Final = kit.refusals(
    rules.BornAfterLastSeen,
    rules.LastSeenInFuture,
    rules.ReportedTooEarly,
    rules.ReportInFuture,
    kit.PurposeDoesNotFit,
    kit.StatusDoesNotFit,
)
BODY_REFUSALS: Final = kit.refusals(
    rules.BodyFoundInFuture, rules.DiedAfterFound, kit.PurposeDoesNotFit, kit.StatusDoesNotFit
)

# A path is matched in the order of declaration, so what has a name stands before `/{record_id}`.
router = kit.service_router(NAME)
sandbox_router = kit.service_router(NAME)

create_app = kit.app_factory(
    NAME,
    router,
    description="Missing persons and unidentified bodies, with the content of yellow and black notices and of the "
    "INTERPOL forms for disaster victim identification. A hit is not proof: ask the owner bureau to confirm it "
    "before acting on it. A closed case, that is a person found or a body identified, and a withdrawn record are "
    "shown to their owner alone: others get the same answer as if they did not exist.",
    examples=EXAMPLES,
    in_sandbox=sandbox_router,
)


@router.post("/bodies", status_code=201, responses=kit.ENTRY_REFUSALS | BODY_REFUSALS)
async def create_body(_: Writer, report: BodyReport, enter: EnterBody) -> Body:
    """Create a report of an unidentified body. The record is kept for 15 years."""
    return await enter(rules.report_body, report)


@router.get("/bodies")
async def list_bodies(_: Reader, store: Bodies, wanted: Annotated[BodyFilter, Query()]) -> kit.Page[Body]:
    """List the records of bodies that your bureau may see, newest first."""
    return await store.list(wanted)


@router.get("/bodies/search", response_description=kit.FOUND)
async def search_bodies(_: Reader, store: Bodies, search: Annotated[BodySearch, Query()]) -> kit.Hits[Body]:
    """Search unidentified bodies.

    The criteria are sex, estimated age at death and height, place, and the days they were found and died. A body must
    match all parameters; at least one is required. An estimate or date within the range matches. One that overlaps it
    may match (`possible`, which multiplies the score by 0.8), and so may one that is missing, or an unknown sex (`not
    known`, by 0.64); `match` says which. At most 50 are shown, `total` counts all.
    """
    return await store.search(search)


@router.get("/bodies/{record_id}", responses=kit.READ_REFUSALS)
async def get_body(record_id: kit.RecordId, _: Reader, store: Bodies) -> Body:
    """Get the record of a body."""
    return await store.get(record_id)


@router.put("/bodies/{record_id}", responses=kit.CHANGE_REFUSALS | BODY_REFUSALS)
async def update_body(_: Writer, report: BodyReport, change: BodyChange) -> Body:
    """Update the record of a body.

    The report replaces the former one. Only the owner may.
    """
    return await change(rules.correct, report)


@router.post("/bodies/{record_id}/identification", responses=kit.CHANGE_REFUSALS)
async def mark_body_identified(_: Withdrawer, identification: Identification, change: BodyChange) -> Body:
    """Mark a body as identified.

    It is no longer a hit, and only its owner sees it. Only the owner may. Give the evidence of the identification; the
    network does not learn the identity.
    """
    return await change(rules.mark_identified, identification)


@router.post("/bodies/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_body(_: Withdrawer, change: BodyChange) -> Body:
    """Withdraw the record of a body.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | PERSON_REFUSALS)
async def create_missing_person(_: Writer, report: PersonReport, enter: EnterPerson) -> MissingPerson:
    """Create a report of a missing person. The record is kept for 5 years.

    A person is born on or before the day they were last seen, and reported on or after it; neither day lies in the
    future (a day is allowed for time zones). Where a date is known in part, one possible day is enough.
    """
    return await enter(rules.report_person, report)


@router.get("")
async def list_missing_persons(
    _: Reader, store: Persons, wanted: Annotated[PersonFilter, Query()]
) -> kit.Page[MissingPerson]:
    """List the records of persons that your bureau may see, newest first."""
    return await store.list(wanted)


@router.get("/search", response_description=kit.FOUND)
async def search_missing_persons(
    _: Reader, store: Persons, search: Annotated[PersonSearch, Query()]
) -> kit.Hits[MissingPerson]:
    """Search missing persons.

    The criteria are name, birth or age, sex, status, nationality, place, and the day they were last seen. A person must
    match all parameters; at least one is required. Names match in any order, case and script, as they are
    transliterated, shortened, joined or misspelt. The age is that when the person was last seen; `age_at=today` asks
    for that of today.

    Unknown details do not exclude a person: an unknown sex, birth or nationality may match (`not known`, which
    multiplies the score by 0.64). So may a date of which only the year or a range is known, if part of it matches, and
    a place that contains the given part (`possible`, by 0.8). `match` says what matched. At most 50 are shown, `total`
    counts all; if more names may fit than one search compares, the warning `name-common` says so.
    """
    return await store.search(search)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def get_missing_person(record_id: kit.RecordId, _: Reader, store: Persons) -> MissingPerson:
    """Get the record of a missing person."""
    return await store.get(record_id)


@router.put("/{record_id}", responses=kit.CHANGE_REFUSALS | PERSON_REFUSALS)
async def update_missing_person(_: Writer, report: PersonReport, change: PersonChange) -> MissingPerson:
    """Update the record of a missing person.

    The report replaces the former one. Only the owner may.
    """
    return await change(rules.correct, report)


@router.post("/{record_id}/finding", responses=kit.CHANGE_REFUSALS)
async def mark_missing_person_found(_: Withdrawer, change: PersonChange) -> MissingPerson:
    """Mark a missing person as found.

    They are no longer a hit, and only the owner sees the record. Only the owner may. Where and how is not recorded: a
    person who was found may have reasons to stay unknown.
    """
    return await change(rules.mark_found)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_missing_person(_: Withdrawer, change: PersonChange) -> MissingPerson:
    """Withdraw the record of a missing person.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


kit.subscription_routes(router, BodyStore)
kit.record_routes(router, BodyStore)
kit.subscription_routes(router, PersonStore)
kit.record_routes(router, PersonStore)
kit.near_miss_routes(sandbox_router, BodyStore)
kit.near_miss_routes(sandbox_router, PersonStore)
