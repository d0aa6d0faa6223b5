"""The search by a picture: of one finger among all prints, of an object among all works of art."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import REQUEST_ID, part, target_of
from gateway.console.in_process import ApiRefused
from gateway.console.kinds import BY_NAME
from gateway.console.page import Page
from gateway.console.pictures import as_picture
from gateway.console.routing import get, post
from gateway.console.search.answers import SourceAnswer
from gateway.console.search.outcome import outcome_of
from gateway.console.search.received_answers import answer_of
from gateway.console.search.received_hits import MALFORMED
from gateway.console.sent_forms import UploadedFile
from shared.errors import TooLarge

PATH: Final = "/search/picture"
BESIDE: Final = f"{PATH}/beside/{{picture}}/{{record}}/{{photograph}}"
# The fields of the form beside the file.
MAX_FIELDS_BYTES: Final = 16 * 1024


def _(text: str) -> str:
    return text


class Search(NamedTuple):
    """A search by a picture."""

    name: str
    kind: str
    path: str
    max_bytes: int
    types: Mapping[str, bytes]
    """The media types that are taken, with how a file of each begins."""


_JPEG: Final = {"image/jpeg": b"\xff\xd8\xff"}
_PNG: Final = {"image/png": b"\x89PNG"}
SEARCHES: Final = {
    each.name: each
    for each in (
        Search(
            "print",
            "fingerprints",
            "/api/fingerprints/identification",
            3_000_000,
            {**_PNG, "image/x-wsq": b"\xff\xa0"},
        ),
        Search(
            "work",
            "works",
            "/api/cultural-property/similar",
            3 * 1024 * 1024,
            {**_JPEG, **_PNG, "image/tiff": b"II*\x00", "image/tiff; big-endian": b"MM\x00*"},
        ),
    )
}
FINGERS: Final = (
    _("right thumb"),
    _("right index finger"),
    _("right middle finger"),
    _("right ring finger"),
    _("right little finger"),
    _("left thumb"),
    _("left index finger"),
    _("left middle finger"),
    _("left ring finger"),
    _("left little finger"),
)
"""By their positions from 1 (ANSI/NIST-ITL)."""

NO_FILE: Final = _("Choose a file first.")
WRONG_TYPE: Final = _("This file is of no kind that can be searched.")
TOO_LARGE: Final = _("This file is too large.")


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get(PATH, show_form), post(PATH, search), get(BESIDE, show_beside, counts_as_use=False)]


async def show_form(page: Page) -> Response:
    """Show what can be searched by a picture."""
    return _page(page)


def _page(page: Page, status: int = 200, **more: Any) -> Response:
    shown = {"searches": SEARCHES, "fingers": FINGERS, "chosen": None, "fault": None, "problem": None, "source": None}
    return page.show("search/picture.html", status, **{**shown, "compared": {}, **more})


async def search(page: Page) -> Response:
    """Search by the picture that was sent."""
    most = max(each.max_bytes for each in SEARCHES.values()) + MAX_FIELDS_BYTES
    chosen = SEARCHES.get(page.query.get("for", ""), SEARCHES["print"])
    try:
        sent = await page.upload(most)
    except TooLarge:
        return _page(page, 413, chosen=chosen, fault=TOO_LARGE)
    picture = sent.files.get("picture")
    media = None if picture is None else _type_of(picture, chosen)
    fault = _fault(picture, chosen, media)
    if fault is not None or picture is None or media is None:
        return _page(page, 422, chosen=chosen, fault=fault)
    query = {"position": sent.form.one("position") or None} if chosen.name == "print" else {}
    try:
        answered = await page.api.exchange("POST", target_of(chosen.path, query), picture.body, media)
    except ApiRefused as refused:
        if refused.status not in {413, 415, 422}:
            raise
        return _page(page, refused.status, chosen=chosen, problem=refused.problem)
    return _found(page, chosen, answered.body, answered.headers.get(REQUEST_ID))


def _fault(picture: UploadedFile | None, chosen: Search, media: str | None) -> str | None:
    if picture is None:
        return NO_FILE
    if len(picture.body) > chosen.max_bytes:
        return TOO_LARGE
    return WRONG_TYPE if media is None else None


def _type_of(picture: UploadedFile, chosen: Search) -> str | None:
    """Return the media type of a picture by how it begins: what a browser says of it is a guess by its name."""
    media = (name for name, beginning in chosen.types.items() if picture.body.startswith(beginning))
    return next((each.partition(";")[0] for each in media), None)


def _found(page: Page, chosen: Search, body: bytes, request: str | None) -> Response:
    """Show what was found."""
    kind = BY_NAME[chosen.kind]
    reply = msgspec.json.decode(body)
    source = answer_of(SourceAnswer(f"own-{kind.name}", kind, asked=("picture",)), [(reply, request)])
    try:
        compared = {each["record_id"]: _beside(reply["picture_id"], each) for each in reply.get("compared") or ()}
    except MALFORMED:
        compared = {}
    return _page(
        page,
        chosen=chosen,
        source=source,
        outcome=outcome_of([source]),
        compared=compared,
        now=page.context.clock.now(),
        asked=None,
    )


def _beside(picture: str, compared: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a photograph of a record agrees with the picture that was sent, and where both are shown."""
    parts = (picture, compared["record_id"], compared["photograph_id"])
    return {
        "address": f"{PATH}/beside/" + "/".join(part(str(each)) for each in parts),
        "agreeing": int(compared["agreeing"]),
        "paired": int(compared["paired"]),
        "is_mirrored": bool(compared["is_mirrored"]),
    }


async def show_beside(page: Page) -> Response:
    """Send the picture that was sought beside the photograph of a work. Raises ApiRefused."""
    parts = (page.path["picture"], page.path["record"], page.path["photograph"])
    return as_picture(await page.api.exchange("GET", f"/api/cultural-property/similar/{'/'.join(map(part, parts))}"))
