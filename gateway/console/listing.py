"""Lists: what the API pages through, as a table that can be linked, sorted and taken out as CSV.

Sorting is of what was fetched, at most `MOST` entries; a longer list says so, and goes on from there.
"""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any, Final

from starlette.responses import Response

from gateway.console.api import Value, target_of
from gateway.console.defences import HEADERS
from gateway.console.letters import without_accents
from gateway.console.page import Page

PAGE_SIZE: Final = 100
SHOWN: Final = 100
MOST_IN_A_FILE: Final = 2_000
# A spreadsheet takes a text that begins with one of these for a formula (OWASP, CSV injection), also after what it may
# take for the end of a cell.
_FORMULA: Final = re.compile(r"(^|[;\t\r\n][^\S\t\r\n]*)(?=[\t\r=+\-@＝＋－＠])")

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list."""

    name: str
    """In addresses and files, and the key of its cell in the template."""

    text: str
    """In English: the key of its translations."""

    value: Callable[[Item], Any]
    """What it is sorted by, and what a file has."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as a page shows it."""

    items: Sequence[Item]
    columns: Sequence[Column]
    path: str
    query: Mapping[str, Value]
    cursor: Value
    """From which it goes on; None at the end."""

    sort: str = ""
    descending: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)
    """What the API answered first, for what it has besides the entries."""

    @property
    def next(self) -> str | None:
        """The address of its next part."""
        return None if self.cursor is None else target_of(self.path, {**self.query, "cursor": self.cursor})

    @property
    def csv(self) -> str:
        """The address of the list as a file."""
        return target_of(self.path, {**self.query, "format": "csv"})

    def sorted_by(self, column: Column) -> str:
        """Return the address of the list sorted by a column, the other way round if it is already."""
        order = "asc" if self.sort != column.name or self.descending else "desc"
        return target_of(self.path, {**self.query, "sort": column.name, "order": order})

    def order_of(self, column: Column) -> str | None:
        """Return how it is sorted by a column, for `aria-sort`; None if it is not."""
        if column.name != self.sort:
            return None
        return "descending" if self.descending else "ascending"


async def listed(
    page: Page,
    source: str,
    columns: Sequence[Column],
    *,
    list_path: str | None = None,
    **query: Value,
) -> Listing:
    """Return a list of the API at a path, with filters in `query`, as the address of the page asks for it.

    `list_path` as in `arranged`. Raises ApiRefused.
    """
    begin = page.query.get("cursor")
    items, cursor, first = await _read(page, source, most_of(page), begin, query)
    return replace(arranged(page, items, columns, cursor, list_path), answer=first)


def most_of(page: Page) -> int:
    """Return how many entries a page shows of a list, or a file has."""
    return MOST_IN_A_FILE if is_file(page) else SHOWN


def is_file(page: Page) -> bool:
    """Return whether a list is asked for as a file."""
    return page.query.get("format") == "csv"


def arranged(
    page: Page, items: Sequence[Item], columns: Sequence[Column], cursor: Value = None, list_path: str | None = None
) -> Listing:
    """Return a list of what was fetched, sorted as the address of the page asks for it, else in its own order.

    `list_path` is that of the list where a part of its page is asked for at another.
    """
    sort, descending = page.query.get("sort", ""), page.query.get("order") == "desc"
    column = next((each for each in columns if each.name == sort), None)
    if column is not None:
        items = sorted(items, key=lambda item: sort_key(column.value(item)), reverse=descending)
    kept = {name: value for name, value in page.query.items() if name not in {"format", "cursor"}}
    return Listing(items, columns, list_path or page.request.url.path, kept, cursor, sort if column else "", descending)


async def fetched(
    page: Page, source: str, most: int, *, begin: Value = None, **query: Value
) -> tuple[list[Item], Value]:
    """Return entries of a list of the API, about `most` of them, and from where it goes on. Raises ApiRefused."""
    items, cursor, _ = await _read(page, source, most, begin, query)
    return items, cursor


async def _read(
    page: Page, source: str, most: int, begin: Value, query: Mapping[str, Value]
) -> tuple[list[Item], Value, Mapping[str, Any]]:
    items: list[Item] = []
    first: Mapping[str, Any] = {}
    cursor = begin
    while True:
        answer = await page.api.get(source, **query, after=cursor, limit=min(PAGE_SIZE, most))
        first = first or answer
        items += answer["items"]
        cursor = answer.get("next")
        if cursor is None or len(items) >= most:
            return items, cursor, first


def sort_key(value: Any) -> tuple[bool, float, str]:
    """Return a key for values of any kind: numbers before texts, these without their accents; what is missing last."""
    is_number = isinstance(value, int | float)
    return value is None, value if is_number else 0.0, "" if is_number else without_accents(str(value))


def as_file(listing: Listing, page: Page, name: str) -> Response:
    """Return a list as a CSV file (RFC 4180), with a first line of names in the language of the officer."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow([page.texts.gettext(column.text) for column in listing.columns])
    for item in listing.items:
        writer.writerow([_plain(column.value(item)) for column in listing.columns])
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.csv"'}
    # With the mark by which spreadsheets know UTF-8.
    return Response(f"\ufeff{written.getvalue()}", headers=headers, media_type="text/csv; charset=utf-8")


def _plain(value: Any) -> str:
    text = "" if value is None else ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return _FORMULA.sub(r"\1'", text)
