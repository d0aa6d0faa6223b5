"""A message that comes as a form with files. What is cut short, or does not fit, is refused as soon as that is seen."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from shared.errors import Invalid, Malformed, TooLarge
from shared.protocol.messages import MAX_ATTACHMENTS

PART: Final = "message"
FILES: Final = "attachments"
# A body of 256 KiB, each of whose characters is written as an escape.
MAX_JSON: Final = 2 * 1024 * 1024
SHOWN_OF_A_NAME: Final = 60
# Only line breaks may follow the last boundary, and few make sense.
MAX_AFTER_THE_END: Final = 16


class MessageForm(MultiPartParser):
    """Takes a form apart: the part `message`, once, and files as `attachments`."""

    def __init__(self, request: Request, boundary: str) -> None:
        super().__init__(request.headers, self._remembering(request))
        self._last = f"--{boundary}--".encode("latin-1", "replace")
        self._end = b""
        self._parts = 0
        self._text: bytes | None = None
        self.uploads: list[UploadFile] = []
        """The files, and the message if it came as one."""

    async def read(self) -> tuple[bytes, tuple[UploadFile, ...]]:
        """Return the message as it was written, and the files. Raises Malformed, Invalid, TooLarge."""
        try:
            await self.parse()
        except MultiPartException as error:
            raise Malformed(f"the form cannot be read with the boundary that its header states: {error.message}") from (
                error
            )
        if self._last not in self._end:
            raise Malformed("the form is cut short: its last boundary is missing")
        if not self._parts:
            raise Invalid(f"{PART}: give the message, as a part of this name")
        if self._text is not None:
            return self._text, tuple(self.uploads)
        [message] = [upload for name, upload in self.items if name == PART and isinstance(upload, UploadFile)]
        return await message.read(MAX_JSON + 1), tuple(upload for upload in self.uploads if upload is not message)

    def on_headers_finished(self) -> None:
        """Look at what kind of part begins. Raises Invalid, TooLarge."""
        super().on_headers_finished()
        part = self._current_part
        if part.file is not None:
            self.uploads.append(part.file)
        if part.field_name == PART:
            self._parts += 1
            if self._parts > 1:
                raise Invalid(f"{PART}: give the message once, as a part of this name")
        elif part.field_name != FILES or part.file is None:
            name = part.field_name[:SHOWN_OF_A_NAME]
            raise Invalid(f"{name}: a form has a part `{PART}`, files as `{FILES}` with a filename, and nothing else")
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
            # As it came: decoded in another way than it is meant it would be another message.
            self._text = bytes(self._current_part.data)
        else:
            super().on_part_end()

    async def _remembering(self, request: Request) -> AsyncGenerator[bytes, None]:
        # The parser takes a form that is cut short for whole.
        async for piece in request.stream():
            self._end = (self._end + piece)[-len(self._last) - MAX_AFTER_THE_END :]
            yield piece


@asynccontextmanager
async def message_form(request: Request, boundary: str) -> AsyncIterator[tuple[bytes, tuple[UploadFile, ...]]]:
    """Hand out the message of a form and its files, for as long as it is needed."""
    form = MessageForm(request, boundary)
    try:
        yield await form.read()
    finally:
        for upload in form.uploads:
            await upload.close()
