"""What went over the network, as far as an officer may know it: the mail of their bureau, and what its auditors see."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from gateway.console.page import Page

# Hours of which an auditor may have the requests counted.
HOURS: Final = (1, 6, 24)
PAGE_SIZE: Final = 200
# Each page is a leaf in the log of each service.
MOST_PAGES: Final = 5


class ServiceTraffic(NamedTuple):
    """The requests to one service that an auditor sees."""

    service: str
    asked: int
    """By the bureau of the auditor."""

    asked_by_others: int
    """Which were shown records of the bureau."""


class Traffic(NamedTuple):
    """The requests that an auditor sees, by service."""

    since: datetime
    hours: int
    services: list[ServiceTraffic]
    is_complete: bool
    """Whether there are no more than were counted."""

    unread: list[str]
    """The services whose logs could not be read to their end."""


async def counted(page: Page, hours: int, services: Iterable[str]) -> Traffic:
    """Return the requests of the last hours. Each log that is read notes it. Raises ApiRefused."""
    since = page.context.clock.now() - timedelta(hours=hours)
    found: list[Mapping[str, Any]] = []
    unread: set[str] = set()
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        answer = await page.api.get("/api/audit", since=since.isoformat(), limit=PAGE_SIZE, after=cursor)
        found += answer["items"]
        unread |= {each["service"] for each in answer["stalled"]}
        cursor = answer["next"]
        if cursor is None:
            break
    return Traffic(since, hours, by_service(found, page.grant.bureau, services), cursor is None, sorted(unread))


def by_service(leaves: Iterable[Mapping[str, Any]], bureau: str, services: Iterable[str]) -> list[ServiceTraffic]:
    """Return how many requests each service had, in the order of the services."""
    counts = Counter((leaf["service"], leaf["bureau"] == bureau) for leaf in leaves)
    return [ServiceTraffic(each, counts[each, True], counts[each, False]) for each in services]
