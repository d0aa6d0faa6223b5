"""What everybody may see of notices and works of art, and which red notices are being processed."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.defences import HEADERS
from gateway.console.kinds import BY_NAME
from gateway.console.listing import Column, arranged, as_file, is_file
from gateway.console.page import Page
from gateway.console.records.descriptions import DESCRIPTIONS, sections_of
from gateway.console.records.lists import columns_of, fetched
from gateway.console.records.narrowing import asked_for, narrowed
from gateway.console.records.selections import EXTRACTS, STATEMENTS
from gateway.console.records.values import node_of
from gateway.console.routing import get

# No client reaches more of the extracts that fit, as at the public notices API.
REACHABLE: Final = 160
_WORKS: Final = "/api/cultural-property"


def _(text: str) -> str:
    return text


def _name(item: Any) -> str:
    return ", ".join(filter(None, (item.get("name"), item.get("forename"))))


_NOTICES: Final = (
    Column("name", _("Name"), _name),
    Column("number", _("Number"), lambda item: item["number"]),
    Column("owner", _("Owner"), lambda item: item["owner"]),
    Column("date_of_birth", _("Date of birth"), lambda item: item["date_of_birth"]),
    Column("nationalities", _("Nationalities"), lambda item: item["nationalities"]),
)
_REQUESTS: Final = (
    Column("name", _("Name"), lambda item: item["name"]),
    Column("number", _("Number"), lambda item: item["number"]),
    Column("colour", _("Colour"), lambda item: item["colour"]),
    Column("owner", _("Owner"), lambda item: item["owner"]),
    Column("date_of_birth", _("Date of birth"), lambda item: item["date_of_birth"]),
)


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        get("/records/notices/extracts", _show_notices),
        get("/records/notices/requests", _show_requests),
        get("/records/works/extracts", _show_works),
        get("/records/works/statements", _show_statement),
        get("/records/works/statements/{request:uuid}/proof", _send_proof),
        get("/records/works/extracts/{record:uuid}", _show_work),
    ]


async def _show_notices(page: Page) -> Response:
    """Show the extracts of notices that everybody may see."""
    asked = {"kind": "red", **asked_for(page, EXTRACTS)}
    extracts = page.api.get("/api/notices/extracts", **asked, limit=REACHABLE)
    answer, faults = await narrowed(extracts, {"items": [], "total": 0})
    listing = arranged(page, answer["items"], _NOTICES)
    if is_file(page):
        return as_file(listing, page, "extracts")
    values = {"listing": listing, "selections": EXTRACTS, "asked": asked, "faults": faults, "total": answer["total"]}
    return page.show("records/extracts.html", 422 if faults else 200, **values)


async def _show_requests(page: Page) -> Response:
    """Show which red notices are being processed: their persons, and nothing of the case."""
    items, cursor, withheld = await fetched(page, "/api/notices/requests", {})
    listing = arranged(page, items, _REQUESTS, cursor)
    if is_file(page):
        return as_file(listing, page, "requests")
    return page.show("records/requests.html", listing=listing, withheld=withheld)


async def _show_works(page: Page) -> Response:
    """Show the extracts of works of art that everybody may see."""
    kind = BY_NAME["works"]
    items, cursor, _withheld = await fetched(page, f"{_WORKS}/extracts", {})
    columns = [each for each in columns_of(kind, page.texts) if each.name not in {"handling", "expires"}]
    listing = arranged(page, items, columns, cursor)
    if is_file(page):
        return as_file(listing, page, "works")
    return page.show("records/work_extracts.html", kind=kind, listing=listing, node_of=node_of)


async def _show_work(page: Page) -> Response:
    """Show the extract of a work of art."""
    record = await page.api.get(f"{_WORKS}/extracts/{part(str(page.path['record']))}")
    kind = BY_NAME["works"]
    sections = sections_of(DESCRIPTIONS["works"], record)
    return page.show("records/work_extract.html", kind=kind, record=record, sections=sections)


async def _show_statement(page: Page) -> Response:
    """Ask the public register of works of art for a statement, which its service signs."""
    asked = asked_for(page, STATEMENTS)
    statement, faults = await narrowed(page.api.get(f"{_WORKS}/statements", **asked), None) if asked else (None, {})
    return page.show(
        "records/statement.html",
        422 if faults else 200,
        kind=BY_NAME["works"],
        selections=STATEMENTS,
        asked=asked,
        faults=faults,
        statement=statement,
    )


async def _send_proof(page: Page) -> Response:
    """Send the proof of a statement, which anybody can check without this network."""
    request = part(str(page.path["request"]))
    answer = await page.api.exchange("GET", f"{_WORKS}/statements/{request}/proof")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="statement-{request}.json"'}
    return Response(answer.body, headers=headers, media_type="application/json")
