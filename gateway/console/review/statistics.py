"""What the reviewers decided, in numbers: tables with bars, and the same as a file."""

from collections import Counter
from typing import Any, Final

from starlette.responses import Response

from gateway.console.api import target_of
from gateway.console.listing import Column, Listing, arranged, as_file, listed
from gateway.console.page import Page
from gateway.console.records.narrowing import asked_for, narrowed
from gateway.console.records.selections import Selection
from gateway.console.review.decided import DECIDED, STATES
from gateway.console.review.queue import COLOURS
from gateway.console.review.steps import REASONS

SOURCE: Final = "/api/notices/statistics"


def _(text: str) -> str:
    return text


OUTCOMES: Final = ("published", "updated", "update-refused", "released", "compliant", "refused", "cancelled")
FILTERS: Final = (
    Selection("year", (), True, "2026"),
    Selection("bureau", (), True, "FR"),
    Selection("colour", COLOURS),
    Selection("outcome", OUTCOMES),
    Selection("reason", REASONS),
)
COLUMNS: Final = (
    Column("year", _("Year"), lambda count: count["year"]),
    Column("bureau", _("Bureau"), lambda count: count["bureau"]),
    Column("colour", _("Colour"), lambda count: count["colour"]),
    Column("outcome", _("Decision"), lambda count: count["outcome"]),
    Column("reason", _("Reason"), lambda count: count["reason"]),
    Column("count", _("How often"), lambda count: count["count"]),
)
# Of which a table of sums is made.
_SUMMED: Final = (("outcome", _("By decision")), ("reason", _("By reason")), ("colour", _("By colour")))


async def show_statistics(page: Page) -> Response:
    """Show how often the reviewers decided what."""
    asked = asked_for(page, FILTERS)
    listing, faults = await narrowed(
        listed(page, SOURCE, COLUMNS, list_path=None, **asked), arranged(page, [], COLUMNS)
    )
    if page.query.get("format") == "csv":
        return as_file(listing, page, "review-statistics")
    return page.show(
        "review/statistics.html",
        422 if faults else 200,
        asked=asked,
        faults=faults,
        listing=listing,
        most=max((count["count"] for count in listing.items), default=1),
        sums=_sums(listing),
        selections=FILTERS,
        decided_path=lambda **wanted: target_of(DECIDED, wanted),
        decided=STATES,
    )


def _sums(listing: Listing) -> list[dict[str, Any]]:
    """Return sums by one column each, the highest first; none of a list that goes on, as they would be too low."""
    if listing.next is not None:
        return []
    tables = [{"name": name, "title": title, "rows": _summed(listing, name)} for name, title in _SUMMED]
    return [table for table in tables if table["rows"]]


def _summed(listing: Listing, name: str) -> list[tuple[str, int]]:
    summed: Counter[str] = Counter()
    for count in listing.items:
        if count[name] is not None:
            summed[count[name]] += count["count"]
    return summed.most_common()
