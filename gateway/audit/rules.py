"""How pages of several logs become one: newest first, and where each log goes on. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import islice, takewhile
from math import inf
from typing import Final, NamedTuple

from gateway.audit.models import MergedPage, ServiceRequest
from shared.audit.models import MAX_INDEX, AuditPage
from shared.errors import Invalid

# From here on everything is before it.
NEWEST: Final = MAX_INDEX
_PLACE: Final = re.compile(r"([a-z][a-z-]*):([0-9]{1,16})", re.ASCII)


def begin(services: Iterable[str]) -> dict[str, int]:
    """Return where each log is read from at first."""
    return dict.fromkeys(services, NEWEST)


def read_cursor(text: str, services: Iterable[str]) -> dict[str, int]:
    """Return where each log goes on that has more, as the page before told it. Raises Invalid."""
    known = frozenset(services)
    found: dict[str, int] = {}
    for part in text.split(","):
        place = _PLACE.fullmatch(part)
        if place is None or place[1] not in known or int(place[2]) > NEWEST:
            raise Invalid("query/after: must be the `next` of a page before")
        found[place[1]] = int(place[2])
    return found


def write_cursor(places: Mapping[str, int]) -> str | None:
    """Return where each log goes on as one text; None if all are at their end."""
    return ",".join(f"{service}:{after}" for service, after in sorted(places.items())) or None


def merged(pages: Mapping[str, AuditPage], places: Mapping[str, int], limit: int) -> MergedPage:
    """Return the newest leaves of the pages of some logs, which were read from these places.

    Where a page is at its end and its log goes on, nothing more is told: what follows there may be newer than the rest.
    """
    known = takewhile(lambda step: step.item is not None, merge(*map(_steps, pages, pages.values()), key=_newest_first))
    items = [step.item for step in islice(known, limit) if step.item is not None]
    taken = {service: sum(item.service == service for item in items) for service in pages}
    going_on = {
        service: after
        for service, page in pages.items()
        if (after := _place_after(page, taken[service], places[service])) is not None
    }
    return MergedPage(items=items, next=write_cursor(going_on))


class _Step(NamedTuple):
    at: float
    item: ServiceRequest | None
    """None where a page is at its end, and its log is not."""


def _steps(service: str, page: AuditPage) -> Iterator[_Step]:
    at = inf
    for item in page.items:
        at = item.at.timestamp()
        yield _Step(at, ServiceRequest(service=service, **vars(item)))
    if page.next is not None:
        yield _Step(at, None)


def _newest_first(step: _Step) -> float:
    return -step.at


def _place_after(page: AuditPage, taken: int, place: int) -> int | None:
    if taken == len(page.items):
        return page.next
    return page.items[taken - 1].index if taken else place
