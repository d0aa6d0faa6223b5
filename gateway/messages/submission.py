"""Reads a message from a request: JSON alone, or a form with files.

A faulty form is refused as soon as the fault is found, and a request that is cut short sends nothing.
"""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message as MimeHeaders
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.messages.examples import MESSAGE
from gateway.messages.operations import Operations
from shared.errors import Invalid, Malformed, TooLarge, UnsupportedMediaType
from shared.mailbox.models import MessageDraft
from shared.mailbox.rules import NotStored
from shared.protocol.messages import MAX_ATTACHMENTS, MAX_ATTACHMENTS_BYTES
from shared.strict_types import validate_strictly
from shared.validation import pointer_to
from shared.web.example_files import PHOTOGRAPH, URL
from shared.web.strict_json import check_json

PART: Final = "message"
FILES: Final = "attachments"
# A body of 256 KiB, each of whose characters is written as an escape.
MAX_JSON: Final = 2 * 1024 * 1024
SHOWN_OF_A_NAME: Final = 60
# Only line breaks may follow the last boundary, and few make sense.
MAX_AFTER_THE_END: Final = 16
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
MAX_OVERHEAD: Final = MAX_JSON + 64 * 1024
MAX_FORM: Final = MAX_ATTACHMENTS_BYTES + MAX_OVERHEAD
_LENGTH: Final = re.compile("[0-9]{1,15}")

_FORM_SCHEMA: Final[dict[str, Any]] = {
    "title": "MessageWithFiles",
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
_WITH_A_FILE: Final = f"Add files as parts `{FILES}`, such as `{URL}/{PHOTOGRAPH}`"
SUBMISSION_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": f"#/components/schemas/{MessageDraft.__name__}"}},
            FORM: {
                "schema": _FORM_SCHEMA,
                "encoding": {PART: {"contentType": JSON}},
                "examples": {"example": {"summary": _WITH_A_FILE, "value": {PART: MESSAGE}}},
            },
        },
    }
}


class MessageForm(MultiPartParser):
    """Parses a form: the part `message`, once, and files as `attachments`."""

    def __init__(self, request: Request, boundary: str) -> None:
        super().__init__(request.headers, self._pieces(request))
        self._last = f"--{boundary}--".encode("latin-1", "replace")
        self._end = b""
        self._parts = 0
        self._text: bytes | None = None
        self.uploads: list[UploadFile] = []
        """The files, and the message if it came as one."""

    async def read(self) -> tuple[bytes, tuple[UploadFile, ...]]:
        """Return the message as it was sent, and the files. Raises Malformed, Invalid, TooLarge."""
        try:
            await self.parse()
        except MultiPartException as error:
            raise Malformed(f"the form cannot be read with the boundary of its header: {error.message}") from error
        if self._last not in self._end:
            raise Malformed("the form is cut short: its last boundary is missing")
        if not self._parts:
            raise Invalid("give the message, as a part of this name", at=f"/{PART}")
        if self._text is not None:
            return self._text, tuple(self.uploads)
        [message] = [upload for name, upload in self.items if name == PART and isinstance(upload, UploadFile)]
        return await message.read(MAX_JSON + 1), tuple(upload for upload in self.uploads if upload is not message)

    def on_headers_finished(self) -> None:
        """Check the part that begins. Raises Invalid, TooLarge."""
        super().on_headers_finished()
        part = self._current_part
        if part.file is not None:
            self.uploads.append(part.file)
        if part.field_name == PART:
            self._parts += 1
            if self._parts > 1:
                raise Invalid("give the message once, as a part of this name", at=f"/{PART}")
        elif part.field_name != FILES or part.file is None:
            name = part.field_name[:SHOWN_OF_A_NAME]
            words = f"a form has a part `{PART}`, files as `{FILES}` with a filename, and nothing else"
            raise Invalid(words, at=pointer_to((name,)))
        elif len(self.uploads) > MAX_ATTACHMENTS + self._parts:
            raise TooLarge(f"a message may have at most {MAX_ATTACHMENTS} attachments")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of a part. Raises TooLarge."""
        part = self._current_part
        if part.file is None and len(part.data) + end - start > MAX_JSON:
            raise TooLarge(f"the message may have at most {MAX_JSON} bytes")
        super().on_part_data(data, start, end)

    def on_part_end(self) -> None:
        """End a part."""
        if self._current_part.file is None:
            # As bytes: decoded in another charset it would be another message.
            self._text = bytes(self._current_part.data)
        else:
            super().on_part_end()

    async def _pieces(self, request: Request) -> AsyncGenerator[bytes, None]:
        # The parser accepts a form that is cut short.
        async for piece in request.stream():
            self._end = (self._end + piece)[-len(self._last) - MAX_AFTER_THE_END :]
            yield piece


@asynccontextmanager
async def message_form(request: Request, boundary: str) -> AsyncIterator[tuple[bytes, tuple[UploadFile, ...]]]:
    """Yield the message of a form and its files, which are closed at the end of the block."""
    form = MessageForm(request, boundary)
    try:
        yield await form.read()
    finally:
        for upload in form.uploads:
            await upload.close()


@dataclass(frozen=True, slots=True)
class Submission:
    """A message and the files that go with it."""

    draft: MessageDraft
    uploads: tuple[UploadFile, ...] = ()


def limit_of(media: str) -> int:
    """Return how large a body of a media type may be."""
    return MAX_FORM if media.startswith(FORM) else MAX_JSON


async def submission_of(request: Request, operations: Operations) -> AsyncIterator[Submission]:
    """Yield the message. Raises Malformed, Invalid, TooLarge, UnsupportedMediaType, MailboxFull, NotStored."""
    media, boundary = _media_type(request)
    if media == JSON:
        yield Submission(_draft(await request.body()))
    elif media == FORM and not boundary:
        raise Malformed(f"Content-Type: {FORM} needs a boundary")
    elif media == FORM:
        # Before the files are read; where no length is stated they are counted as they are stored.
        await operations.sending.require_room(_stated_length(request))
        try:
            async with message_form(request, boundary) as (message, uploads):
                yield Submission(_draft(message), uploads)
        except OSError as error:
            raise NotStored("the files cannot be stored at the moment: try again later") from error
    else:
        raise UnsupportedMediaType(f"send {JSON}, or {FORM} with a part `{PART}` and files as `{FILES}`")


Submitted = Annotated[Submission, Depends(submission_of)]


def _draft(raw: bytes) -> MessageDraft:
    if len(raw) > MAX_JSON:
        raise TooLarge(f"the message may have at most {MAX_JSON} bytes")
    check_json(raw)
    sent = json.loads(raw)
    try:
        return validate_strictly(MessageDraft.model_validate_json, sent)
    except ValidationError as error:
        # As for a body that FastAPI reads.
        found = [each | {"loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(found, body=sent) from error


def _stated_length(request: Request) -> int:
    stated = request.headers.get("content-length", "")
    # A part of a form is larger than its file by less than this.
    return max(0, min(int(stated), MAX_FORM) - MAX_OVERHEAD) if _LENGTH.fullmatch(stated) else 0


def _media_type(request: Request) -> tuple[str, str]:
    header = MimeHeaders()
    header["content-type"] = request.headers.get("content-type", "")
    boundary = header.get_param("boundary", "")
    # Without a header the library assumes text.
    media = header.get_content_type() if header["content-type"] else ""
    return media, boundary if isinstance(boundary, str) else ""
