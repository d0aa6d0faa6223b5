"""The routes of the travel documents service."""

from typing import Annotated, Final

from fastapi import Depends, Query

from services.travel_documents import rules
from services.travel_documents.blanks import declare_blanks
from services.travel_documents.codes import CODES, DocumentCodes
from services.travel_documents.dependencies import NAME, Reader, Screener, Withdrawer, Writer
from services.travel_documents.examples import EXAMPLES
from services.travel_documents.models import TravelDocument, TravelDocumentDescription, TravelDocumentFilter
from services.travel_documents.queries import DocumentHits, DocumentQuery, SeenDocument
from services.travel_documents.screening import referral
from services.travel_documents.store import Screenings, TravelDocumentStore
from shared.personal_data import PersonalData
from shared.records import service_kit as kit

Documents = Annotated[TravelDocumentStore, Depends(kit.reading(TravelDocumentStore))]
Waiting = Annotated[Screenings, Depends(kit.writing(Screenings), scope="function")]
Enter = Annotated[kit.RecordEntry[TravelDocument], kit.entering(TravelDocumentStore)]
Change = Annotated[kit.RecordChange[TravelDocument], kit.changing(TravelDocumentStore)]

DOCUMENT_REFUSALS: Final = kit.refusals(
    *(PersonalData, rules.NotTheIssuer, kit.EventInFuture, kit.PurposeDoesNotFit),
    *(kit.AlreadyEntered, kit.TooManyRanges),
)

router = kit.service_router(NAME)
sandbox_router = kit.service_router(NAME)

create_app = kit.app_factory(
    NAME,
    router,
    description="Stolen, lost, revoked and invalid travel documents, and ranges of stolen blanks, found by issuer and "
    "number or by the machine-readable zone. Only the issuing country enters its documents. A hit is not proof: ask "
    "the owner bureau to confirm it before acting on it.",
    examples=EXAMPLES,
    in_sandbox=sandbox_router,
)


@router.get("/search", response_description=kit.FOUND)
async def search_travel_documents(
    _: Reader, documents: Documents, query: Annotated[DocumentQuery, Query()]
) -> DocumentHits:
    """Search documents and ranges of blanks by number or machine-readable zone.

    One search finds both: a stolen blank is a hit, whose record has `first_number` and `last_number`. Signs that look
    alike are one sign, and `why` says what was read otherwise. A type hides nothing. Of a machine-readable zone each
    check digit is verified; a wrong one is a warning with its place, what was read and what it would be, and the
    readings of the number one look-alike away that make it right are searched as `near`, at most 20. Nothing is
    corrected silently. `verdict` sums it up; then read the record by its id, and ask its owner to confirm the hit.
    """
    return await documents.search(query)


@router.get("/codes")
async def list_document_codes(_: Reader) -> DocumentCodes:
    """List the issuers of documents.

    By the codes that are printed in machine-readable zones, each with the only bureau that enters its documents.
    """
    return CODES


declare_blanks(router, DOCUMENT_REFUSALS)


@router.post("/screening", status_code=202, responses=kit.refusals(PersonalData, kit.TooManyScreened))
async def send_seen_document(
    partner: Screener, seen: SeenDocument, waiting: Waiting, documents: Documents
) -> kit.Referral | None:
    """Send a document that was seen, to be screened.

    For partners whose agreement says so, such as an airline at a check-in desk. No names. The answer is the same, at
    the same time, whether a record matches or not; a match alerts the bureau of the issuer, that of the place and the
    General Secretariat. What was seen is kept for 72 hours, and a record that is entered meanwhile alerts as well. A
    partner may send 600 in a minute. Only where the agreement has the verb `refer` does the answer say whether to refer
    somebody.
    """
    query = seen.query()
    await waiting.put(query, seen)
    return await referral(partner, documents, query)


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | DOCUMENT_REFUSALS)
async def create_travel_document(_: Writer, description: TravelDocumentDescription, enter: Enter) -> TravelDocument:
    """Create a record of a document, or of a range of blanks by its first and last number.

    Only the bureau of the issuer may: if you found that the document of another country was stolen, write to its
    bureau. A number that your bureau has entered already, of the same type and still in the register, is refused with
    the record that has it. Describe the event and the place alone: no person.
    """
    return await enter(rules.enter, description)


@router.get("")
async def list_travel_documents(
    _: Reader, documents: Documents, wanted: Annotated[TravelDocumentFilter, Query()]
) -> kit.Page[TravelDocument]:
    """List the records that your bureau may see, newest first."""
    return await documents.list(wanted)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def get_travel_document(record_id: kit.RecordId, _: Reader, documents: Documents) -> TravelDocument:
    """Get the record of a document or of a range of blanks."""
    return await documents.get(record_id)


@router.put("/{record_id}", responses=kit.CHANGE_REFUSALS | DOCUMENT_REFUSALS)
async def update_travel_document(_: Writer, description: TravelDocumentDescription, change: Change) -> TravelDocument:
    """Update a record.

    The description replaces the former one. Only the owner may.
    """
    return await change(rules.correct, description)


@router.post("/{record_id}/recovery", responses=kit.CHANGE_REFUSALS)
async def mark_travel_document_recovered(_: Withdrawer, change: Change) -> TravelDocument:
    """Mark a document or a range of blanks as recovered.

    It is no longer a hit, and only its owner sees it. Only the owner may. All who received it are asked to remove their
    copies, so that nobody is stopped with it again.
    """
    return await change(rules.recover)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_travel_document(_: Withdrawer, change: Change) -> TravelDocument:
    """Withdraw a record.

    Only its owner sees it from then on. Only the owner may.
    """
    return await change(rules.withdraw)


kit.check_routes(router, TravelDocumentStore)
kit.entry_routes(router, TravelDocumentStore, rules.enter)
kit.subscription_routes(router, TravelDocumentStore)
kit.field_copy_routes(router, TravelDocumentStore)
kit.record_routes(router, TravelDocumentStore)
kit.near_miss_routes(sandbox_router, TravelDocumentStore)
