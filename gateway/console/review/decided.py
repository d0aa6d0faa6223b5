"""What the reviewers refused or cancelled, the newest first: to be read, and nothing else."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.console.listing import Column, arranged, as_file, fetched, is_file, most_of
from gateway.console.page import Page
from gateway.console.records.narrowing import asked_for, narrowed
from gateway.console.records.selections import Selection
from gateway.console.review.queue import COLOURS, title_of

SOURCE: Final = "/api/notices"
DECIDED: Final = "/review/decided"
STATES: Final = ("refused", "cancelled")


def _(text: str) -> str:
    return text


Item = Mapping[str, Any]
FILTERS: Final = (
    Selection("status", STATES),
    Selection("colour", COLOURS),
    Selection("owner", (), True, "FR"),
    Selection("number", (), True, "2026/52482"),
)


def decided_at(notice: Item) -> str:
    """Return when a notice was decided: its last change, where the decision does not state it."""
    return str((notice["decision"] or {}).get("at") or notice["updated"])


def columns_for(page: Page) -> tuple[Column, ...]:
    """Return the columns of the list, in the words of the officer."""
    code = page.texts.code
    return (
        Column("decided", _("Decided"), decided_at),
        Column("number", _("Notice"), lambda item: item["number"] or item["id"]),
        Column("subject", _("About"), title_of),
        Column("owner", _("Bureau"), lambda item: item["owner"]),
        Column("colour", _("Colour"), lambda item: code(item["colour"])),
        Column("status", _("Decision"), lambda item: code(item["status"])),
        Column("reason", _("Reason"), lambda item: code((item["decision"] or {}).get("reason") or "")),
        Column("officer", _("Decided by"), lambda item: (item["decision"] or {}).get("officer")),
    )


async def show_decided(page: Page) -> Response:
    """Show what was refused or cancelled, the newest decision first."""
    asked = asked_for(page, FILTERS)
    listing_each = page.together(*(_of_state(page, state, asked) for state in _states(asked)))
    found, faults = await narrowed(listing_each, [])
    items = sorted((each for of_state, _more in found for each in of_state), key=decided_at, reverse=True)
    listing = arranged(page, items, columns_for(page))
    if is_file(page):
        return as_file(listing, page, "decided")
    is_cut = any(more for _of, more in found)
    values = {"listing": listing, "selections": FILTERS, "asked": asked, "faults": faults, "is_cut": is_cut}
    return page.show("review/decided.html", 422 if faults else 200, **values, title_of=title_of)


def _states(asked: Mapping[str, str]) -> tuple[str, ...]:
    if asked.get("status", STATES[0]) not in STATES:
        raise HTTPException(404)
    return (asked["status"],) if "status" in asked else STATES


async def _of_state(page: Page, state: str, asked: Mapping[str, str]) -> tuple[list[Item], bool]:
    """Return the newest notices in a state, and whether there are more."""
    items, cursor = await fetched(page, SOURCE, most_of(page), **{**asked, "status": state})
    return items, cursor is not None
