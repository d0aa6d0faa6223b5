"""The routes of the public register of works of art. They need no token, and answer what is public over the mesh.

Each answer is that of the service, with its signature: the exact bytes and the header `I247-Signature` are a statement
that JOSE libraries verify with the keys under `/directory`.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Query, Request, Response

from gateway.public_works.asgi import TooManyQuestions
from gateway.public_works.models import EXAMPLE_TITLE, ROOT, PublicQuestion
from gateway.public_works.source import WorkSource
from shared.audit.archive import ArchiveAbsent
from shared.audit.rules import LogDamaged
from shared.errors import (
    AuditUnavailable,
    Busy,
    ForgedReply,
    Invalid,
    Malformed,
    NotFound,
    ReplyTooLarge,
    TargetTooLong,
    TimedOut,
    Unreachable,
)
from shared.ids import UUID_PATTERN, RecordId, example_id
from shared.protocol.envelope import SIGNATURE_HEADER
from shared.rpc.client import Reply
from shared.web import example_files
from shared.web.descriptions import REFERENCE
from shared.web.openapi import operation_id
from shared.web.problems import refusals

TAG: Final = "public-works"
JPEG: Final = "image/jpeg"
# Of the network, as of any request to a service.
_NOT_ANSWERED: Final = (Busy, Unreachable, TimedOut, ForgedReply, AuditUnavailable, ReplyTooLarge)
_OF_LOG: Final = refusals(LogDamaged, ArchiveAbsent)
_OPEN: Final[dict[str, Any]] = {"openapi_extra": {"security": []}}
_REFUSED: Final = refusals(Malformed, Invalid, TargetTooLong, TooManyQuestions, *_NOT_ANSWERED)
_OF_ONE: Final = _REFUSED | refusals(NotFound)
_HEADERS: Final = {
    SIGNATURE_HEADER: {
        "description": "A detached JWS over the exact body (RFC 7515, RFC 7797).",
        "schema": {"type": "string"},
    },
    "I247-Request-Id": {"description": "The id of the signed request.", "schema": {"type": "string"}},
}
_FILE: Final[dict[str, Any]] = {
    "schema": {"type": "string", "format": "binary"},
    "examples": example_files.file_example(example_files.PHOTOGRAPH, "A picture of nobody"),
}


def _answer(description: str, content: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "headers": _HEADERS, "content": content}}


def _of_service(schema: str, description: str) -> dict[int | str, dict[str, Any]]:
    """Return the answer of the service, by the name of its schema there: the gateway passes it on as it is."""
    return _answer(description, {"application/json": {"schema": {"$ref": f"{REFERENCE}{schema}"}}})


_PICTURE: Final = _answer("The photograph.", {JPEG: _FILE})

router = APIRouter(tags=[TAG], generate_unique_id_function=operation_id, prefix=ROOT)

# Of the example records, which `i247 seed` enters.
_WORK: Final[Any] = {"example": {"value": example_id(41, 1)}}
_PHOTOGRAPH: Final[Any] = {"example": {"value": "71930242"}}
_QUESTION: Final[Any] = {"example": {"value": {"title": EXAMPLE_TITLE, "height_mm": 625}}}
_REQUEST: Final[Any] = {"example": {"value": "0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d"}}
RequestId = Annotated[
    str, Path(pattern=UUID_PATTERN, description="The member `request` of the statement.", openapi_examples=_REQUEST)
]
WorkId = Annotated[RecordId, Path(openapi_examples=_WORK)]
PhotographId = Annotated[str, Path(pattern="^[0-9]{8}$", description="Of the record.", openapi_examples=_PHOTOGRAPH)]
Question = Annotated[PublicQuestion, Body(openapi_examples=_QUESTION)]
After = Annotated[
    RecordId | None,
    Query(description="The `next` of the page before.", examples=["0197a3c2-5b1e-7c3a-9f20-4d5e00410099"]),
]


@router.get("/search", responses=_of_service("PublicWorkHits", "The public works that fit.") | _REFUSED, **_OPEN)
async def search_public_works(request: Request, question: Annotated[PublicQuestion, Query()]) -> Response:
    """Search works of art that their owners made public.

    For the due diligence of buyers (UNIDROIT Convention of 1995, article 4). All that is given must fit. An object that
    is not found may be stolen all the same.
    """
    return _signed(await _source(request).search(question))


@router.get("/origin-sought", responses=_of_service("PublicWorkPage", "One page of works.") | _REFUSED, **_OPEN)
async def list_works_of_unknown_owner(request: Request, after: After = None) -> Response:
    """List works that were seized, and whose owner is not known, newest first.

    To say whose a work is, write to the bureau that entered it.
    """
    page = f"&after={after}" if after else ""
    return _signed(await _source(request).listed(f"status=origin-sought{page}"))


@router.post("/statements", responses=_of_service("WorkStatement", "The statement.") | _REFUSED, **_OPEN)
async def ask_for_public_work_statement(request: Request, question: Question) -> Response:
    """Ask for a signed statement of what the register has for a question.

    The answer itself is the statement: what was asked, when, the size of the audit log, the candidates or none. Keep
    its exact bytes, with the header `I247-Signature`. An object that is not in it may be stolen all the same. No owner
    is notified, and the question is kept nowhere else than in the audit log.
    """
    return _signed(await _source(request).statement(question))


@router.get(
    "/statements/{request_id}/proof", responses=_of_service("AnswerProof", "The proof.") | _OF_ONE | _OF_LOG, **_OPEN
)
async def get_public_work_statement_proof(request: Request, request_id: RequestId) -> Response:
    """Get the proof that a statement is in the audit log of the register.

    The `request_id` shown here is an example: take the member `request` of a statement, the answer to
    `POST /works-of-art/v1/statements`. A checkpoint covers its leaf after about a second, and bureaus cosign that
    soon after; until then there is no proof, or one without witnesses. `i247 audit verify` verifies it offline, with
    the statement. A proof adds nothing to the log.
    """
    return _signed(await _source(request).proof(request_id))


@router.get("/{record_id}", responses=_of_service("PublicWork", "The work.") | _OF_ONE, **_OPEN)
async def get_public_work(request: Request, record_id: WorkId) -> Response:
    """Get a work that its owner made public."""
    return _signed(await _source(request).work(record_id))


@router.get("/{record_id}/photographs/{photograph_id}", response_class=Response, responses=_PICTURE | _OF_ONE, **_OPEN)
async def get_public_work_photograph(request: Request, record_id: WorkId, photograph_id: PhotographId) -> Response:
    """Get a photograph of a work that its owner made public."""
    return _signed(await _source(request).photograph(record_id, photograph_id))


def _source(request: Request) -> WorkSource:
    source: WorkSource = request.app.state.public_works
    return source


def _signed(reply: Reply) -> Response:
    """Return the answer of the service as it is, with its signature."""
    headers = {SIGNATURE_HEADER: reply.signature, "I247-Request-Id": reply.request_id}
    return Response(reply.body, reply.head.status, headers, media_type=reply.head.content_type)
