"""The routes of photographs, declared once for each kind of records that has them; and what takes them out of requests.

`photograph_routes(router, NoticeStore)`: the path is that of the record. The application needs the lifespan
`reading_photographs(NAME)`.
"""

import inspect
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.types import Lifespan

from shared.errors import Busy, Conflict, IllegalStep, TooLarge, UnsupportedMediaType
from shared.identity import Caller
from shared.ids import RecordId
from shared.images.photograph_files import MAX_FILE_BYTES
from shared.images.photographs import PhotographReader
from shared.images.picture import Picture
from shared.images.refusals import ImageUnusable
from shared.records.dependencies import NewRevision, locate, reading, writing
from shared.records.kind_routes import KindRoutes, PerKind, Reader, Withdrawer, Writer, entry_permission
from shared.records.photographs.records import PhotographedStore
from shared.records.photographs.rules import PhotographId, PhotographsFull
from shared.records.routes import CHANGE_REFUSALS, READ_REFUSALS
from shared.records.terms import HANDLING_HEADER
from shared.service import Context
from shared.web import example_files
from shared.web.problems import refusals

JPEG: Final = "image/jpeg"
SENT_TYPES: Final = (JPEG, "image/png", "image/tiff")

_FILE: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}


def photograph_body(example: str, summary: str) -> dict[str, Any]:
    """Return the body of an operation that takes a photograph, with the file that is its example."""
    example_of = {JPEG: {**_FILE, "examples": example_files.file_example(example, summary)}}
    return {
        "requestBody": {
            "required": True,
            "description": f"The file, up to {MAX_FILE_BYTES:,} bytes.",
            "content": {**dict.fromkeys(SENT_TYPES, _FILE), **example_of},
        }
    }


PHOTOGRAPH_BODY: Final = photograph_body(example_files.PHOTOGRAPH, "A picture of nobody")
PHOTOGRAPH_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The picture.",
        "content": {JPEG: _FILE},
        "headers": {
            HANDLING_HEADER: {
                "description": "How it must be handled, and the conditions of its record, such as `RESTRICTED H1`.",
                "schema": {"type": "string"},
                "example": "RESTRICTED H1",
            }
        },
    }
}

Stored = PhotographedStore[Any, Any]
Kind = type[Stored]
Records = Annotated[Stored, PerKind(lambda kind: Annotated[Stored, Depends(reading(kind))])]
RecordsToChange = Annotated[Stored, PerKind(lambda kind: Annotated[Stored, Depends(writing(kind), scope="function")])]


def reading_photographs(service: str, reader: type[PhotographReader] = PhotographReader) -> Lifespan[FastAPI]:
    """Return what keeps the process that decodes photographs from the first one to the end of a service."""

    @asynccontextmanager
    async def keep_reader(app: FastAPI) -> AsyncIterator[None]:
        context: Context = app.state.context
        app.state.photographs = photographs_read = reader(service, processes=context.processes)
        try:
            yield
        finally:
            await photographs_read.close()

    return keep_reader


async def _file_of(request: Request) -> bytes:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in SENT_TYPES:
        raise UnsupportedMediaType(
            "send the photograph itself as image/jpeg, image/png or image/tiff, and say so in Content-Type"
        )
    file = await request.body()
    if len(file) > MAX_FILE_BYTES:
        raise TooLarge(f"the file has {len(file):,} bytes, at most {MAX_FILE_BYTES:,} are accepted")
    return file


FileSent = Annotated[bytes, Depends(_file_of)]
"""The file of a photograph, as the body of a request."""


def _picture_for(kind: Kind) -> Any:
    """Return the dependency that decodes what is sent, once the caller may add it to the record in the path."""

    async def picture_of(
        record_id: RecordId,
        request: Request,
        caller: Annotated[Caller, entry_permission(kind)],
        file: FileSent,
        records: Annotated[Stored, Depends(reading(kind))],
    ) -> Picture:
        # Before the transaction, as decoding takes too long to hold up all other changes.
        records.require_photographable(await records.get_whole(record_id))
        reader: PhotographReader = request.app.state.photographs
        return await reader.read(file, caller.bureau)

    return Depends(picture_of)


PictureSent = Annotated[Picture, PerKind(lambda kind: Annotated[Picture, _picture_for(kind)])]


async def add_photograph(
    record_id: RecordId,
    response: Response,
    _: Writer,
    picture: PictureSent,
    records: RecordsToChange,
    revision: NewRevision,
) -> Any:
    """Add a photograph of the subject. Only the owner may.

    The body is the file, JPEG, PNG or TIFF, up to 3 MiB and 16 megapixels; what it is, is decided by its content. It is
    decoded, turned upright, scaled down to 1,024 pixels and encoded anew: location, camera and all other metadata are
    removed. A record has at most ten. The same photograph sent again is not added again.
    """
    record, added = await records.add_photograph(await records.get_whole(record_id), picture, revision, os.urandom)
    locate(response, records.service(), f"{records.below}{record_id}/photographs/{added.id}")
    return record


async def delete_photograph(
    record_id: RecordId,
    photograph_id: PhotographId,
    _: Withdrawer,
    records: RecordsToChange,
    revision: NewRevision,
) -> Any:
    """Delete a photograph with its bytes. Only the owner may."""
    return await records.remove_photograph(await records.get_whole(record_id), photograph_id, revision)


async def get_photograph(record_id: RecordId, photograph_id: PhotographId, _: Reader, records: Records) -> Any:
    """Get a photograph.

    It is a JPEG. Who may see the record may.
    """
    return await _answer(records, record_id, photograph_id)


async def get_thumbnail(record_id: RecordId, photograph_id: PhotographId, _: Reader, records: Records) -> Any:
    """Get the thumbnail of a photograph.

    It is a JPEG whose longer side has at most 160 pixels.
    """
    return await _answer(records, record_id, photograph_id, thumbnail=True)


async def _answer(records: Stored, record_id: str, photograph_id: str, *, thumbnail: bool = False) -> Response:
    record, jpeg = await records.photograph(record_id, photograph_id, thumbnail=thumbnail)
    return Response(jpeg, headers={HANDLING_HEADER: record.terms}, media_type=JPEG)


def photograph_routes(router: APIRouter, kind: Kind) -> None:
    """Declare the routes of the photographs of one kind of records."""
    declare, model = KindRoutes(router, kind, f"/{kind.below}{{record_id}}/photographs").declare, kind.answer
    of_one = "/{photograph_id}"
    adding = refusals(ImageUnusable, Busy, IllegalStep, Conflict, PhotographsFull, *kind.photograph_refusals)
    declare(
        add_photograph,
        "POST ",
        "add_{}_photograph",
        "Add a photograph to a {}",
        answer=model,
        openapi_extra=PHOTOGRAPH_BODY,
        responses=CHANGE_REFUSALS | adding,
        description=_described(add_photograph, kind),
    )
    declare(
        delete_photograph,
        f"DELETE {of_one}",
        "delete_{}_photograph",
        "Delete a photograph of a {}",
        answer=model,
        responses=CHANGE_REFUSALS | refusals(*kind.photograph_refusals),
        description=_described(delete_photograph, kind),
    )
    shown: dict[str, Any] = {
        "status_code": 200,
        "response_class": Response,
        "responses": PHOTOGRAPH_ANSWER | READ_REFUSALS,
    }
    declare(get_photograph, f"GET {of_one}", "get_{}_photograph", "Get a photograph of a {}", **shown)
    small = f"GET {of_one}/thumbnail"
    declare(get_thumbnail, small, "get_{}_thumbnail", "Get the thumbnail of a photograph of a {}", **shown)


def _described(endpoint: Callable[..., Any], kind: Kind) -> str:
    return f"{inspect.getdoc(endpoint)}\n\n{kind.photographs_change}"
