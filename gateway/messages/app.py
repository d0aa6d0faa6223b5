"""The routes of the messages."""

from collections.abc import AsyncIterable, Callable
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import StreamingResponse

from gateway.messages import SERVICE
from gateway.messages.downloads import MAX_RANGE, MEDIA_TYPE, RangeNotSatisfiable, download
from gateway.messages.events import Beginning, TooManyStreams, beginning, listen
from gateway.messages.evidence_models import MessageEvidence
from gateway.messages.examples import EXAMPLES
from gateway.messages.group_routes import router as group_router
from gateway.messages.operations import NAME, CountedStream, Operations, Reader, Writer, streams_of
from gateway.messages.quote_rules import NotConfirmed, NotQuotable, OnwardSharing
from gateway.messages.release_routes import router as release_router
from gateway.messages.submission import SUBMISSION_BODY, Submitted
from gateway.messages.usage import Usage, usage_of
from gateway.messages.webhooks.routes import router as webhook_router
from shared.audit.disclosure_router import not_audited, service_router
from shared.errors import Busy, IllegalStep, Malformed, NotFound, TooLarge, UnsupportedMediaType
from shared.mailbox import rules
from shared.mailbox.models import (
    AcceptedMessage,
    Author,
    Message,
    MessageDraft,
    MessageId,
    MessagePage,
    MessageQuery,
    MessageRefusal,
    MessageState,
    MessageSummary,
)
from shared.patterns import in_words
from shared.protocol.messages import MAX_ATTACHMENTS
from shared.records.dependencies import locate
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.service import Context
from shared.web.app import application
from shared.web.openapi import document_model
from shared.web.paging import MAX_NUMBER
from shared.web.problems import refusals

router = service_router(NAME, rules.NotStored)


def create_app(context: Context) -> FastAPI:
    """Make the application. Its state needs a mailbox host, event streams, a webhook sender and a record reader."""
    app = application(context, router.routes, title="Messages", description=SERVICE.summary, examples=EXAMPLES)
    document_model(app, MessageDraft)
    return app


Sender = Annotated[Author | None, Query(alias="from", description="The sender, should two have chosen the same id.")]
RequestKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=in_words("^[!-~]+$", "must be printable ASCII without spaces"),
        description="The same message with the same key is accepted once, however often it is sent.",
    ),
]
LastEvent = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=MAX_NUMBER, description="The last event.")]
Range = Annotated[str | None, Header(alias="Range", max_length=MAX_RANGE, description="Such as `bytes=1048576-`.")]
IfRange = Annotated[str | None, Header(alias="If-Range", max_length=MAX_RANGE, description="The `ETag` of your part.")]
Number = Annotated[int, Path(ge=1, le=MAX_ATTACHMENTS, description="The position among the attachments, from 1.")]

_FILE: Final[dict[str, Any]] = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
# A signed receipt may be refused in these ways.
_SIGNED_STEP: Final = (NotFound, rules.Ambiguous, IllegalStep, KeyNotValid, BureauSuspended)


@router.post(
    "",
    status_code=202,
    openapi_extra=SUBMISSION_BODY,
    responses=refusals(
        Malformed,
        TooLarge,
        UnsupportedMediaType,
        rules.UnknownRecipient,
        rules.OwnAddress,
        rules.UnknownThread,
        rules.Ambiguous,
        rules.ValidityOver,
        rules.KeyReused,
        rules.MailboxFull,
        NotQuotable,
        NotConfirmed,
        OnwardSharing,
        KeyNotValid,
        BureauSuspended,
    ),
)
async def send_message(
    writer: Writer, operations: Operations, response: Response, submitted: Submitted, key: RequestKey = None
) -> AcceptedMessage:
    """Send a message to other bureaus, sealed so that they alone can read it.

    The answer means that it is in your bureau's outbox; it is then delivered once to each recipient, despite any
    failure on the way. Send files as `multipart/form-data`: a part `message` with the JSON, and each file as a part
    `attachments`.
    """
    accepted = await operations.sending.accept(submitted.draft, writer, submitted.uploads, key)
    locate(response, NAME, accepted.id)
    return accepted


@router.get("")
async def list_messages(_: Reader, operations: Operations, wanted: Annotated[MessageQuery, Query()]) -> MessagePage:
    """List messages, newest first.

    Those of the inbox, the outbox, or a conversation.
    """
    return await operations.reading.page(wanted)


async def begin_stream(operations: Operations, last: LastEvent = None) -> Beginning:
    """Return where a stream begins. Always reads the store: later no error status can be sent."""
    return await beginning(operations.mailbox, last)


@router.get("/usage")
async def get_mailbox_usage(_: Reader, operations: Operations) -> Usage:
    """Get what is stored in your bureau's mailbox.

    That is by sender, and on the broker, with the limits of each. A message beyond a limit waits in the outbox of its
    sender, `queued` with the reason `mailbox-full`.
    """
    return await usage_of(operations.mailbox)


@router.get("/stream", response_class=EventSourceResponse, responses=refusals(TooManyStreams, Busy))
@not_audited
async def stream_events(
    request: Request,
    _: Reader,
    operations: Operations,
    _counted: CountedStream,
    begins: Annotated[Beginning, Depends(begin_stream)],
) -> AsyncIterable[ServerSentEvent]:
    """Stream the events of the mailbox, as server-sent events.

    `message`: a message came; `state`: the state of one changed. The data of each is JSON with `number`, `type`, `id`,
    `thread`, `urgency`, `bureau`, `state`, `reason` and `at`, and nothing of the content. Reconnect with the number of
    the last event as `Last-Event-ID` and none is missed; without it the stream begins now. First comes an `id` without
    an event, to go on from if none follows. The stream ends when the token expires or is revoked. Events are kept for
    30 days: after an older one the stream continues from the oldest that is kept. An officer may have 8 streams open.
    In a sandbox that was restored or reset since the last event, an event `restored` comes first: what the client knows
    of the mailbox is void, and the events since the restore follow. No number is ever used again.
    """
    is_good: Callable[[], bool] = request.scope["state"]["is_good"]

    def is_over() -> bool:
        return streams_of(request).closed or not is_good()

    async for event in listen(operations.mailbox, begins, is_over):
        yield event


# Before the routes whose paths have the id of a message in the same position.
for part in (group_router, release_router, webhook_router):
    router.routes.extend(part.routes)


@router.get("/{message_id}", responses=refusals(NotFound, rules.Ambiguous))
async def get_message(message_id: MessageId, _: Reader, operations: Operations, sender: Sender = None) -> Message:
    """Get a message.

    One that your bureau sent has its state for each recipient. The sender is not notified.
    """
    return await operations.reading.message(message_id, sender)


@router.post("/{message_id}/read", responses=refusals(*_SIGNED_STEP))
async def mark_message_read(
    message_id: MessageId, _: Writer, operations: Operations, sender: Sender = None
) -> MessageSummary:
    """Mark a message as read.

    Your bureau sends a signed receipt. Doing it again changes nothing.
    """
    return await operations.reading.answer(message_id, sender, MessageState.READ)


@router.post("/{message_id}/applied", responses=refusals(*_SIGNED_STEP))
async def mark_message_applied(
    message_id: MessageId, _: Writer, operations: Operations, sender: Sender = None
) -> MessageSummary:
    """Mark a message as applied.

    Your bureau sends a signed receipt that it removed its copies of a withdrawn record. Only for a message of the form
    `withdrawal`. Doing it again changes nothing, and it cannot be refused afterwards.
    """
    return await operations.reading.answer(message_id, sender, MessageState.APPLIED)


@router.post("/{message_id}/refusal", responses=refusals(*_SIGNED_STEP))
async def refuse_message(
    message_id: MessageId, refusing: MessageRefusal, _: Writer, operations: Operations, sender: Sender = None
) -> MessageSummary:
    """Refuse to act on a message.

    Your bureau sends a signed receipt that it does not act on it, and why. This is final.
    """
    return await operations.reading.answer(message_id, sender, MessageState.REFUSED, refusing.reason)


@router.get(
    "/{message_id}/attachments/{number}",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The file.", "content": _FILE},
        206: {"description": "The bytes that were asked for.", "content": _FILE},
        **refusals(NotFound, rules.Ambiguous, RangeNotSatisfiable),
    },
)
async def get_attachment(
    message_id: MessageId,
    number: Number,
    _: Reader,
    operations: Operations,
    sender: Sender = None,
    wanted: Range = None,
    held: IfRange = None,
) -> Response:
    """Get an attachment of a message.

    `Range` resumes a download.
    """
    row = await operations.reading.row(message_id, sender)
    return download(operations.mailbox, row, number, wanted, held)


@router.get(
    "/{message_id}/evidence",
    response_class=Response,
    responses={
        200: {
            "description": "One file, for `i247 evidence verify`: keep its exact bytes.",
            "model": MessageEvidence,
        },
        **refusals(NotFound, rules.Ambiguous, rules.ContentRemoved),
    },
)
async def get_evidence(message_id: MessageId, _: Reader, operations: Operations, sender: Sender = None) -> Response:
    """Get the evidence of a message.

    It proves its content, sender, recipients and time, and has every receipt for it. Anyone can check it without this
    network: `i247 evidence verify FILE` needs the root's public key alone. The file contains the message.
    """
    proof = await operations.reading.evidence(message_id, sender)
    headers = {"Content-Disposition": f'attachment; filename="evidence-{message_id}.json"'}
    return Response(proof, 200, headers, "application/json")
