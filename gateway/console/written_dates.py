"""Reads a date in a text as people write it: in figures of any script, or with the name of a month. Pure.

Where day and month cannot be told apart, the day is first, as in most of the world, and the other reading is said.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from babel import Locale

from gateway.console.countries import LANGUAGES
from gateway.console.letters import letters_of

FIRST_YEAR: Final = 1850
_CENTURY: Final = 100
_MONTHS_OF_A_YEAR: Final = 12
_WHOLE_YEAR: Final = re.compile("(?<![0-9])[0-9]{4}(?![0-9])")

_SEPARATOR: Final = r"\s*[-./ ]\s*"
_YEAR: Final = r"([0-9]{4}|[0-9]{2})"
_MONTH: Final = r"([^\W\d_]{3,20})\.?"
# No longer text is a date alone.
_LONGEST: Final = 60
# Later years are of other calendars.
_LAST_DAY: Final = date(2199, 12, 31)
# The Polish November and July are the October and June of Croatia; `2010/11` may be two years, or a month.
_TWO_YEARS: Final = "|".join(f"{n:02}/{n + 1:02}" for n in range(12))
_OF_TWO: Final = re.compile(rf"\b(?:listopad|li[sp]\b)|^\s*[0-9]{{2}}(?:{_TWO_YEARS})\s*$", re.IGNORECASE)
_ORDINAL: Final = r"(?:st|nd|rd|th|er|re|º|ª|\.)?"
_OF: Final = r"(?:\s*(?:de|del|of|d')\s+|[\s,./-]*)"
# What stands before a date of birth, and is no part of a name.
_BEFORE: Final = re.compile(
    r"(?:^|[\s,;(])(?:\*|b\.|(?:d\.?o\.?b\.?|born|date of birth|née?|nacid[oa]|geb\.?|geboren|nato|nata)"
    r"(?:\s+(?:on|in|le|en|el|am|il))?)\s*:?\s*$",
    re.IGNORECASE,
)


class WrittenDate(NamedTuple):
    """A date that was found in a text."""

    known: str
    """As much of it as is known: a day, month, year, or a range of years (`shared.dates.PartialDate`)."""

    rest: str
    """The text without it."""

    exchanged: str | None = None
    """The other reading, where day and month may be exchanged."""


def date_in(text: str, today: date) -> WrittenDate | None:
    """Return the first date in a text, read in the most exact way that makes one; None if there is none."""
    figures = _in_our_figures(text)
    for pattern, read in _FORMS:
        for found in pattern.finditer(figures):
            dates = read(found, today)
            if dates:
                return WrittenDate(dates[0], _without(text, found), dates[1] if len(dates) > 1 else None)
    return None


def only_date(text: str) -> str | None:
    """Return the date that is all of a text, with its whole year; None if there is none, or it may be another day."""
    found = _only_date(text)
    return found.known if found is not None and found.exchanged is None else None


def either_day(text: str) -> tuple[str, str] | None:
    """Return both days that a text may be, whose day and month may be exchanged; None if it is one day or none."""
    found = _only_date(text)
    return (found.known, found.exchanged) if found is not None and found.exchanged else None


def _only_date(text: str) -> WrittenDate | None:
    if len(text) > _LONGEST or not _WHOLE_YEAR.search(_in_our_figures(text)) or _OF_TWO.search(text):
        return None
    found = date_in(text, _LAST_DAY)
    return None if found is None or found.rest else found


def _without(text: str, found: re.Match[str]) -> str:
    before, after = text[: found.start()], text[found.end() :]
    before = _BEFORE.sub(" ", before).rstrip(" ,;(*")
    return " ".join(f"{before} {after.lstrip(' ,;)')}".split())


def _in_our_figures(text: str) -> str:
    """Return a text with figures of any script as ours; each sign stays at its place."""
    return "".join(str(unicodedata.decimal(each, each)) for each in text)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _whole(year: str, today: date) -> int:
    """Return a year; one of two figures is the last that is not in the future."""
    if len(year) > 2:
        return int(year)
    century = today.year // _CENTURY * _CENTURY
    return century + int(year) - (_CENTURY if century + int(year) > today.year else 0)


def _is_possible(year: int, today: date) -> bool:
    return FIRST_YEAR <= year <= today.year


def _year_first(found: re.Match[str], today: date) -> list[str]:
    year, month, day = map(int, found.groups())
    return list(filter(None, [_day(year, month, day)])) if _is_possible(year, today) else []


def _day_first(found: re.Match[str], today: date) -> list[str]:
    one, other, year = int(found[1]), int(found[2]), _whole(found[3], today)
    if not _is_possible(year, today):
        return []
    day_first = _day(year, other, one)
    if day_first and "." in found[0]:
        # Nobody writes a month first before a point.
        return [day_first]
    both = (day_first, _day(year, one, other))
    return list(dict.fromkeys(filter(None, both)))


def _month_in_words(day: str | None, month: str, year: str, today: date) -> list[str]:
    number, whole = month_of(month), _whole(year, today)
    if number is None or not _is_possible(whole, today):
        return []
    known = f"{whole}-{number:02}" if day is None else _day(whole, number, int(day))
    return [known] if known else []


def _month_of_year(year: str, month: str, today: date) -> list[str]:
    is_month = 1 <= int(month) <= _MONTHS_OF_A_YEAR
    return [f"{year}-{int(month):02}"] if is_month and _is_possible(int(year), today) else []


def _years(found: re.Match[str], today: date) -> list[str]:
    first, last = found[1], found[2]
    return [f"{first}/{last}"] if FIRST_YEAR <= int(first) < int(last) <= today.year else []


def _year(found: re.Match[str], today: date) -> list[str]:
    return [found[1]] if _is_possible(int(found[1]), today) else []


def _form(pattern: str, read: "_Read") -> tuple[re.Pattern[str], "_Read"]:
    return re.compile(rf"(?<![0-9A-Za-z]){pattern}(?![0-9])", re.IGNORECASE), read


_Read = Callable[[re.Match[str], date], list[str]]
_FORMS: Final = (
    _form(r"([0-9]{4})\s*[-./年]\s*([0-9]{1,2})\s*[-./月]\s*([0-9]{1,2})日?", _year_first),
    _form(rf"([0-9]{{1,2}}){_SEPARATOR}([0-9]{{1,2}}){_SEPARATOR}{_YEAR}", _day_first),
    _form(
        rf"([0-9]{{1,2}}){_ORDINAL}{_OF}{_MONTH}{_OF}{_YEAR}",
        lambda found, today: _month_in_words(found[1], found[2], found[3], today),
    ),
    _form(
        rf"(?<![^\W\d_]){_MONTH}\s+([0-9]{{1,2}}){_ORDINAL},?\s+([0-9]{{4}})",
        lambda found, today: _month_in_words(found[2], found[1], found[3], today),
    ),
    _form(
        rf"(?<![^\W\d_]){_MONTH}{_OF}([0-9]{{4}})",
        lambda found, today: _month_in_words(None, found[1], found[2], today),
    ),
    _form(r"((?:18|19|20)[0-9]{2})([0-9]{2})([0-9]{2})", _year_first),
    _form(r"([0-9]{4})\s*[-/–]\s*([0-9]{4})", _years),
    _form(r"([0-9]{4})[-./]([0-9]{1,2})", lambda found, today: _month_of_year(found[1], found[2], today)),
    _form(r"([0-9]{1,2})[-./]([0-9]{4})", lambda found, today: _month_of_year(found[2], found[1], today)),
    _form(r"([0-9]{4})年?", _year),
)


def month_of(word: str) -> int | None:
    """Return the number of a month by its name or a usual abbreviation of it, in one of the languages."""
    return _months().get(letters_of(word))


@cache
def _months() -> dict[str, int]:
    return {letters_of(name): number for language in LANGUAGES for name, number in _names(language)}


def _names(language: str) -> Iterator[tuple[str, int]]:
    months = Locale.parse(language).months
    for use in ("format", "stand-alone"):
        for width in ("abbreviated", "wide"):
            yield from ((str(name), int(number)) for number, name in months[use][width].items())
