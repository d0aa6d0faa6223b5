"""The routes of criminal files, below `/persons`, and of the links between them."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Query

from services.notices.dependencies import Reader, Withdrawer, Writer
from services.notices.persons import rules
from services.notices.persons.entries import PersonEntry, PersonFile
from services.notices.persons.example import EXAMPLE
from services.notices.persons.queries import PersonFileFilter, PersonFileQuery
from services.notices.persons.requirements import FileIncomplete
from services.notices.persons.same_person import LinkedFile, LinkedFiles, SamePerson, SamePersonStore
from services.notices.persons.store import PersonFileStore
from shared.errors import IllegalStep, Invalid, NotTheOwner
from shared.records import service_kit as kit

Files = Annotated[PersonFileStore, Depends(kit.reading(PersonFileStore))]
Enter = Annotated[kit.RecordEntry[PersonFile], kit.entering(PersonFileStore)]
Change = Annotated[kit.RecordChange[PersonFile], kit.changing(PersonFileStore)]
Links = Annotated[SamePersonStore, Depends(kit.reading(SamePersonStore))]
LinksToChange = Annotated[SamePersonStore, Depends(kit.writing(SamePersonStore), scope="function")]
Content = Annotated[PersonEntry, Body(openapi_examples={"convicted": {"value": EXAMPLE}})]

ENTRY_REFUSALS: Final = kit.refusals(FileIncomplete, kit.PurposeDoesNotFit, kit.StatusDoesNotFit)
LINK_REFUSALS: Final = kit.READ_REFUSALS | kit.refusals(NotTheOwner)


async def create_person_file(_: Writer, content: Content, enter: Enter) -> PersonFile:
    """Create a criminal file.

    It has the identities of a person, their status, and the cases for which it is kept. A conviction needs its
    sentence. The file of a convicted person is kept for 5 years, any other for one, and you are asked half a year
    before whether it is still needed.
    """
    return await enter(rules.enter, content)


async def list_person_files(
    _: Reader, files: Files, wanted: Annotated[PersonFileFilter, Query()]
) -> kit.Page[PersonFile]:
    """List the criminal files that your bureau may see, newest first."""
    return await files.list(wanted)


async def search_person_files(
    _: Reader, files: Files, query: Annotated[PersonFileQuery, Query()]
) -> kit.Hits[PersonFile]:
    """Search the criminal files in force.

    The criteria are name, birth, age, nationality, sex, status, document number or offence. A file must match all
    parameters, in any of the person's identities. Suspects, charged and convicted are found; witnesses and victims only
    with `person_status=witness` or `victim`. Of what a person was cleared they are not found. Names, births, ages and
    scores are as in a search of notices.
    """
    return await files.search(query)


async def get_person_file(record_id: kit.RecordId, _: Reader, files: Files) -> PersonFile:
    """Get a criminal file. Only its owner is shown its links, and the entries of which the person was cleared."""
    return await files.get(record_id)


async def update_person_file(_: Writer, content: Content, change: Change) -> PersonFile:
    """Update a criminal file.

    The content replaces the former one. Only the owner may. An entry that becomes `acquitted` or `discontinued` is no
    longer shown to others, who are asked to replace their copies. Once all entries have ended, so has the file: it is
    hidden from others, who are asked to remove their copies, and you keep it for a year at the longest.
    """
    return await change(rules.correct, content)


async def withdraw_person_file(_: Withdrawer, change: Change) -> PersonFile:
    """Withdraw a criminal file.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


async def create_same_person_link(
    record_id: kit.RecordId, _: Writer, stated: SamePerson, links: LinksToChange
) -> LinkedFile:
    """Create a link from your file to another bureau's about the same person.

    Both files stay as they are. Until the other owner confirms it, only the two of you see it; after that, who may see
    both files. If the other owner has stated it before, this confirms it.
    """
    return await links.state(record_id, stated.record)


async def list_same_person_links(record_id: kit.RecordId, _: Reader, links: Links) -> LinkedFiles:
    """List the files of other bureaus about the same person.

    It shows those that your bureau may see.
    """
    return await links.of(record_id)


async def confirm_same_person_link(
    record_id: kit.RecordId, other_id: kit.RecordId, _: Writer, links: LinksToChange
) -> LinkedFile:
    """Confirm that another bureau's file is about the same person as yours.

    That bureau has stated it before.
    """
    return await links.confirm(record_id, other_id)


async def delete_same_person_link(
    record_id: kit.RecordId, other_id: kit.RecordId, _: Withdrawer, links: LinksToChange
) -> None:
    """Delete the link of your file with another bureau's.

    Either of you may, also while the other file is hidden from your bureau. The answer is the same
    where there is no link.
    """
    await links.end(record_id, other_id)


def declare_person_files(router: APIRouter) -> None:
    """Declare the routes of criminal files on the router of the service, before those of `/{record_id}`."""
    entry = kit.ENTRY_REFUSALS | ENTRY_REFUSALS
    change, links = kit.CHANGE_REFUSALS | ENTRY_REFUSALS, "/persons/{record_id}/same-person"
    router.post("/persons", status_code=201, responses=entry)(create_person_file)
    router.get("/persons")(list_person_files)
    router.get("/persons/search", response_description=kit.FOUND)(search_person_files)
    router.get("/persons/{record_id}", responses=kit.READ_REFUSALS)(get_person_file)
    router.put("/persons/{record_id}", responses=change)(update_person_file)
    stating = LINK_REFUSALS | kit.refusals(Invalid, IllegalStep)
    router.post(links, status_code=201, responses=stating)(create_same_person_link)
    router.get(links, responses=kit.READ_REFUSALS)(list_same_person_links)
    confirming = LINK_REFUSALS | kit.refusals(IllegalStep)
    router.post(f"{links}/{{other_id}}/confirmation", responses=confirming)(confirm_same_person_link)
    router.delete(f"{links}/{{other_id}}", status_code=204, responses=LINK_REFUSALS)(delete_same_person_link)
    router.post("/persons/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)(withdraw_person_file)
    kit.photograph_routes(router, PersonFileStore)
    kit.subscription_routes(router, PersonFileStore)
    kit.record_routes(router, PersonFileStore)
