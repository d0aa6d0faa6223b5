"""The routes of the missing persons service: persons, and bodies under `/bodies`."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Response

from services.missing_persons import SERVICE, rules
from services.missing_persons.models import (
    Body,
    BodyFilter,
    BodyReport,
    BodySearch,
    Identification,
    MissingPerson,
    PersonFilter,
    PersonReport,
    PersonSearch,
)
from services.missing_persons.store import BodyStore, PersonStore
from shared.errors import NotFound
from shared.identity import Caller
from shared.records.service_kit import (
    CHANGE_REFUSALS,
    ENTRY_REFUSALS,
    Hits,
    NewRevision,
    Page,
    RecordId,
    locate,
    permission,
    reading,
    record_routes,
    refusals,
    service_app,
    service_router,
    subscription_routes,
    writing,
)
from shared.service import Context

NAME: Final = SERVICE.name

Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Persons = Annotated[PersonStore, Depends(reading(PersonStore))]
PersonsToChange = Annotated[PersonStore, Depends(writing(PersonStore), scope="function")]
Bodies = Annotated[BodyStore, Depends(reading(BodyStore))]
BodiesToChange = Annotated[BodyStore, Depends(writing(BodyStore), scope="function")]

PERSON_DATE_REFUSALS: Final = refusals(
    rules.BornAfterLastSeen, rules.LastSeenInFuture, rules.ReportedTooEarly, rules.ReportInFuture
)
BODY_DATE_REFUSALS: Final = refusals(rules.BodyFoundInFuture)

# A path is matched in the order of declaration, so what has a name stands before `/{record_id}`.
router = service_router(NAME)


def create_app(context: Context) -> FastAPI:
    """Make the application."""
    return service_app(
        NAME,
        context,
        router,
        title="Missing persons",
        description="Missing persons and unidentified bodies, with the content of yellow and black notices and of the "
        "INTERPOL forms for disaster victim identification. A hit is not proof: ask the owner bureau to confirm it "
        "before acting on it. A closed case, that is a person found or a body identified, and a withdrawn record are "
        "shown to their owner alone: others get the same answer as if there were none.",
    )


@router.post("/bodies", status_code=201, summary="Report a body", responses=ENTRY_REFUSALS | BODY_DATE_REFUSALS)
async def report_body(
    report: BodyReport, response: Response, writer: Writer, store: BodiesToChange, revision: NewRevision
) -> Body:
    """Report an unidentified body. The record is kept for 15 years."""
    body = await store.add(rules.report_body(report, by=writer, revision=revision))
    locate(response, NAME, f"bodies/{body.id}")
    return body


@router.get("/bodies", summary="List bodies")
async def list_bodies(_: Reader, store: Bodies, wanted: Annotated[BodyFilter, Query()]) -> Page[Body]:
    """List the records of bodies that your bureau may see, newest first."""
    return await store.list(wanted)


@router.get("/bodies/search", summary="Search bodies")
async def search_bodies(_: Reader, store: Bodies, search: Annotated[BodySearch, Query()]) -> Hits[Body]:
    """Search bodies by sex, estimated age and height, place, and the day they were found.

    All that is given must fit, and at least one thing is given. An estimate inside the range sought fits. One that
    overlaps it may fit (`possible`, which multiplies the score by 0.8), and so may one that is missing, or an unknown
    sex (`not known`, by 0.64); `match` says which. At most 50 are shown, `total` counts all. What is reported within
    72 hours, and fits, is told to your bureau as a hit.
    """
    return await store.search(search)


@router.get("/bodies/{record_id}", summary="Read a body", responses=refusals(NotFound))
async def read_body(record_id: RecordId, _: Reader, store: Bodies) -> Body:
    """Read one record of a body."""
    return await store.get(record_id)


@router.put("/bodies/{record_id}", summary="Correct a body", responses=CHANGE_REFUSALS | BODY_DATE_REFUSALS)
async def correct_body(
    record_id: RecordId, report: BodyReport, writer: Writer, store: BodiesToChange, revision: NewRevision
) -> Body:
    """Correct the record of a body: the report replaces the former one. Only the owner may."""
    return await store.replace(rules.correct_body(await store.get(record_id), report, by=writer, revision=revision))


@router.post("/bodies/{record_id}/identification", summary="Mark a body as identified", responses=CHANGE_REFUSALS)
async def mark_identified(
    record_id: RecordId, identification: Identification, writer: Writer, store: BodiesToChange, revision: NewRevision
) -> Body:
    """Mark a body as identified: it is no hit any more, and only its owner sees it. Only the owner may.

    State what the identification rests on; who it was is not told to the network.
    """
    body = await store.get(record_id)
    return await store.replace(rules.mark_identified(body, identification, by=writer, revision=revision))


@router.post("/bodies/{record_id}/withdrawal", summary="Withdraw a body", responses=CHANGE_REFUSALS)
async def withdraw_body(record_id: RecordId, writer: Writer, store: BodiesToChange, revision: NewRevision) -> Body:
    """Withdraw the record of a body: only its owner sees it from then on. Only the owner may."""
    return await store.replace(rules.withdraw_body(await store.get(record_id), by=writer, revision=revision))


@router.post("", status_code=201, summary="Report a missing person", responses=ENTRY_REFUSALS | PERSON_DATE_REFUSALS)
async def report_person(
    report: PersonReport, response: Response, writer: Writer, store: PersonsToChange, revision: NewRevision
) -> MissingPerson:
    """Report a missing person. The record is kept for 5 years.

    A person is born on or before the day they were last seen, and reported on or after it; neither day lies in the
    future (a day is allowed for time zones).
    """
    person = await store.add(rules.report_person(report, by=writer, revision=revision))
    locate(response, NAME, person.id)
    return person


@router.get("", summary="List missing persons")
async def list_persons(_: Reader, store: Persons, wanted: Annotated[PersonFilter, Query()]) -> Page[MissingPerson]:
    """List the records of persons that your bureau may see, newest first."""
    return await store.list(wanted)


@router.get("/search", summary="Search missing persons")
async def search_persons(_: Reader, store: Persons, search: Annotated[PersonSearch, Query()]) -> Hits[MissingPerson]:
    """Search missing persons by name, age, sex, nationality, place, and the day they were last seen.

    All that is given must fit, and at least one thing is given. A name is found in any case, order and script, with
    one slip in each word. An age is that of today, as the officer sees the person before them, not that at the
    disappearance.

    What is not known of a person does not hide them: an unknown sex, birth or nationality may fit (`not known`, which
    multiplies the score by 0.64). So may a birth known by its year alone, if a part of the year fits, and a place of
    which a part was asked for (`possible`, by 0.8). `match` says what met what. At most 50 are shown, `total` counts
    all; of a very frequent name, the 500 that leave the least doubt otherwise are compared. What is reported within
    72 hours, and fits, is told to your bureau as a hit.
    """
    return await store.search(search)


@router.get("/{record_id}", summary="Read a missing person", responses=refusals(NotFound))
async def read_person(record_id: RecordId, _: Reader, store: Persons) -> MissingPerson:
    """Read one record of a person."""
    return await store.get(record_id)


@router.put("/{record_id}", summary="Correct a missing person", responses=CHANGE_REFUSALS | PERSON_DATE_REFUSALS)
async def correct_person(
    record_id: RecordId, report: PersonReport, writer: Writer, store: PersonsToChange, revision: NewRevision
) -> MissingPerson:
    """Correct the record of a person: the report replaces the former one. Only the owner may."""
    return await store.replace(rules.correct_person(await store.get(record_id), report, by=writer, revision=revision))


@router.post("/{record_id}/finding", summary="Mark a person as found", responses=CHANGE_REFUSALS)
async def mark_found(
    record_id: RecordId, writer: Writer, store: PersonsToChange, revision: NewRevision
) -> MissingPerson:
    """Mark a person as found: they are no hit any more, and only the owner sees the record. Only the owner may.

    Where and how is not recorded: a person who was found may have reasons to stay unknown.
    """
    return await store.replace(rules.mark_found(await store.get(record_id), by=writer, revision=revision))


@router.post("/{record_id}/withdrawal", summary="Withdraw a missing person", responses=CHANGE_REFUSALS)
async def withdraw_person(
    record_id: RecordId, writer: Writer, store: PersonsToChange, revision: NewRevision
) -> MissingPerson:
    """Withdraw the record of a person: only its owner sees it from then on. Only the owner may."""
    return await store.replace(rules.withdraw_person(await store.get(record_id), by=writer, revision=revision))


subscription_routes(router, BodyStore, below="/bodies")
record_routes(router, BodyStore, below="/bodies")
subscription_routes(router, PersonStore)
record_routes(router, PersonStore)
