"""Takes a message out of a request: JSON alone, or a form with files. What is cut short or broken sends nothing."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message as MimeHeaders
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from gateway.messages.access import Operations
from gateway.messages.forms import FILES, MAX_JSON, PART, message_form
from shared.errors import Malformed, TooLarge, UnsupportedMediaType
from shared.mailbox.models import MessageDraft
from shared.mailbox.rules import NotStored
from shared.protocol.messages import MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS
from shared.strict_types import validate_strictly
from shared.web.strict_json import check_json

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
MAX_OVERHEAD: Final = MAX_JSON + 64 * 1024
MAX_FORM: Final = MAX_ATTACHMENT_BYTES + MAX_OVERHEAD
_LENGTH: Final = re.compile("[0-9]{1,15}")

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


def limit_of(media: str) -> int:
    """Return how large a body of a media type may be."""
    return MAX_FORM if media.startswith(FORM) else MAX_JSON


async def submission_of(request: Request, operations: Operations) -> AsyncIterator[Submission]:
    """Hand out what was sent. Raises Malformed, Invalid, TooLarge, NotAcceptableMedia, MailboxFull."""
    media, boundary = _media_type(request)
    if media == JSON:
        yield Submission(_draft(await request.body()))
    elif media == FORM and not boundary:
        raise Malformed(f"Content-Type: {FORM} needs a boundary, which tells where its parts end")
    elif media == FORM:
        # Before the files are read; what is not stated is seen as they are kept.
        await operations.sending.require_room(_stated_length(request))
        try:
            async with message_form(request, boundary) as (message, uploads):
                yield Submission(_draft(message), uploads)
        except OSError as error:
            raise NotStored("the files cannot be kept at the moment: nothing was sent, try again later") from error
    else:
        raise UnsupportedMediaType(f"send {JSON}, or {FORM} with a part `{PART}` and files as `{FILES}`")


Submitted = Annotated[Submission, Depends(submission_of)]


def _draft(raw: bytes) -> MessageDraft:
    if len(raw) > MAX_JSON:
        raise TooLarge(f"the message may have at most {MAX_JSON} bytes")
    check_json(raw)
    try:
        return validate_strictly(MessageDraft.model_validate_json, json.loads(raw))
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from error


def _stated_length(request: Request) -> int:
    stated = request.headers.get("content-length", "")
    # A part of a form is larger than its file by less than this.
    return max(0, min(int(stated), MAX_FORM) - MAX_OVERHEAD) if _LENGTH.fullmatch(stated) else 0


def _media_type(request: Request) -> tuple[str, str]:
    header = MimeHeaders()
    header["content-type"] = request.headers.get("content-type", "")
    boundary = header.get_param("boundary", "")
    # Without a header the library takes it for text.
    stated = header.get_content_type() if header["content-type"] else ""
    return stated, boundary if isinstance(boundary, str) else ""
