"""Takes a message out of a request: JSON alone, or a form with files. What is cut short or broken sends nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message as MimeHeaders
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message, Receive

from gateway.messages.models import MessageDraft
from gateway.messages.rules import NotStored
from shared.errors import Invalid, Malformed, NotAcceptableMedia, TooLarge
from shared.mail import MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS
from shared.wellformed import check_json

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
PART: Final = "message"
FILES: Final = "attachments"
# A body of 256 KiB, each of whose characters is written as an escape.
MAX_JSON: Final = 2 * 1024 * 1024
MAX_FORM: Final = MAX_ATTACHMENT_BYTES + MAX_JSON + 64 * 1024

_FORM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": [PART],
    "properties": {
        PART: {"$ref": f"#/components/schemas/{MessageDraft.__name__}"},
        FILES: {
            "type": "array",
            "maxItems": MAX_ATTACHMENTS,
            "items": {"type": "string", "format": "binary"},
            "description": "Together at most 64 MiB.",
        },
    },
}
SUBMISSION_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": f"#/components/schemas/{MessageDraft.__name__}"}},
            FORM: {"schema": _FORM_SCHEMA, "encoding": {PART: {"contentType": JSON}}},
        },
    }
}


@dataclass(frozen=True, slots=True)
class Submission:
    """A message and the files that go with it."""

    draft: MessageDraft
    uploads: tuple[UploadFile, ...] = ()


async def submission_of(request: Request) -> AsyncIterator[Submission]:
    """Hand out what was sent. Raises Malformed, Invalid, TooLarge, NotAcceptableMedia."""
    media, boundary = _media_type(request)
    if media == JSON:
        yield Submission(_draft(await request.body()))
    elif media == FORM and boundary:
        try:
            async with _form(request, boundary) as submission:
                yield submission
        except OSError as error:
            raise NotStored("the files cannot be kept at the moment: nothing was sent, try again later") from error
    else:
        raise NotAcceptableMedia(f"send {JSON}, or {FORM} with a part `{PART}` and files as `{FILES}`")


Submitted = Annotated[Submission, Depends(submission_of)]


@asynccontextmanager
async def _form(request: Request, boundary: str) -> AsyncIterator[Submission]:
    tail = _Tail(request.receive, boundary)
    whole = Request(request.scope, tail.receive)
    async with whole.form(max_files=MAX_ATTACHMENTS + 1, max_fields=1, max_part_size=MAX_JSON) as form:
        if not tail.complete:
            raise Malformed("the form is cut short: its last boundary is missing")
        yield Submission(_draft(await _message_part(form)), _files(form))


async def _message_part(form: FormData) -> bytes:
    parts = form.getlist(PART)
    if len(parts) != 1:
        raise Invalid(f"{PART}: give the message once, as a part of this name")
    [part] = parts
    return part.encode() if isinstance(part, str) else await part.read(MAX_JSON + 1)


def _files(form: FormData) -> tuple[UploadFile, ...]:
    files: list[UploadFile] = []
    for name, part in form.multi_items():
        if name == PART:
            continue
        if name != FILES or not isinstance(part, UploadFile):
            raise Invalid(f"{name[:60]}: a form has a part `{PART}` and files as `{FILES}`, and nothing else")
        files.append(part)
    return tuple(files)


def _draft(raw: bytes) -> MessageDraft:
    if len(raw) > MAX_JSON:
        raise TooLarge(f"the message may have at most {MAX_JSON} bytes")
    check_json(raw)
    try:
        return MessageDraft.model_validate_json(raw)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from error


def _media_type(request: Request) -> tuple[str, str]:
    header = MimeHeaders()
    header["content-type"] = request.headers.get("content-type", "")
    boundary = header.get_param("boundary", "")
    # Without a header the library takes it for text.
    stated = header.get_content_type() if header["content-type"] else ""
    return stated, boundary if isinstance(boundary, str) else ""


class _Tail:
    """Passes the body of a form on, and remembers how it ends: the parser takes one that is cut short for whole."""

    def __init__(self, receive: Receive, boundary: str) -> None:
        self._receive = receive
        self._last = f"--{boundary}--".encode("latin-1", "replace")
        self._end = b""

    @property
    def complete(self) -> bool:
        """Whether the last boundary came."""
        return self._last in self._end

    async def receive(self) -> Message:
        """Return the next part of the body."""
        message = await self._receive()
        # Only line breaks may follow the last boundary, and few make sense.
        self._end = (self._end + message.get("body", b""))[-len(self._last) - 16 :]
        return message
