"""The forms that browsers send, as routes read them: bounded, in memory alone."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from shared.errors import Malformed, TooLarge

MAX_FORM: Final = 256 * 1024
MAX_FIELDS: Final = 2_000
MAX_FILES: Final = 10
# Python limits the digits of an integer.
MAX_LENGTH_DIGITS: Final = 15
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


class Form(NamedTuple):
    """The fields of a form, in their order."""

    fields: tuple[tuple[str, str], ...]

    def one(self, name: str, default: str = "") -> str:
        """Return the last value of a field, without spaces around it."""
        return next((value.strip() for key, value in reversed(self.fields) if key == name), default)

    def has(self, name: str) -> bool:
        """Return whether a field was sent, be it empty."""
        return any(key == name for key, _value in self.fields)

    def all(self, name: str) -> list[str]:
        """Return all values of a field that are not empty."""
        return [value.strip() for key, value in self.fields if key == name and value.strip()]


class UploadedFile(NamedTuple):
    """A file that was sent with a form. Its name and its type are what the browser says, and prove nothing."""

    name: str
    media_type: str
    body: bytes


class Upload(NamedTuple):
    """A form with files, by the names of their fields; a field that was left empty has none."""

    form: Form
    files: Mapping[str, UploadedFile]


async def read_form(request: Request, limit: int = MAX_FORM) -> Form:
    """Return the form of a request, without files. Raises TooLarge, Malformed."""
    body = await _read_body(request, limit)
    if body and _media_type(request) != FORM:
        raise Malformed(f"send the form as {FORM}")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Malformed("the form cannot be read") from error
    return Form(tuple((name, _lines(value)) for name, value in fields))


async def read_upload(request: Request, limit: int) -> Upload:
    """Return the form of a request with its files, in memory alone. Raises TooLarge, Malformed."""
    body = await _read_body(request, limit)
    if _media_type(request) != MULTIPART:
        raise Malformed(f"send the form as {MULTIPART}")

    async def whole() -> AsyncGenerator[bytes]:
        yield body

    parser = MultiPartParser(request.headers, whole(), max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=limit)
    # A file that is larger would be written to a disk.
    parser.spool_max_size = limit + 1
    try:
        data = await parser.parse()
    except (MultiPartException, LookupError, UnicodeError) as error:
        raise Malformed("the form cannot be read") from error
    parts = data.multi_items()
    files = {
        name: UploadedFile(part.filename or "", (part.content_type or "").lower(), await part.read())
        for name, part in parts
        if isinstance(part, UploadFile) and part.size
    }
    await data.close()
    return Upload(Form(tuple((name, _lines(part)) for name, part in parts if isinstance(part, str))), files)


async def _read_body(request: Request, limit: int) -> bytes:
    body = bytearray()
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated[:MAX_LENGTH_DIGITS]) > limit:
        raise TooLarge(f"the form may have at most {limit} bytes")
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise TooLarge(f"the form may have at most {limit} bytes")
    return bytes(body)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _lines(value: str) -> str:
    """Return a text of a form: browsers send the ends of lines as in a message."""
    return value.replace("\r\n", "\n")
