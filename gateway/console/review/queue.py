"""The queue of the reviewers: what waits, since when, and who acts next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from gateway.console.api import target_of
from gateway.console.kinds import BY_NAME
from gateway.console.listing import Column, arranged, as_file, listed
from gateway.console.page import Page
from gateway.console.records.narrowing import asked_for, narrowed
from gateway.console.records.selections import Selection
from gateway.console.review import cases
from gateway.console.review.outcomes import done_of

HOME: Final = "/review"
SOURCE: Final = "/api/notices/reviews"
# Below the bound of a page of the API; the neighbours of what waits longest are among the first.
LOOKED_AT: Final = 100
# Pages of the queue that are read to find an item in it.
MAX_PAGES: Final = 10


def _(text: str) -> str:
    return text


WAITING: Final = ("submitted", "under-review", "waiting", "diffused", "update")
COLOURS: Final = ("red", "blue", "green", "yellow", "black", "orange", "purple", "silver", "un-special")
TURNS: Final = {"me": _("you"), "other": _("another officer"), "issuer": _("the bureau")}
FILTERS: Final = (Selection("waiting", WAITING), Selection("owner", (), True, "FR"), Selection("colour", COLOURS))

Item = Mapping[str, Any]


def title_of(notice: Item) -> str:
    """Return who or what a notice is about."""
    return BY_NAME["notices"].title(notice)


class Place(NamedTuple):
    """An item in the queue, and those before and after it."""

    item: Item | None
    number: int
    previous: str | None
    next: str | None


async def show_queue(page: Page) -> Response:
    """Show what waits for the reviewers, the oldest first."""
    columns = columns_for(page)
    listing, faults = await narrowed(
        listed(page, SOURCE, columns, list_path=None, **filters_of(page)), arranged(page, [], columns)
    )
    turn = page.query.get("turn")
    if turn in TURNS:
        of_turn = [each for each in listing.items if cases.turn_of(each["notice"], page.grant) == turn]
        listing = replace(listing, items=of_turn)
    if page.query.get("format") == "csv":
        return as_file(listing, page, "review")
    rows = [_row(item, page) for item in listing.items]
    return page.show(
        "review/queue.html",
        422 if faults else 200,
        listing=listing,
        faults=faults,
        stopped=sum(bool(item["stopping"]) for item in listing.items),
        rows=rows,
        first=next((row["path"] for row in rows if row["turn"] == "me"), None),
        waiting=WAITING,
        colours=COLOURS,
        turns=TURNS,
        done=done_of(page.query, HOME),
    )


def columns_for(page: Page) -> Sequence[Column]:
    """Return the columns of the queue, as the officer sees it."""
    turn, code = page.texts.gettext, page.texts.code
    return (
        Column("since", _("Waits since"), lambda item: item["since"]),
        Column("waiting", _("What waits"), lambda item: code(item["waiting"])),
        Column("number", _("Notice"), lambda item: item["notice"]["number"] or item["notice"]["id"]),
        Column("subject", _("About"), lambda item: title_of(item["notice"])),
        Column("owner", _("Bureau"), lambda item: item["notice"]["owner"]),
        Column("colour", _("Colour"), lambda item: code(item["notice"]["colour"])),
        Column("stops", _("Stopping"), lambda item: item["stopping"]),
        Column("asks", _("Asking"), lambda item: _asking(item["notice"])),
        Column("approvals", _("Approved by"), lambda item: f"{item['approvals']}/{item['approvals_needed']}"),
        Column("turn", _("Waits for"), lambda item: turn(TURNS[cases.turn_of(item["notice"], page.grant)])),
    )


def filters_of(page: Page) -> dict[str, str]:
    """Return the filters of the API in the address of a page."""
    return asked_for(page, FILTERS)


def path_of(notice_id: str, page: Page) -> str:
    """Return the address of what waits, in the part of the queue that the address of a page asks for."""
    return target_of(f"{HOME}/{notice_id}", filters_of(page))


async def place_of(page: Page, notice_id: str) -> Place:
    """Return where something is in the part of the queue that the address asks for. Raises ApiRefused."""
    before, number, after = None, 0, None
    for _page in range(MAX_PAGES):
        answer = await page.api.get(SOURCE, **filters_of(page), limit=LOOKED_AT, after=after)
        items, after = answer["items"], answer["next"]
        for place, item in enumerate(items):
            number += 1
            if item["notice"]["id"] == notice_id:
                following = items[place + 1]["notice"]["id"] if place + 1 < len(items) else None
                return Place(item, number, before, following)
            before = item["notice"]["id"]
        if after is None:
            break
    return Place(None, 0, None, None)


async def oldest_but(page: Page, notice_id: str) -> str | None:
    """Return what waits longest besides something. Raises ApiRefused."""
    answer = await page.api.get(SOURCE, **filters_of(page), limit=2)
    ids: list[str] = [item["notice"]["id"] for item in answer["items"]]
    return next((each for each in ids if each != notice_id), None)


def _asking(notice: Item) -> int:
    return cases.counted(cases.case_of(notice)["findings"], "asks")


def _row(item: Item, page: Page) -> dict[str, Any]:
    notice = item["notice"]
    return {
        "item": item,
        "path": path_of(notice["id"], page),
        "title": title_of(notice),
        "asking": _asking(notice),
        "turn": cases.turn_of(notice, page.grant),
        "age": page.texts.ago(item["since"], page.context.clock.now()),
    }
