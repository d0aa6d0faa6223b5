"""Lists of records: those of a kind that the officer may see, narrowed, sorted, and taken out as CSV."""

from collections.abc import Mapping
from functools import partial
from operator import itemgetter
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import Value, target_of
from gateway.console.kinds import Kind
from gateway.console.listing import PAGE_SIZE, Column, Item, arranged, as_file, is_file, most_of
from gateway.console.page import Page
from gateway.console.records.descriptions import DESCRIPTIONS, about
from gateway.console.records.document import LOOKS
from gateway.console.records.narrowing import asked_for, narrowed
from gateway.console.records.reading import kind_of
from gateway.console.records.selections import SELECTIONS
from gateway.console.records.steps import DONE
from gateway.console.records.values import FORMS, Forms, node_of
from gateway.console.routing import get
from gateway.console.texts import Texts

NOTHING: Final[tuple[list[Item], Value, int]] = ([], None, 0)
REVIEWED_MONTHS_BEFORE: Final = 6
_MONTHS: Final = 12
_OF_PERSONS: Final = frozenset({"notices", "persons", "missing-persons"})


def _(text: str) -> str:
    return text


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get("/records/{kind}", _show)]


def forms_of(kind: Kind) -> Forms:
    """Return the forms of the fields of a kind, as they are in a list."""
    description = DESCRIPTIONS.get(kind.name)
    return FORMS if description is None else description.forms


def _born(item: Item) -> str | None:
    date: str | None = (item.get("subject") or item).get("date_of_birth")
    return date


def columns_of(kind: Kind, texts: Texts) -> list[Column]:
    """Return the columns of a list of a kind."""
    own = [Column(name, texts.field(name), itemgetter(name)) for name in kind.line]
    born = [Column("date_of_birth", texts.field("date_of_birth"), _born)] if kind.name in _OF_PERSONS else []
    return [
        Column("title", kind.one, lambda item: kind.title(item) or item["id"]),
        *born,
        *own,
        Column("owner", _("Owner"), lambda item: item["owner"]),
        Column("handling", _("Handling"), lambda item: item["handling"]),
        Column("updated", _("Updated"), lambda item: item["updated"]),
        Column("expires", _("Kept until"), lambda item: item["expires"]),
    ]


async def fetched(page: Page, path: str, query: dict[str, Value]) -> tuple[list[Item], Value, int]:
    """Return records of a list, from where it goes on, and how many are withheld from this officer."""
    items: list[Item] = []
    withheld, most, cursor = 0, most_of(page), page.query.get("cursor")
    while True:
        answer = await page.api.get(path, **query, after=cursor, limit=min(PAGE_SIZE, most))
        items += answer["items"]
        withheld += answer.get("withheld", 0)
        cursor = answer["next"]
        if cursor is None or len(items) >= most:
            return items, cursor, withheld


async def _show(page: Page) -> Response:
    """Show the records of a kind."""
    kind = kind_of(page)
    asked = asked_for(page, SELECTIONS[kind.name])
    (items, cursor, withheld), faults = await narrowed(fetched(page, kind.path, {**asked}), NOTHING)
    listing = arranged(page, items, columns_of(kind, page.texts), cursor)
    if is_file(page):
        return as_file(listing, page, kind.name)
    return page.show(
        "records/list.html",
        422 if faults else 200,
        kind=kind,
        about=about(kind),
        listing=listing,
        selections=SELECTIONS[kind.name],
        asked=asked,
        faults=faults,
        withheld=withheld,
        quick=_quick(page, kind, asked),
        node_of=partial(node_of, forms=forms_of(kind)),
        looks=LOOKS,
        done_texts=DONE,
        may_write=page.may(f"{kind.service}:write"),
    )


def _quick(page: Page, kind: Kind, asked: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Return the lists that an officer asks for most, as text and address, and whether it is the one that is shown."""
    own = page.grant.bureau
    lists: tuple[tuple[str, dict[str, Value]], ...] = (
        (_("All"), {}),
        (_("Of my bureau"), {"owner": own}),
        (_("To be reviewed soon"), {"owner": own, "expires_by": _soon(page)}),
    )
    return [(text, target_of(kind.page, query), query == asked) for text, query in lists]


def _soon(page: Page) -> str:
    """Return the month in half a year: until then the owners of records that end are asked."""
    now = page.context.clock.now()
    months = now.year * _MONTHS + now.month - 1 + REVIEWED_MONTHS_BEFORE
    return f"{months // _MONTHS}-{months % _MONTHS + 1:02}"
