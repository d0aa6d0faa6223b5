"""The routes of traces."""

from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Query, Request, Response

from gateway.mailbox_access import session_of
from gateway.messages.quote_rules import NotConfirmed, NotQuotable
from gateway.traces import SERVICE, rules
from gateway.traces.chain import Chain, ChainLink, TraceId
from gateway.traces.evidence_models import TraceEvidence
from gateway.traces.examples import EXAMPLES
from gateway.traces.models import (
    CommentDraft,
    NextRequestDraft,
    Trace,
    TraceAnswerDraft,
    TraceDraft,
    TraceExport,
    TracePage,
    TraceQuery,
)
from gateway.traces.operations import TraceOperations
from gateway.traces.picture import draw_chain
from shared.audit.disclosure_router import service_router
from shared.bureaus import Bureau
from shared.errors import Busy, Conflict, IllegalStep, Invalid, NotFound
from shared.identity import Caller
from shared.mailbox.rules import NotStored, OwnAddress
from shared.personal_data import PersonalData
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.service import Context
from shared.web.app import application
from shared.web.problems import refusals
from shared.web.routing import permission

NAME: Final = SERVICE.name
# A remark of 2,000 characters, each written as two escapes, and the markings.
MAX_BODY: Final = 96 * 1024
SVG: Final = "image/svg+xml"

router = service_router(NAME, NotStored)


def create_app(context: Context) -> FastAPI:
    """Make the application. Its state needs a mailbox host."""
    return application(context, router.routes, title="Traces", description=SERVICE.summary, examples=EXAMPLES)


async def _operations(request: Request) -> TraceOperations:
    state = request.app.state
    return TraceOperations(await session_of(request), state.records, state.packs)


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
# A restricted bureau begins nothing, and still answers others.
Answerer = Annotated[Caller, permission(NAME, "write", while_restricted=True)]
Operations = Annotated[TraceOperations, Depends(_operations)]
OfRequester = Annotated[
    Bureau | None, Query(description="Who began it, should two bureaus have given their traces the same id.")
]

_SIGNED_STEP: Final = (NotFound, IllegalStep, Invalid, Conflict, KeyNotValid, BureauSuspended, PersonalData)
_EXAMPLE: Final = Chain(
    trace="0197a3c2-5b1e-7c3a-9f20-4d5e6f708192",
    links=(ChainLink.model_validate({"from": "DE", "to": "ES", "on": "2019-05", "kind": "export"}),),
    next="ES",
)
_SHOWN: Final[dict[str, Any]] = {
    "schema": {"type": "string", "format": "binary"},
    "examples": {"example": {"value": draw_chain(_EXAMPLE)}},
}
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {200: {"description": "The picture.", "content": {SVG: _SHOWN}}}


@router.get("")
async def list_traces(_: Reader, operations: Operations, wanted: Annotated[TraceQuery, Query()]) -> TracePage:
    """List traces, newest first.

    These are those that your bureau began, and those in which it is asked. `missed=true` shows whose time is over.
    """
    return await operations.page(wanted)


@router.post(
    "", status_code=202, responses=refusals(*_SIGNED_STEP, OwnAddress, NotQuotable, NotConfirmed, rules.NotTheRequester)
)
async def create_trace(draft: TraceDraft, writer: Writer, operations: Operations) -> Trace:
    """Create a trace of a firearm.

    It asks the bureau of the country of manufacture, or of the last legal import, in a sealed message: 8 hours for an
    `urgent` request, 7 days for a `routine` one. The `hit` that it follows, on a record of this firearm, is kept with
    your bureau: who is asked may be barred from the record. State what is marked on the firearm, and no person.
    """
    return await operations.begin(draft, writer)


@router.get("/{trace_id}", responses=refusals(NotFound))
async def get_trace(trace_id: TraceId, _: Reader, operations: Operations, requester: OfRequester = None) -> Trace:
    """Get a trace with its requests, answers and comments.

    A bureau that is asked sees the requests to itself. Each names the message that carried it.
    """
    return await operations.one(trace_id, requester)


@router.get("/{trace_id}/chain", responses=refusals(NotFound))
async def get_chain(trace_id: TraceId, _: Reader, operations: Operations, requester: OfRequester = None) -> Chain:
    """Get the way of a firearm, link after link, over all countries that answered."""
    return await operations.chain(trace_id, requester)


@router.get("/{trace_id}/chain.svg", response_class=Response, responses=_PICTURE | refusals(NotFound), status_code=200)
async def get_chain_picture(
    trace_id: TraceId, _: Reader, operations: Operations, requester: OfRequester = None
) -> Response:
    """Get the way of a firearm as a picture: a box for each country, an arrow for each link."""
    return Response(draw_chain(await operations.chain(trace_id, requester)), media_type=SVG)


@router.get("/{trace_id}/export", responses=refusals(NotFound))
async def get_trace_export(
    trace_id: TraceId, reader: Reader, operations: Operations, requester: OfRequester = None
) -> TraceExport:
    """Get a trace for a case file.

    It has all that your bureau knows of the trace, and where the evidence of each message is. The evidence of all of
    them in one signed file is at `/evidence`.
    """
    return await operations.export(trace_id, requester, reader)


@router.get(
    "/{trace_id}/evidence",
    status_code=200,
    response_class=Response,
    responses={
        200: {
            "description": "One file, for `i247 evidence verify`: keep its exact bytes.",
            "model": TraceEvidence,
        },
        **refusals(NotFound, Conflict, KeyNotValid, BureauSuspended, Busy),
    },
)
async def get_trace_evidence(
    trace_id: TraceId, _: Reader, operations: Operations, requester: OfRequester = None
) -> Response:
    """Get the evidence of a trace.

    It has each message about the trace that your bureau sent or received, with its receipts, and the directory of keys;
    your bureau signs all of it. Anyone can check it without this network: `i247 evidence verify FILE` needs the root's
    public key alone. At most 200 messages: requests, answers and escalations, then the first comments.
    A gateway makes one at a time, and 4 of your bureau may wait.
    """
    pack = await operations.evidence(trace_id, requester)
    headers = {"Content-Disposition": f'attachment; filename="trace-{trace_id}.json"'}
    return Response(pack, 200, headers, "application/json")


@router.post(
    "/{trace_id}/requests",
    status_code=202,
    responses=refusals(*_SIGNED_STEP, OwnAddress, rules.NotTheRequester),
    response_description="The request is in the outbox.",
)
async def request_next_link(
    trace_id: TraceId, draft: NextRequestDraft, writer: Writer, operations: Operations
) -> Trace:
    """Request the next link of the chain from another bureau.

    `chain.next` says which, by the last answer: the country that it went to, or the bureau that was named instead. It
    is told how the firearm came to it, if the bureau that answered lets that be shown. One request is open at a time.
    """
    return await operations.go_on(trace_id, draft, writer)


@router.post(
    "/{trace_id}/answer",
    status_code=202,
    responses=refusals(*_SIGNED_STEP, rules.NotAsked),
    response_description="The answer is in the outbox.",
)
async def answer_trace_request(
    trace_id: TraceId,
    draft: TraceAnswerDraft,
    writer: Answerer,
    operations: Operations,
    requester: OfRequester = None,
) -> Trace:
    """Answer the latest request to your bureau.

    `accepted` first; then `answered` with the link that your books state, or `cannot-trace`. `refused` with a reason,
    and `forwarded` with the bureau to ask instead, may come at once. Only `accepted` is not final. A late answer is
    accepted, and marked as late.
    """
    return await operations.answer(trace_id, requester, draft, writer)


@router.post(
    "/{trace_id}/comments",
    status_code=202,
    responses=refusals(*_SIGNED_STEP),
    response_description="The comment is in the outbox.",
)
async def add_trace_comment(
    trace_id: TraceId, draft: CommentDraft, writer: Answerer, operations: Operations, requester: OfRequester = None
) -> Trace:
    """Add a comment on the latest request, to the other bureau of it.

    Also after the final answer; at most 50 of each bureau on each request.
    """
    return await operations.comment(trace_id, requester, draft, writer)
