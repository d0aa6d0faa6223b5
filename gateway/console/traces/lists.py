"""The lists of traces: those in which the officer's bureau is asked, and those that it began."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.listing import Column, Listing, arranged, as_file, fetched, is_file, listed, most_of
from gateway.console.page import Page
from gateway.console.participants import code_named
from gateway.console.routing import get
from gateway.console.traces import rules
from gateway.console.traces.trace import HERE, SOURCE
from shared.bureaus import SECRETARIAT

OPEN: Final = "open"
ALL: Final = "all"
MISSED: Final = "missed"


def _(text: str) -> str:
    return text


VIEWS: Final = {OPEN: _("still open"), MISSED: _("time over"), ALL: _("all")}
"""Which traces a list has; besides, it can have those in one state."""

COLUMNS: Final = (
    Column("due", _("Clock"), lambda trace: trace["due"]),
    Column("state", _("State"), lambda trace: trace["state"]),
    Column("firearm", _("Firearm"), lambda trace: rules.firearm_in_words(trace["firearm"])),
    Column("bureau", _("Bureau"), rules.other_bureau),
    Column("requests", _("Requests"), lambda trace: trace["requests"]),
    Column("stored", _("Since"), lambda trace: trace["stored"]),
)


def routes() -> list[Route]:
    """Return the routes of the lists."""
    # The second is what the script of a page asks for when a message has come.
    return [get(HERE, _show), get(f"{HERE}/live", _show_list, counts_as_use=False)]


async def _show(page: Page) -> Response:
    """Show the traces of one side."""
    listing = await _listing(page)
    if is_file(page):
        return as_file(listing, page, "traces")
    return page.show("traces/list.html", **_values(page, listing))


async def _show_list(page: Page) -> Response:
    """Show the list alone, as it is now."""
    return page.show("traces/table.html", **_values(page, await _listing(page)))


def _values(page: Page, listing: Listing) -> dict[str, Any]:
    return {
        "listing": listing,
        "side": side_of(page),
        "sides": _sides(page),
        "state": _state(page),
        "views": VIEWS,
        "rules": rules,
        "is_unknown_bureau": _bureau(page) == "",
        "may_write": page.may("traces:write"),
    }


async def _listing(page: Page) -> Listing:
    side, state, bureau = side_of(page), _state(page), _bureau(page)
    if bureau == "":
        return arranged(page, [], COLUMNS, list_path=HERE)
    if state == OPEN:
        found = await _in_states(page, side, rules.OPEN, bureau)
        return arranged(page, rules.most_urgent_first(found), COLUMNS, list_path=HERE)
    missed = True if state == MISSED else None
    wanted = None if state in VIEWS else state
    return await listed(page, SOURCE, COLUMNS, list_path=HERE, side=side, state=wanted, missed=missed, bureau=bureau)


async def _in_states(page: Page, side: str, states: Sequence[str], bureau: str | None) -> list[rules.Trace]:
    """Return the traces in some states; of each the newest, where there are very many."""
    asked = (fetched(page, SOURCE, most_of(page), side=side, state=state, bureau=bureau) for state in states)
    return [trace for found, _cursor in await page.together(*asked) for trace in found]


def _bureau(page: Page) -> str | None:
    """Return the bureau that a list is narrowed to; None if to none, and nothing if no bureau is called so."""
    typed = page.query.get("bureau", "").strip()
    return (code_named(typed) or "") if typed else None


def side_of(page: Page) -> str:
    """Return the side whose traces are shown."""
    usual = rules.OVERSIGHT if page.grant.bureau == SECRETARIAT else rules.ASKED
    return page.query.get("side") or usual


def _sides(page: Page) -> dict[str, str]:
    is_informed = page.grant.bureau == SECRETARIAT
    # Bureaus of countries trace firearms.
    return {name: text for name, text in rules.SIDES.items() if is_informed == (name == rules.OVERSIGHT)}


def _state(page: Page) -> str:
    # What the bureau itself began goes on by its own next request.
    return page.query.get("state") or (ALL if side_of(page) == rules.REQUESTER else OPEN)
