"""Merges pages of several logs into one, newest first, with a cursor for each log. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import Final, NamedTuple

from gateway.audit.models import MergedPage, ServiceRequest, StalledLog
from shared.audit.models import MAX_INDEX, AuditedRequest, AuditPage
from shared.errors import Invalid

# Every leaf is before it.
NEWEST: Final = MAX_INDEX
_PLACE: Final = re.compile(r"([a-z][a-z-]*):([0-9]{1,16})", re.ASCII)


def begin(services: Iterable[str]) -> dict[str, int]:
    """Return where each log is read from for the first page."""
    return dict.fromkeys(services, NEWEST)


def read_cursor(text: str, services: Iterable[str]) -> dict[str, int]:
    """Return where each log that has more continues, from the cursor of the previous page. Raises Invalid."""
    known = frozenset(services)
    found: dict[str, int] = {}
    for part in text.split(","):
        place = _PLACE.fullmatch(part)
        if place is None or place[1] not in known or int(place[2]) > NEWEST:
            raise Invalid("must be the `next` of a previous page", at="/after", place="query")
        found[place[1]] = int(place[2])
    return found


def write_cursor(places: Mapping[str, int]) -> str | None:
    """Return where each log continues as one text; None if all are at their end."""
    return ",".join(f"{service}:{after}" for service, after in sorted(places.items())) or None


class LogPart(NamedTuple):
    """What was read of one log for a page, and where it continues; None at its end."""

    items: Sequence[AuditedRequest]
    next: int | None

    stalled: StalledLog | None = None
    named: Sequence[str] = ()
    """The records that the question names, of those in it."""


def read_on(part: LogPart, page: AuditPage, place: int) -> LogPart:
    """Return a part with another page of its log, which was asked for from a place.

    Raises ValueError for a page that does not continue there: otherwise a log could be read without end.
    """
    lowest = place
    for item in page.items:
        if item.index >= lowest:
            raise ValueError("shows leaves that were not asked for")
        lowest = item.index
    highest = lowest if page.items else place - 1
    if page.next is not None and not 0 <= page.next <= highest:
        raise ValueError("does not continue where it was asked for")
    return LogPart([*part.items, *page.items], page.next, named=tuple(sorted({*part.named, *page.named})))


def merged(parts: Mapping[str, LogPart], places: Mapping[str, int], limit: int) -> MergedPage:
    """Return the newest leaves of the parts of some logs, which were read from these places.

    A stalled log may have newer ones, for which the others do not wait.
    """
    named = [
        [ServiceRequest(service=service, **vars(item)) for item in part.items[:limit]]
        for service, part in parts.items()
    ]
    items = list(islice(merge(*named, key=lambda item: -item.at.timestamp()), limit))
    used, cursor = Counter(item.service for item in items), dict[str, int]()
    for service, part in parts.items():
        count = used[service]
        before = part.items[count - 1].index if count else places[service]
        after = part.next if count == len(part.items) else before
        if after is not None:
            cursor[service] = after
    stalled = [part.stalled for part in parts.values() if part.stalled is not None]
    shown = {record.id for item in items for record in item.records}
    known = sorted({each for part in parts.values() for each in part.named} & shown)
    return MergedPage(items=items, next=write_cursor(cursor), named=known, stalled=stalled)
