"""The routes of the photographs of notices, and what takes them out of requests."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from services.notices import SERVICE, photographs
from services.notices.models import Notice, PhotographId
from services.notices.requirements import Incomplete
from services.notices.store import NoticeStore
from shared.errors import Busy, TooLarge, UnsupportedMediaType
from shared.identity import Caller
from shared.images.photograph_files import MAX_FILE_BYTES
from shared.images.photographs import PhotographReader
from shared.images.picture import Picture
from shared.images.refusals import ImageUnusable
from shared.records import service_kit as kit
from shared.service import Context

NAME: Final = SERVICE.name
JPEG: Final = "image/jpeg"
SENT_TYPES: Final = (JPEG, "image/png")

_FILE: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
PHOTOGRAPH_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": f"The file, up to {MAX_FILE_BYTES:,} bytes.",
        "content": dict.fromkeys(SENT_TYPES, _FILE),
    }
}
PHOTOGRAPH_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The picture.",
        "content": {JPEG: _FILE},
        "headers": {
            kit.HANDLING_HEADER: {
                "description": "How it must be handled, and the conditions of its record, such as `RESTRICTED H1`.",
                "schema": {"type": "string"},
                "example": "RESTRICTED H1",
            }
        },
    }
}

Reader = Annotated[Caller, kit.permission(NAME, "read")]
Writer = Annotated[Caller, kit.permission(NAME, "write")]
Withdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True)]
Notices = Annotated[NoticeStore, Depends(kit.reading(NoticeStore))]
NoticesToChange = Annotated[NoticeStore, Depends(kit.writing(NoticeStore), scope="function")]


@asynccontextmanager
async def reading_photographs(app: FastAPI) -> AsyncIterator[None]:
    """Keep the process that decodes photographs from the first one to the end of the service."""
    context: Context = app.state.context
    app.state.photographs = photographs_read = PhotographReader(NAME, processes=context.processes)
    try:
        yield
    finally:
        await photographs_read.close()


async def _file_of(request: Request) -> bytes:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in SENT_TYPES:
        raise UnsupportedMediaType("send the photograph itself as image/jpeg or image/png, and say so in Content-Type")
    file = await request.body()
    if len(file) > MAX_FILE_BYTES:
        raise TooLarge(f"the file has {len(file):,} bytes, at most {MAX_FILE_BYTES:,} are accepted")
    return file


async def _picture_of(
    record_id: kit.RecordId,
    request: Request,
    caller: Writer,
    file: Annotated[bytes, Depends(_file_of)],
    notices: Notices,
) -> Picture:
    # Before the transaction, as decoding takes too long to hold up all other changes.
    photographs.require_changeable(await notices.get_whole(record_id), caller)
    reader: PhotographReader = request.app.state.photographs
    return await reader.read(file, caller.bureau)


async def add_photograph(
    record_id: kit.RecordId,
    response: Response,
    caller: Writer,
    picture: Annotated[Picture, Depends(_picture_of)],
    notices: NoticesToChange,
    revision: kit.NewRevision,
) -> Notice:
    """Add a photograph to a draft, or to a notice in force, where it waits for review. Only the issuing bureau may.

    The body is the file, JPEG or PNG, up to 3 MiB and 16 megapixels; what it is, is decided by its content. It is
    decoded, turned upright, scaled down to 1,024 pixels and encoded anew: location, camera and all other metadata are
    removed. A notice has at most ten. The same photograph sent again is not added again.
    """
    notice = await notices.get_whole(record_id)
    added = photographs.same_photograph(notice, picture)
    if added is None:
        notice, added = await notices.add_photograph(notice, picture, revision, os.urandom)
    kit.locate(response, NAME, f"{record_id}/photographs/{added.id}")
    return notice.shown_to(caller)


async def delete_photograph(
    record_id: kit.RecordId,
    photograph_id: PhotographId,
    _: Withdrawer,
    notices: NoticesToChange,
    revision: kit.NewRevision,
) -> Notice:
    """Delete a photograph with its bytes; that of a notice in force after review. Only the issuing bureau may.

    A notice in force must contain all that its colour requires without it.
    """
    return await notices.remove_photograph(await notices.get_whole(record_id), photograph_id, revision)


async def read_photograph(
    record_id: kit.RecordId, photograph_id: PhotographId, _: Reader, notices: Notices
) -> Response:
    """Read a photograph of a notice, as JPEG."""
    return await _answer(notices, record_id, photograph_id)


async def read_thumbnail(record_id: kit.RecordId, photograph_id: PhotographId, _: Reader, notices: Notices) -> Response:
    """Read the thumbnail of a photograph, as JPEG: its longer side has at most 160 pixels."""
    return await _answer(notices, record_id, photograph_id, thumbnail=True)


async def _answer(notices: NoticeStore, record_id: str, photograph_id: str, *, thumbnail: bool = False) -> Response:
    notice, jpeg = await notices.photograph(record_id, photograph_id, thumbnail=thumbnail)
    return Response(jpeg, headers={kit.HANDLING_HEADER: notice.terms}, media_type=JPEG)


def photograph_routes(router: APIRouter) -> None:
    """Declare the routes of photographs."""
    of_notice, of_one = "/{record_id}/photographs", "/{record_id}/photographs/{photograph_id}"
    adding = kit.refusals(ImageUnusable, photographs.PhotographsFull, Busy, Incomplete)
    router.post(of_notice, status_code=201, openapi_extra=PHOTOGRAPH_BODY, responses=kit.CHANGE_REFUSALS | adding)(
        add_photograph
    )
    router.delete(of_one, responses=kit.CHANGE_REFUSALS | kit.refusals(Incomplete))(delete_photograph)
    shown = PHOTOGRAPH_ANSWER | kit.READ_REFUSALS
    router.get(of_one, response_class=Response, responses=shown)(read_photograph)
    router.get(f"{of_one}/thumbnail", response_class=Response, responses=shown)(read_thumbnail)
