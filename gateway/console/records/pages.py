"""The pages of records: which kinds there are, and a record as a document, with what its reader may know of it."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.defences import HEADERS
from gateway.console.kinds import Kind
from gateway.console.page import Page
from gateway.console.records import accounts, extracts, lists, relations, subscriptions
from gateway.console.records.accounts import Line, lines_of
from gateway.console.records.conditions import is_bound
from gateway.console.records.descriptions import NOTICES, about
from gateway.console.records.document import Document, document_of, may_account, may_see_readers
from gateway.console.records.reading import Part, kind_of, part_of, path_of, readable_kinds, versions, view
from gateway.console.records.steps import done_of, steps_of
from gateway.console.routing import get

_LATEST: Final = 3
_NOTHING: Final = Part()
_IMAGES: Final = frozenset({"image/png", "image/x-wsq"})


class Below(NamedTuple):
    """What stands below a record: None where its reader may not know it."""

    history: Part | None
    readers: Part | None
    same_person: Part | None
    releases: Part | None
    """To which bureaus the reader's bureau may pass it on, where that needs the permission of its owner."""


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        get("/records", _show_kinds),
        *relations.routes(),
        *extracts.routes(),
        *subscriptions.routes(),
        *lists.routes(),
        *accounts.routes(),
        get("/records/{kind}/{record:uuid}", _show),
        get("/records/fingerprints/{record:uuid}/impressions/{finger:number}", _send_impression),
    ]


async def _show_kinds(page: Page) -> Response:
    """Show the kinds of records, and where to go on."""
    kinds = readable_kinds(page)
    writable = {kind.name for kind in kinds if page.may(f"{kind.service}:write")}
    return page.show("records/kinds.html", kinds=[(kind, about(kind)) for kind in kinds], writable=writable)


async def _show(page: Page) -> Response:
    """Show a record."""
    kind, path = kind_of(page), path_of(page, kind_of(page))
    seen = await view(page, path)
    document = document_of(kind, seen.read)
    below = await _below(page, document, path)
    may_write = page.may(f"{kind.service}:write")
    return page.show(
        "records/record.html",
        document=document,
        reader=page.grant.bureau,
        colours=NOTICES,
        seen=seen,
        steps=steps_of(document, page.grant.bureau, may_write=may_write, may_message=page.may("messages:write")),
        may_link=may_write and seen.read.get("owner") == page.grant.bureau,
        done=done_of(document, page.query.get("done", "")),
        below=below,
        lines=_lines(below, document),
    )


async def _below(page: Page, document: Document, path: str) -> Below:
    """Ask for what the reader may know besides, at once. What is refused leaves a gap that is named."""
    record, bureau = document.record, page.grant.bureau
    asked = (
        versions(page, path, limit=_LATEST + 1) if may_account(record, bureau) else None,
        page.api.get(f"{path}/disclosures") if may_see_readers(record, bureau) else None,
        page.api.get(f"{path}/same-person") if document.kind.name == "persons" else None,
        page.api.get("/api/messages/releases", record=record["id"]) if _needs_release(page, document) else None,
    )
    parts = await asyncio.gather(*(part_of(each) for each in asked if each is not None))
    answers = iter(parts)
    return Below(*(None if each is None else next(answers) for each in asked))


def _needs_release(page: Page, document: Document) -> bool:
    is_of_another = document.record.get("owner") != page.grant.bureau
    return is_of_another and is_bound(document.record) and page.may("messages:read")


def _lines(below: Below, document: Document) -> list[Line]:
    answer: Mapping[str, Any] | None = None if below.history is None else below.history.read
    return [] if answer is None else lines_of(answer["items"], document.kind, _LATEST)


async def _send_impression(page: Page) -> Response:
    """Send the image of a print, as it was enrolled."""
    kind: Kind = kind_of_prints(page)
    path = f"{path_of(page, kind)}/impressions/{part(str(page.path['finger']))}"
    image = await page.api.exchange("GET", path)
    media_type = image.media_type if image.media_type in _IMAGES else "application/octet-stream"
    return Response(image.body, headers=HEADERS, media_type=media_type)


def kind_of_prints(page: Page) -> Kind:
    """Return the kind of fingerprint records. Raises HTTPException if this gateway has none."""
    found = next((kind for kind in readable_kinds(page) if kind.name == "fingerprints"), None)
    if found is None:
        raise HTTPException(404)
    return found
