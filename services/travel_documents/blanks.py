"""The routes of ranges of blanks, below `/blanks`: their own entry and list; all else is that of documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.travel_documents import rules
from services.travel_documents.dependencies import Reader, Writer
from services.travel_documents.models import BlankRange, BlankRangeFilter, TravelDocument, TravelDocumentFilter
from services.travel_documents.store import TravelDocumentStore
from shared.records import service_kit as kit

Enter = Annotated[kit.RecordEntry[TravelDocument], kit.entering(TravelDocumentStore)]
Documents = Annotated[TravelDocumentStore, Depends(kit.reading(TravelDocumentStore))]


async def create_blank_range(_: Writer, description: BlankRange, enter: Enter) -> TravelDocument:
    """Create a record of a range of blanks, of at most 100,000 numbers.

    By its first and its last number, as printed: of one length, and different in their last figures alone. Each number
    of the range is a hit of the search for documents. Its record is read, changed and ended as that of a document, by
    its id. Your bureau may have 50 ranges that begin within the same hundred thousand numbers.
    """
    return await enter(rules.enter, description)


async def list_blank_ranges(
    _: Reader, documents: Documents, wanted: Annotated[BlankRangeFilter, Query()]
) -> kit.Page[TravelDocument]:
    """List the ranges of blanks that your bureau may see, newest first."""
    return await documents.list(TravelDocumentFilter(**dict(wanted), blanks=True))


def declare_blanks(router: APIRouter, refusals: dict[int | str, dict[str, Any]]) -> None:
    """Declare the routes of ranges on the router of the service, before those of `/{record_id}`."""
    router.post("/blanks", status_code=201, responses=kit.ENTRY_REFUSALS | refusals)(create_blank_range)
    router.get("/blanks")(list_blank_ranges)
