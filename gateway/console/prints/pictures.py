"""Sends the pictures of prints, as the API has them for the officer."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.console.api import Value, part, target_of
from gateway.console.defences import HEADERS
from gateway.console.page import Page

PNG: Final = "image/png"
_SENT_TYPES: Final = {PNG: "png", "image/x-wsq": "wsq"}


async def show_kept(page: Page) -> Response:
    """Send the picture of a print that the bureau keeps."""
    return await _picture(page, f"/api/fingerprints/sought/{part(page.path['id'])}/picture")


async def show_enrolled(page: Page) -> Response:
    """Send the picture of an impression; with `form=sent` the file itself, to be saved."""
    path = f"/api/fingerprints/{part(page.path['id'])}/impressions/{part(page.path['position'])}"
    if page.query.get("form") != "sent":
        return await _picture(page, path, form="png")
    file = await page.api.exchange("GET", path)
    if file.media_type not in _SENT_TYPES:
        raise HTTPException(404)
    name = f"finger-{page.path['position']}.{_SENT_TYPES[file.media_type]}"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file.body, headers=headers, media_type=file.media_type)


async def _picture(page: Page, path: str, **query: Value) -> Response:
    file = await page.api.exchange("GET", target_of(path, query))
    if file.media_type != PNG:
        raise HTTPException(404)
    return Response(file.body, headers=HEADERS, media_type=PNG)
