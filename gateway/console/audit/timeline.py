"""Timelines of the audit logs of all services: filters in the address, pages of the API, and which logs are missing."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from gateway.console.api import Value
from gateway.console.audit.acts import is_reading
from gateway.console.in_process import ApiRefused
from gateway.console.listing import MOST_IN_A_FILE, SHOWN, Column, Item, Listing, arranged, is_file
from gateway.console.page import Page
from gateway.console.references import id_in

SOURCE: Final = "/api/audit"
PAGE_SIZE: Final = 200
# Of a file: so many pages are asked for at most, as those of a rare filter may be empty.
MAX_PAGES: Final = 40
_INVALID: Final = 422
# What the API calls the filters that have other names here.
_NAMES: Final = {"since": "from", "until": "to"}
_DAYS: Final = frozenset(_NAMES.values())
_CODES: Final = frozenset({"bureau", "owner"})
_IDS: Final = frozenset({"record", "request"})
FILTERS: Final = (
    "service",
    "officer",
    "bureau",
    "record",
    "reference",
    "owner",
    "purpose",
    "operation",
    "request",
    "from",
    "to",
)


def _(text: str) -> str:
    return text


NO_ID: Final = _("This is no id. The log names records and requests by their ids alone: see below where an id stands.")
NO_DAY: Final = _("Write the day as 2026-05-31.")
COLUMNS: Final = (
    Column("at", _("Time"), lambda entry: entry["at"]),
    Column("bureau", _("Bureau"), lambda entry: entry["bureau"]),
    Column("officer", _("Officer"), lambda entry: entry["officer"]),
    Column("service", _("Register"), lambda entry: entry["service"]),
    Column("operation", _("Operation"), lambda entry: entry["operation"]),
    Column("purpose", _("Purpose"), lambda entry: entry["purpose"]),
    Column("status", _("Status"), lambda entry: entry["status"]),
    Column("records", _("Records"), lambda entry: len(entry["records"])),
    Column("ids", _("Ids of records"), lambda entry: [record["id"] for record in entry["records"]]),
    Column("request", _("Request"), lambda entry: entry["request"]),
    Column("index", _("Entry"), lambda entry: entry["index"]),
)


class Timeline(NamedTuple):
    """A part of a timeline."""

    listing: Listing
    stalled: list[Item]
    """The logs whose entries may be missing here."""

    faults: Mapping[str, str]
    """What is wrong in the filters, by their names: then nothing was asked."""

    left_out: int
    """How many entries are left out that say that an auditor read a log."""

    is_complete: bool
    """Whether it has all entries that fit."""

    named: frozenset[str] = frozenset()
    """The records that a number or reference in the filters names, of those in it."""


class _Part(NamedTuple):
    items: list[Item]
    next: Value
    stalled: list[Item]
    named: frozenset[str] = frozenset()


class _Extent(NamedTuple):
    """How much is asked for."""

    most: int
    size: int
    pages: int


_OF_FILE: Final = _Extent(MOST_IN_A_FILE, PAGE_SIZE, MAX_PAGES)
_OF_PAGE: Final = _Extent(SHOWN, SHOWN, 1)


async def timeline_of(page: Page, **fixed: str) -> Timeline:
    """Return the timeline that the address of a page asks for, with some filters fixed. Raises ApiRefused."""
    stated = {name: value for name in FILTERS if (value := page.query.get(name, "").strip())} | fixed
    query, faults = asked_of(stated)
    part = _Part([], None, [])
    if not faults:
        try:
            part = await _fetched(page, query, _OF_FILE if is_file(page) else _OF_PAGE)
        except ApiRefused as refused:
            faults = faults_in(refused)
            if not faults:
                raise
    # Each look at all logs adds an entry to each: soon there would be nothing else to see.
    shown = part.items if shows_readings(page, stated) else [each for each in part.items if not is_reading(each)]
    return Timeline(
        listing=arranged(page, shown, COLUMNS, part.next),
        stalled=part.stalled,
        faults=faults,
        left_out=len(part.items) - len(shown),
        is_complete=not faults and part.next is None and not part.stalled,
        named=part.named,
    )


def shows_readings(page: Page, stated: Collection[str]) -> bool:
    """Return whether entries are shown that say that an auditor read a log: if asked for, or by a narrow filter."""
    return page.query.get("readings") == "yes" or not {"operation", "request", "record", "reference"}.isdisjoint(stated)


def asked_of(stated: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters of the API for some filters, and what is wrong in these."""
    query, faults = dict[str, str](), dict[str, str]()
    for name, value in stated.items():
        if name in _IDS:
            found = id_in(value)
            faults |= {} if found else {name: NO_ID}
            query[name] = found or value
            continue
        if name not in _DAYS:
            query[name] = value.upper() if name in _CODES else value
            continue
        try:
            day = date.fromisoformat(value)
            # The API excludes its end; a person who names a day means all of it.
            at = day if name == "from" else day + timedelta(days=1)
            query["since" if name == "from" else "until"] = f"{at.isoformat()}T00:00:00Z"
        except (ValueError, OverflowError):
            faults[name] = NO_DAY
    return query, faults


def faults_in(refused: ApiRefused) -> dict[str, str]:
    """Return what the API finds wrong in filters, by their names here; nothing if it refuses for another reason."""
    if refused.status != _INVALID:
        return {}
    found = {error.get("pointer", "").lstrip("/"): error.get("detail", "") for error in refused.problem.errors}
    return {_NAMES.get(name, name): detail for name, detail in found.items()}


async def _fetched(page: Page, query: Mapping[str, str], extent: _Extent) -> _Part:
    """Return some entries, from several pages of the API if these are needed. Raises ApiRefused."""
    items, cursor, stalled, named = list[Item](), page.query.get("cursor"), list[Item](), frozenset[str]()
    for number in range(extent.pages):
        try:
            part = await _one(page, query, cursor, extent.size)
        except ApiRefused:
            if number == 0:
                raise
            # None of the logs that have more can be read: the file is called incomplete.
            break
        items, stalled, named = items + part.items, part.stalled, named | part.named
        cursor = None if part.next is None else str(part.next)
        if cursor is None or len(items) >= extent.most:
            break
    return _Part(items, cursor, stalled, named)


async def _one(page: Page, query: Mapping[str, str], cursor: str | None, limit: int) -> _Part:
    answer: dict[str, Any] = await page.api.get(SOURCE, **query, limit=limit, after=cursor)
    return _Part(answer["items"], answer["next"], answer["stalled"], frozenset(answer["named"]))
