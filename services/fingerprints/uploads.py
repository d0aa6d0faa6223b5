"""Takes images out of requests: the raw body, as `curl --data-binary` sends it, or the parts of a form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from fastapi import Depends, File, Query, Request

from services.fingerprints import rules
from services.fingerprints.current_gallery import CurrentGallery
from services.fingerprints.image_headers import MAX_BYTES
from services.fingerprints.models import MediaType, Placement
from services.fingerprints.prints import Print
from services.fingerprints.store import FingerprintStore
from shared.errors import UnsupportedMediaType
from shared.records import service_kit as kit

_IMAGE_CONTENT: Final[dict[str, Any]] = {
    media: {"schema": {"type": "string", "format": "binary"}} for media in MediaType
}

IMAGE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "One finger at 500 dpi.",
        "content": {
            **_IMAGE_CONTENT,
            MediaType.PNG: {
                **_IMAGE_CONTENT[MediaType.PNG],
                "examples": kit.example_files.file_example(kit.example_files.PRINT, "A print of nobody"),
            },
        },
    }
}
IMAGE_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The image as it was sent.",
        "content": _IMAGE_CONTENT,
        "headers": {
            kit.HANDLING_HEADER: {
                "description": "How it must be handled, and the conditions of its record, such as `RESTRICTED H1`; "
                "what `H3` stands for is the parameter `other_condition*` (RFC 8187).",
                "schema": {"type": "string"},
                "example": "RESTRICTED H3; other_condition*=UTF-8''Inform%20us%20before%20any%20act.",
            }
        },
    }
}
PNG_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The picture.", "content": {MediaType.PNG: _IMAGE_CONTENT[MediaType.PNG]}}
}

# Client generators recognise a file by its format, not by its media type as in OpenAPI 3.1.
_FILE: Final = File(
    max_length=MAX_BYTES,
    description=f"One finger at 500 dpi, as PNG or WSQ, up to {MAX_BYTES:,} bytes.",
    json_schema_extra={"format": "binary"},
)
ImageFile = Annotated[bytes, _FILE]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A print to be enrolled, and where it belongs."""

    taken: Print
    placement: Placement


ReadPrint = Callable[[bytes, str], Awaitable[Print]]
"""Returns the print that a PNG or WSQ file shows, which is this part of the request. Raises ImageUnusable, Busy."""


ReadPicture = Callable[[bytes, str], Awaitable[bytes]]
"""Returns the picture in a PNG or WSQ file, which is this part of the request, as a PNG without anything else.

Raises ImageUnusable, Busy.
"""


async def _reader_of(request: Request) -> ReadPrint:
    return partial(request.app.state.prints.read, sender=request.scope["state"]["caller"].bureau)


async def _gallery_of(request: Request) -> Any:
    return request.app.state.gallery


async def _picturer_of(request: Request) -> ReadPicture:
    return partial(request.app.state.prints.picture, sender=request.scope["state"]["caller"].bureau)


Prints = Annotated[ReadPrint, Depends(_reader_of)]
Pictures = Annotated[ReadPicture, Depends(_picturer_of)]
Gallery = Annotated[CurrentGallery, Depends(_gallery_of)]


async def _image_of(request: Request) -> bytes:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in set(MediaType):
        raise UnsupportedMediaType("send the image itself as image/png or image/x-wsq, and say so in Content-Type")
    return await request.body()


Image = Annotated[bytes, Depends(_image_of)]


async def _probe_of(image: Image, read: Prints) -> Print:
    taken = await read(image, "body")
    rules.require_comparable(taken, "body")
    return taken


Probe = Annotated[Print, Depends(_probe_of)]


async def _enrolment_of(
    record_id: kit.RecordId,
    placement: Annotated[Placement, Query()],
    image: Image,
    read: Prints,
    records: Annotated[FingerprintStore, Depends(kit.reading(FingerprintStore))],
) -> Enrolment:
    # Before the transaction, as an extraction takes too long to hold up all other changes.
    rules.require_changeable(await records.get_whole(record_id), records.caller)
    return Enrolment(await read(image, "body"), placement)


EnrolmentSent = Annotated[Enrolment, Depends(_enrolment_of)]
