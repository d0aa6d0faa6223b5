"""Photographs of records, as their services encoded them. Nothing but a picture passes, which no browser runs."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import ApiFile, part
from gateway.console.defences import HEADERS
from gateway.console.kinds import BY_NAME, Kind
from gateway.console.page import Page
from gateway.console.routing import get

TYPES: Final = frozenset({"image/jpeg", "image/png"})
_AS_PICTURE: Final = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
_PATH: Final = "/pictures/{kind}/{record}/{photograph}"


def routes() -> list[Route]:
    """Return the routes of photographs, in full and as thumbnails."""
    return [
        get(_PATH, _send, counts_as_use=False),
        get(f"{_PATH}/thumbnail", _send_thumbnail, counts_as_use=False),
    ]


def picture_url(kind: Kind, record_id: str, photograph_id: str) -> str:
    """Return the address of a photograph in the console."""
    return f"/pictures/{kind.name}/{part(record_id)}/{part(photograph_id)}"


async def _send(page: Page) -> Response:
    """Send a photograph. Raises ApiRefused."""
    return as_picture(await page.api.exchange("GET", _source(page)))


async def _send_thumbnail(page: Page) -> Response:
    """Send a small photograph. Raises ApiRefused."""
    return as_picture(await page.api.exchange("GET", f"{_source(page)}/thumbnail"))


def _source(page: Page) -> str:
    kind = BY_NAME.get(page.path["kind"])
    if kind is None:
        raise HTTPException(404)
    return f"{kind.path}/{part(page.path['record'])}/photographs/{part(page.path['photograph'])}"


def as_picture(file: ApiFile) -> Response:
    """Return a picture of the API for a browser. Raises HTTPException for what is none."""
    media = file.media_type.partition(";")[0].strip().lower()
    if media not in TYPES:
        raise HTTPException(502)
    return Response(file.body, headers=_AS_PICTURE, media_type=media)
