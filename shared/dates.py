"""Dates in police records: what is known of a date, how two of them are compared, and which ages they allow.

The notation is that of EDTF level 0 (ISO 8601-1: dates and time intervals without a time of day). See ADR 66.
"""

import re
from calendar import isleap, monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from shared.patterns import in_words

OLDEST_AGE: Final = 130
FIRST_YEAR: Final = 1850
LAST_YEAR: Final = 2100
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


class Days(NamedTuple):
    """The first and the last of the days that a date may mean."""

    first: date
    last: date


_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
_FORM = "must be YYYY-MM-DD, YYYY-MM, YYYY, or a range of two of them such as 2026-03-10/2026-03-14"
# What other levels of EDTF or habit would write, and what to write here.
_HINTS = (
    (re.compile(r"[0-9-][Xx]"), "write unknown digits as what they allow: 1980/1989 for 198X, 1987 for 1987-XX"),
    (re.compile(r"[?~%]"), "write the range that is meant instead of ?, ~ or %"),
    (re.compile(r"\.\.|^/|/$"), "give both ends of the range"),
    (re.compile(r"[0-9][Tt ][0-9]"), "leave out the time of day"),
)


# Years, months, and days that every month has. Most dates are such, and each record shown is validated: this is faster.
_EVERY_MONTH_HAS = re.compile(r"(?:18[5-9]|19[0-9]|20[0-9])[0-9](?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|1[0-9]|2[0-8]))?)?")


def _on_the_calendar(text: str) -> str:
    if not _EVERY_MONTH_HAS.fullmatch(text):
        days_of(text)
    return text


# For the documents alone: the validator says what is wrong, which a pattern does not.
_ANY_PARTIAL = "(18[5-9][0-9]|19[0-9]{2}|20[0-9]{2}|2100)(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"

PartialDate = Annotated[
    str,
    Field(
        description="As much of a date as is known: `YYYY-MM-DD`, `YYYY-MM`, `YYYY`, or a range of two of them, both "
        "ends included: `2026-03-13/2026-03-16` is one day of these four, `1985/1987-06` one from 1985 to June 1987. "
        f"From {FIRST_YEAR} to {LAST_YEAR}; a range spans at most {OLDEST_AGE} years.",
        examples=["1987-04-19", "1987-04", "1987", "1985/1987-06"],
        json_schema_extra={"pattern": in_words(f"^{_ANY_PARTIAL}(/{_ANY_PARTIAL})?$", _FORM)},
    ),
    AfterValidator(_on_the_calendar),
]


def _no_range(text: str) -> str:
    if "/" in text:
        raise ValueError("give one day, month or year: a range has two ends, each with a parameter of its own")
    return text


def _first_of_partial(value: Any) -> Any:
    return first_day(_no_range(value)) if isinstance(value, str) else _iso_8601(value)


def _last_of_partial(value: Any) -> Any:
    return last_day(_no_range(value)) if isinstance(value, str) else _iso_8601(value)


_PARTIAL_SCHEMA = WithJsonSchema({"type": "string", "pattern": in_words(f"^{_ANY_PARTIAL}$", _FORM)})
FromDay = Annotated[date, BeforeValidator(_first_of_partial), _PARTIAL_SCHEMA]
"""The first day of a partial date, where an interval starts."""

ToDay = Annotated[date, BeforeValidator(_last_of_partial), _PARTIAL_SCHEMA]
"""The last day of a partial date, where an interval ends."""

AnyDate = str | date | Days
"""A partial date, a day, or the days of a partial date."""


def days_of(known: AnyDate) -> Days:
    """Return the first and the last day that a date may mean. Raises ValueError, without the text, for no date."""
    if isinstance(known, str):
        return _read(known)
    return known if isinstance(known, Days) else Days(known, known)


def first_day(known: AnyDate) -> date:
    """Return the first day that a date may mean. Raises ValueError."""
    return days_of(known).first


def last_day(known: AnyDate) -> date:
    """Return the last day that a date may mean. Raises ValueError."""
    return days_of(known).last


def end_of(day: date) -> datetime:
    """Return the first moment after a day, in UTC."""
    return datetime.combine(day, time.max, UTC) + timedelta(microseconds=1)


def overlaps(one: AnyDate, other: AnyDate) -> bool:
    """Return whether two dates may be the same day. Raises ValueError."""
    one, other = days_of(one), days_of(other)
    return one.first <= other.last and other.first <= one.last


def is_within(one: AnyDate, other: AnyDate) -> bool:
    """Return whether a date, whichever day it is, is one of the days of another. Raises ValueError."""
    one, other = days_of(one), days_of(other)
    return other.first <= one.first and one.last <= other.last


def certainly_before(one: AnyDate, other: AnyDate) -> bool:
    """Return whether each day of one date is before each day of the other. Raises ValueError."""
    return last_day(one) < first_day(other)


def _read(text: str) -> Days:
    start, slash, end = text.partition("/")
    first, last = _read_partial(start, text)
    if not slash:
        return Days(first, last)
    last = _read_partial(end, text).last
    if last < first:
        raise ValueError("the range ends before it starts")
    if years_before(last, OLDEST_AGE) > first:
        raise ValueError(f"a range spans at most {OLDEST_AGE} years")
    return Days(first, last)


def _read_partial(text: str, whole: str) -> Days:
    """Return the days of one date of a text. Raises ValueError."""
    form = _PARTIAL.fullmatch(text)
    if form is None:
        raise ValueError(next((hint for sign, hint in _HINTS if sign.search(whole)), _FORM))
    year = int(form[1])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR} and {LAST_YEAR}")
    if form[2] is None:
        return Days(date(year, 1, 1), date(year, 12, 31))
    month = int(form[2])
    if not 1 <= month <= 12:
        raise ValueError("must have a month from 01 to 12")
    month_ends = monthrange(year, month)[1]
    if form[3] is None:
        return Days(date(year, month, 1), date(year, month, month_ends))
    day = int(form[3])
    if not 1 <= day <= month_ends:
        raise ValueError(f"must have a day from 01 to {month_ends}, as the month has")
    return Days(date(year, month, day), date(year, month, day))


def ages_at(born: AnyDate, event: AnyDate) -> tuple[int, int]:
    """Return the least and the greatest age in whole years that a person may have had at an event."""
    births, events = days_of(born), days_of(event)
    return _age(births.last, events.first), _age(births.first, events.last)


def _age(born: date, on: date) -> int:
    return max(0, on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


def births_for_ages(youngest: int, oldest: int, today: date) -> Days:
    """Return the days of birth for an age range in whole years."""
    return Days(years_before(today, oldest + 1) + timedelta(days=1), years_before(today, youngest))


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


def slashed(known: str | None) -> str | None:
    """Return a partial date as INTERPOL's public notices API writes it, such as `1987/04`.

    Of a range it is what both ends have in common, None if nothing.
    """
    first, _, last = (known or "").partition("/")
    common = []
    for one, other in zip(first.split("-"), (last or first).split("-"), strict=False):
        if one != other:
            break
        common.append(one)
    return "/".join(common) or None
