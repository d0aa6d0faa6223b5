"""A form with files on its way from the browser to the API: its fields are read, its files are passed on as they come.

Browsers send the fields of a form in its order, so those that stand before the files are there first. No file is held
here as a whole, and none is looked into.
"""

import re
from collections.abc import AsyncIterator
from email.message import Message as MimeHeaders
from typing import Final, NamedTuple

import msgspec

from gateway.console.page import Page
from gateway.console.sent_forms import FORM, MAX_FIELDS, MAX_FORM, Form, read_form
from shared.errors import Malformed, TooLarge, UnsupportedMediaType

MULTIPART: Final = "multipart/form-data"
# The fields alone: a text of 256 KiB, most of whose characters take several bytes, and names.
MAX_FIELD_BYTES: Final = 2 * 1024 * 1024
MAX_PART_HEAD: Final = 4 * 1024
# What is read of a body that was refused, so that the browser gets the answer: as much as the API takes.
MAX_DRAINED: Final = 72 * 1024 * 1024
_NAME: Final = re.compile(rb'[;\s]name="([^"]*)"', re.IGNORECASE)
_FILENAME: Final = re.compile(rb'[;\s]filename="([^"]*)"', re.IGNORECASE)
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}")


class SentForm(NamedTuple):
    """The fields of a form, and its files as they come."""

    form: Form
    files: "Files | None"
    """None if there are none."""


class Files(NamedTuple):
    """The rest of the body of a form: its files."""

    boundary: str
    parts: AsyncIterator[bytes]
    length: int | None
    """Of the rest, if the browser stated that of all."""

    @property
    def content_type(self) -> str:
        """The media type of a form with these files."""
        return f'{MULTIPART}; boundary="{self.boundary}"'

    def with_message(self, draft: object) -> tuple[AsyncIterator[bytes], int | None]:
        """Return the body of a form for the API, with a message and these files, and its length if that is known."""
        head = f'--{self.boundary}\r\nContent-Disposition: form-data; name="message"\r\nContent-Type: application/json'
        # JSON has no line break of its own, so the boundary cannot stand in it.
        part = head.encode() + b"\r\n\r\n" + msgspec.json.encode(draft) + b"\r\n"

        async def body() -> AsyncIterator[bytes]:
            yield part
            async for piece in self.parts:
                yield piece

        return body(), None if self.length is None else self.length + len(part)


async def read_sent(page: Page) -> SentForm:
    """Return the fields of the form that was sent, and its files. Raises Malformed, TooLarge, UnsupportedMediaType."""
    header = MimeHeaders()
    header["content-type"] = page.request.headers.get("content-type", "")
    media, boundary = header.get_content_type(), header.get_param("boundary", "")
    if media == FORM:
        return SentForm(page.of_shown(await read_form(page.request, MAX_FIELD_BYTES + MAX_FORM)), None)
    if media != MULTIPART or not isinstance(boundary, str):
        raise UnsupportedMediaType(f"send the form as {MULTIPART}")
    if not _BOUNDARY.fullmatch(boundary):
        raise Malformed("the form has no valid boundary")
    stated = page.request.headers.get("content-length", "")
    reader = FieldReader(page.request.stream(), boundary)
    fields = await reader.fields()
    files = reader.files(int(stated[:15]) if stated.isdecimal() else None)
    return SentForm(page.of_shown(fields), files)


async def drain(sent: SentForm) -> None:
    """Read what the browser still sends: it looks at no answer before it has sent all."""
    size = 0
    if sent.files is None:
        return
    async for piece in sent.files.parts:
        size += len(piece)
        if size > MAX_DRAINED:
            return


class FieldReader:
    """Reads the fields of a form up to its first file."""

    def __init__(self, pieces: AsyncIterator[bytes], boundary: str) -> None:
        self._pieces = pieces
        self._boundary = boundary
        self._delimiter = f"--{boundary}".encode()
        self._held = bytearray()
        self._read = 0
        self._has_files = False

    async def fields(self) -> Form:
        """Return the fields before the first file. Raises Malformed, TooLarge."""
        fields: list[tuple[str, str]] = []
        if await self._until(self._delimiter):
            raise Malformed("the form does not begin with its boundary")
        while not self._has_files and await self._is_followed():
            head = await self._until(b"\r\n\r\n", len(self._delimiter), MAX_PART_HEAD)
            name, filename = _NAME.search(head), _FILENAME.search(head)
            if filename is not None and filename[1]:
                self._has_files = True
                break
            del self._held[: len(self._delimiter) + len(head) + 4]
            content = await self._until(b"\r\n" + self._delimiter)
            del self._held[: len(content) + 2]
            # Where no file was chosen, browsers send one without a name.
            if filename is None and name is not None:
                fields.append((_text(name[1]), _text(content).replace("\r\n", "\n")))
            if len(fields) > MAX_FIELDS:
                raise TooLarge(f"a form may have at most {MAX_FIELDS} fields")
        return Form(tuple(fields))

    def files(self, stated: int | None) -> Files | None:
        """Return the files, once the fields were read; `stated` is the length of the whole body."""
        if not self._has_files:
            return None
        length = None if stated is None else stated - self._read + len(self._held)
        return Files(self._boundary, self._rest(), length)

    async def _rest(self) -> AsyncIterator[bytes]:
        yield bytes(self._held)
        async for piece in self._pieces:
            yield piece

    async def _is_followed(self) -> bool:
        """Return whether another part follows the delimiter that comes next. Raises Malformed."""
        start = len(self._delimiter)
        while len(self._held) < start + 2:
            await self._more()
        after = bytes(self._held[start : start + 2])
        if after not in (b"\r\n", b"--"):
            raise Malformed("the form cannot be read")
        return after == b"\r\n"

    async def _until(self, mark: bytes, start: int = 0, most: int = MAX_FIELD_BYTES) -> bytes:
        """Return what comes before a mark, from a position on, and hold it. Raises Malformed, TooLarge."""
        looked = start
        while (end := self._held.find(mark, looked)) < 0:
            if len(self._held) - start > most:
                raise TooLarge(f"a part of the form may have at most {most} bytes")
            looked = max(start, len(self._held) - len(mark))
            await self._more()
        return bytes(self._held[start:end])

    async def _more(self) -> None:
        if self._read > MAX_FIELD_BYTES:
            raise TooLarge(f"the fields of the form may have at most {MAX_FIELD_BYTES} bytes")
        async for piece in self._pieces:
            self._read += len(piece)
            self._held += piece
            return
        raise Malformed("the form is cut short")


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed("the form is not UTF-8") from error
