"""Dates in police records: partial dates, and the range of births for an age."""

import re
from calendar import isleap, monthrange
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

OLDEST_AGE: Final = 130
# An event may be dated tomorrow where, by time zone, it is tomorrow already.
FUTURE_ALLOWED: Final = timedelta(days=1)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339 section 5.6.
_MOMENT = re.compile(_DAY.pattern + r"[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")


def _iso_8601(value: Any) -> Any:
    # pydantic would read a number as seconds since 1970.
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    if isinstance(value, date):
        return value
    raise ValueError("must be a date of the form YYYY-MM-DD")


Day = Annotated[date, Field(ge=date(1900, 1, 1), examples=["2026-03-14"]), BeforeValidator(_iso_8601)]


def _rfc_3339(value: Any) -> Any:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value.upper())
    if isinstance(value, datetime):
        return value
    raise ValueError("must be a time with its zone, such as 2026-06-01T12:00:00Z")


Moment = Annotated[AwareDatetime, BeforeValidator(_rfc_3339)]


def _on_the_calendar(text: str) -> str:
    earliest_of(text)
    return text


PartialDate = Annotated[
    str,
    Field(
        pattern="^(18|19|20)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
        description="As much of a date as is known: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.",
        examples=["1987-04-19", "1987-04", "1987"],
    ),
    AfterValidator(_on_the_calendar),
]


def earliest_of(partial: str) -> date:
    """Return the first day that a partial date includes. Raises ValueError for an impossible day."""
    year, month, day = (*map(int, partial.split("-")), 1, 1)[:3]
    return date(year, month, day)


def latest_of(partial: str) -> date:
    """Return the last day that a partial date includes. Raises ValueError for an impossible day."""
    first = earliest_of(partial)
    match partial.count("-"):
        case 0:
            return date(first.year, 12, 31)
        case 1:
            return first.replace(day=monthrange(first.year, first.month)[1])
        case _:
            return first


def births_for_ages(youngest: int, oldest: int, today: date) -> tuple[date, date]:
    """Return the first and last date of birth for an age range in whole years."""
    return years_before(today, oldest + 1) + timedelta(days=1), years_before(today, youngest)


def years_before(day: date, years: int) -> date:
    """Return the same day some years earlier; a 29 February becomes the 28th where there is none."""
    year = day.year - years
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def span_text(least: object, greatest: object) -> str:
    """Return a range of days, ages or measures as text, such as `30 to 45`, `from 30` or `to 45`."""
    if least is None:
        return f"to {greatest}"
    return f"from {least}" if greatest is None else f"{least} to {greatest}"
