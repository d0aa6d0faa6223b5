"""How pages of several logs become one: newest first, and where each log goes on. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import Final, NamedTuple

from gateway.audit.models import Delay, MergedPage, ServiceRequest, StalledLog
from shared.audit.models import MAX_INDEX, AuditedRequest, AuditPage
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


class LogPart(NamedTuple):
    """What was read of one log for a page."""

    items: Sequence[AuditedRequest]
    next: int | None
    """Where it goes on; None at its end."""

    stalled: StalledLog | None = None


def read_on(part: LogPart, page: AuditPage, place: int) -> LogPart:
    """Return a part with another page of its log, which was asked for from a place.

    Raises ValueError for a page that does not go on from there: its log could be read for ever, and nothing be found.
    """
    lowest = place
    for item in page.items:
        if item.index >= lowest:
            raise ValueError("shows leaves that were not asked for")
        lowest = item.index
    most = lowest if page.items else place - 1
    if page.next is not None and not 0 <= page.next <= most:
        raise ValueError("does not go on from where it was asked for")
    return LogPart([*part.items, *page.items], page.next)


def not_waited_for(part: LogPart, service: str, why: Delay, detail: str) -> LogPart:
    """Return a part as that of a log for which a page does not wait any longer."""
    return part._replace(stalled=StalledLog(service=service, why=why, detail=detail))


def merged(parts: Mapping[str, LogPart], places: Mapping[str, int], limit: int) -> MergedPage:
    """Return the newest leaves of the parts of some logs, which were read from these places.

    Of a log that is stalled there may be newer ones, for which the others do not wait.
    """
    told = [_named(service, part.items[:limit]) for service, part in parts.items()]
    items = list(islice(merge(*told, key=_newest_first), limit))
    taken = Counter(item.service for item in items)
    going_on = {
        service: after
        for service, part in parts.items()
        if (after := _place_after(part, taken[service], places[service])) is not None
    }
    stalled = [part.stalled for part in parts.values() if part.stalled is not None]
    return MergedPage(items=items, next=write_cursor(going_on), stalled=stalled)


def _named(service: str, items: Sequence[AuditedRequest]) -> list[ServiceRequest]:
    return [ServiceRequest(service=service, **vars(item)) for item in items]


def _newest_first(item: ServiceRequest) -> float:
    return -item.at.timestamp()


def _place_after(part: LogPart, taken: int, place: int) -> int | None:
    if taken == len(part.items):
        return part.next
    return part.items[taken - 1].index if taken else place
