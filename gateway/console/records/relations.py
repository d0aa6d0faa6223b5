"""What a record is linked to: records of one case, in all registers, and a record whose kind is not known."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.in_process import Problem
from gateway.console.kinds import Kind, kinds_of, page_of
from gateway.console.page import Page
from gateway.console.records.reading import Part, kind_of, part_of, path_of, readable_kinds, view
from gateway.console.routing import get

_NOT_FOUND: Final = 404
# What is no id of a record.
_INVALID: Final = 422
_SHOWN: Final = 20


class Asked(NamedTuple):
    """What one register answered."""

    kind: Kind
    records: Sequence[Any]
    is_more: bool
    withheld: int
    problem: Problem | None


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get("/records/by-id/{record:uuid}", _find), get("/records/{kind}/{record:uuid}/related", _show_related)]


async def _find(page: Page) -> Response:
    """Find the register that has a record, and go to its page."""
    kinds, record = readable_kinds(page), part(str(page.path["record"]))
    parts = await asyncio.gather(*(part_of(page.api.get(f"{kind.path}/{record}")) for kind in kinds))
    answered = list(zip(kinds, parts, strict=True))
    found = next((kind for kind, answer in answered if answer.problem is None), None)
    if found is not None:
        return page.go(page_of(found, record))
    silent = [(kind, answer.problem) for kind, answer in answered if _is_silent(answer)]
    if not silent:
        raise HTTPException(_NOT_FOUND)
    return page.show("records/not_found.html", 503, record=record, silent=silent)


def _is_silent(answer: Part) -> bool:
    """Return whether a register did not say whether it has a record."""
    return answer.problem is not None and answer.problem.status not in (_NOT_FOUND, _INVALID)


async def _show_related(page: Page) -> Response:
    """Show the records that state a link to this one, of the same owner, in all registers."""
    kind = kind_of(page)
    seen = await view(page, path_of(page, kind))
    record = seen.read
    kinds = readable_kinds(page)
    asked = await asyncio.gather(*(_linked(page, each, record) for each in kinds))
    shown = {each["id"] for answer in asked for each in answer.records}
    links = [each for each in record.get("links") or [] if each not in shown]
    unasked = [each for each in kinds_of(page.context.services) if each not in kinds]
    values = {"asked": asked, "links": links, "unasked": unasked}
    return page.show("records/related.html", kind=kind, record=record, seen=seen, **values)


async def _linked(page: Page, kind: Kind, record: Any) -> Asked:
    query = {"linked_to": record["id"], "owner": record["owner"], "limit": _SHOWN}
    answer = await part_of(page.api.get(kind.path, **query))
    read = answer.read or {"items": (), "next": None, "withheld": 0}
    others = [each for each in read["items"] if each["id"] != record["id"]]
    return Asked(kind, others, read["next"] is not None, read.get("withheld", 0), answer.problem)
