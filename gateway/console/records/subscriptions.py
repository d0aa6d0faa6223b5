"""Subscriptions: searches that go on, by which a bureau gets a hit in what is entered later. Forms make them."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.kinds import Kind
from gateway.console.listing import Column, arranged, as_file, is_file
from gateway.console.page import Page
from gateway.console.records.lists import fetched
from gateway.console.records.reading import kind_of
from gateway.console.records.steps import DONE
from gateway.console.records.values import is_empty, node_of
from gateway.console.routing import get, post

_LIST: Final = "/records/{kind}/subscriptions"
_ONE: Final = f"{_LIST}/{{subscription:uuid}}"


POINTS: Final = frozenset({"points", "template"})


def _(text: str) -> str:
    return text


COLUMNS: Final = (
    Column("search", _("Search"), lambda item: in_words(item["search"])),
    Column("officer", _("Officer"), lambda item: item["officer"]),
    Column("purpose", _("Purpose"), lambda item: item["purpose"]),
    Column("created", _("Created"), lambda item: item["created"]),
    Column("until", _("Until"), lambda item: item["until"]),
)


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get(_LIST, _show_all), get(_ONE, _show), post(f"{_ONE}/deletion", _delete)]


def stated(search: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a subscription asks for, without the points of a picture or a print, which nobody reads."""
    return {name: value for name, value in search.items() if not is_empty(value) and name not in POINTS}


def in_words(search: Mapping[str, Any]) -> str:
    """Return what a subscription asks for, in a line."""
    return ", ".join(f"{name}: {value}" for name, value in stated(search).items())


async def _show_all(page: Page) -> Response:
    """Show the subscriptions of the bureau in a register."""
    kind = kind_of(page)
    items, cursor, _withheld = await fetched(page, f"{kind.path}/subscriptions", {})
    listing = arranged(page, items, COLUMNS, cursor)
    if is_file(page):
        return as_file(listing, page, f"{kind.name}-subscriptions")
    values = {"listing": listing, "node_of": node_of, "stated": stated, "done_texts": DONE}
    return page.show("records/subscriptions.html", kind=kind, **values)


async def _show(page: Page) -> Response:
    """Show a subscription."""
    kind = kind_of(page)
    subscription = await page.api.get(_path(page, kind))
    search = node_of(stated(subscription["search"]), "search")
    is_of_picture = bool(POINTS & {name for name, value in subscription["search"].items() if not is_empty(value)})
    return page.show(
        "records/subscription.html",
        kind=kind,
        subscription=subscription,
        search=search,
        is_of_picture=is_of_picture,
    )


async def _delete(page: Page) -> Response:
    """End a subscription."""
    await page.form()
    kind = kind_of(page)
    await page.api.delete(_path(page, kind))
    return page.go(f"{kind.page}/subscriptions", done="ended")


def _path(page: Page, kind: Kind) -> str:
    return f"{kind.path}/subscriptions/{part(str(page.path['subscription']))}"
