"""The routes of what everybody may see of works: extracts, statements, and the proofs of these. All by GET.

They show the same to a bureau as to the public, but nothing that is hidden from the bureau.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from services.cultural_property.dependencies import Reader
from services.cultural_property.extracts import (
    ExtractFilter,
    PublicWork,
    PublicWorkHits,
    PublicWorkPage,
    extract_of,
    hits_in,
)
from services.cultural_property.statements import StatementQuery, WorkStatement, statement
from services.cultural_property.store import WorkStore
from shared.errors import NotFound
from shared.records import service_kit as kit

Works = Annotated[WorkStore, Depends(kit.reading(WorkStore))]
Question = Annotated[StatementQuery, Query()]
STATEMENT: Final = "get_work_statement"


def declare_public(router: APIRouter) -> None:
    """Declare the routes. Those with a parameter in their path come after the fixed ones."""
    router.get("/extracts")(list_work_extracts)
    router.get("/extracts/search")(search_work_extracts)
    router.get("/extracts/{record_id}", responses=kit.refusals(NotFound))(get_work_extract)
    router.get("/statements", name=STATEMENT)(get_work_statement)
    proof = router.get(
        "/statements/{request_id}/proof", responses=kit.refusals(NotFound, kit.LogDamaged, kit.ArchiveAbsent)
    )
    proof(kit.not_audited(get_work_statement_proof))


async def list_work_extracts(_: Reader, works: Works, wanted: Annotated[ExtractFilter, Query()]) -> PublicWorkPage:
    """List extracts of the works that their owners made public.

    Everybody may see them. Those entered last come first.
    """
    page = await works.list_public(wanted.status, wanted)
    return PublicWorkPage(items=list(map(extract_of, page.items)), next=page.next)


async def search_work_extracts(_: Reader, works: Works, query: Question) -> PublicWorkHits:
    """Search the works that their owners made public, and show extracts.

    All that is given must fit, as in a search of all works. No owner is notified, and no search is kept.
    """
    return hits_in(await works.find_public(query))


async def get_work_extract(record_id: kit.RecordId, _: Reader, works: Works) -> PublicWork:
    """Get the extract of a work that its owner made public."""
    return extract_of(await works.get_public(record_id))


async def get_work_statement(reader: Reader, works: Works, query: Question, log: kit.OfLog) -> WorkStatement:
    """Get a statement of what the public register has for a question.

    It shows the extracts that everybody may see, as a list does: no owner is notified, and no search is kept. The
    signed answer is the statement: what was asked, when, the size of the audit log, and the candidates or none. An
    object that is not in it may be stolen all the same.
    """
    return statement(reader.request_id, query, await works.find_public(query), works.at, log)


async def get_work_statement_proof(
    request_id: kit.RequestId, reader: Reader, prove: kit.AnswerProver
) -> kit.AnswerProof:
    """Get the proof that a statement is in the audit log.

    By the member `request` of the statement. A checkpoint covers the leaf after about a second, and bureaus cosign that
    soon after. Only the bureau that got the statement gets its proof.
    """
    return await prove(reader, request_id, STATEMENT)
