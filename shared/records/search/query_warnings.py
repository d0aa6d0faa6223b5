"""What looks wrong in a search that is answered all the same, as what finds nothing may be mistyped.

A warning of these depends on the search and the day alone and never on records: so it reveals none; `name-common` and
`number-common` do on those that the caller may see. That of records withheld (`results.withheld_warning`) is none of
them. Where a search cannot be answered it is refused instead.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from shared.dates import FUTURE_ALLOWED, OLDEST_AGE, births_for_ages, days_of, years_before
from shared.names import MAX_PARTS, is_cut, is_one_letter
from shared.numbers import is_in_stars
from shared.records.results import EntryWarning, QueryWarning


@dataclass(frozen=True, slots=True)
class WarningKind:
    """One kind of warning, as a kind of record declares it."""

    code: str
    meaning: str
    """For the documents."""

    def at(self, pointer: str, detail: str) -> QueryWarning:
        """Return the warning about one member of a search."""
        return QueryWarning(code=self.code, pointer=pointer, detail=detail)

    def in_entry(self, pointer: str, detail: str) -> EntryWarning:
        """Return the warning about one member of an entry."""
        return EntryWarning(code=self.code, pointer=pointer, detail=detail)


NAME_ONE_LETTER: Final = WarningKind("name-one-letter", "The name has one letter; it finds names of one letter only.")
NAME_FIGURES: Final = WarningKind("name-figures", "The name has figures and no letter.")
NAME_CUT: Final = WarningKind("name-cut", f"Only the first {MAX_PARTS} words of the name are compared.")
NAME_COMMON: Final = WarningKind(
    "name-common", "More names may fit than one search compares; `total` counts those that were compared."
)
BIRTH_FUTURE: Final = WarningKind("birth-future", "The date of birth is in the future.")
BIRTH_EARLY: Final = WarningKind("birth-early", f"The date of birth is more than {OLDEST_AGE} years ago.")
AGE_BIRTH: Final = WarningKind("age-birth", "Nobody born then has the age that is asked for as well.")
DATE_FUTURE: Final = WarningKind("date-future", "The days that are asked for are all in the future.")
NUMBER_IN_STARS: Final = WarningKind(
    "number-in-stars", "The number has a `*` before and after it, which are read as stamped stars, not as wildcards."
)
HITS_CUT: Final = WarningKind(
    "hits-cut", "Hits of this check are left out, as the answer to all checks is full; `total` counts them."
)

NAME_WARNINGS: Final = (NAME_ONE_LETTER, NAME_FIGURES, NAME_CUT, NAME_COMMON)
BIRTH_WARNINGS: Final = (BIRTH_FUTURE, BIRTH_EARLY, AGE_BIRTH)


def name_warnings(name: str | None, member: str = "name") -> Iterator[QueryWarning]:
    """Yield what looks wrong in a name of a person or thing; `member` is that of the search."""
    if name is None:
        return
    if not any(map(str.isalpha, name)):
        yield NAME_FIGURES.at(f"/{member}", "a name has letters, this one only figures")
    elif is_one_letter(name):
        yield NAME_ONE_LETTER.at(
            f"/{member}", "the name has one letter: an initial does not find the name it stands for"
        )
    if is_cut(name):
        yield NAME_CUT.at(f"/{member}", f"only the first {MAX_PARTS} words of the name are compared: leave some out")


def star_warnings(query: Any, members: Iterable[str]) -> Iterator[QueryWarning]:
    """Yield what stars mean around numbers of a search, as they are stamped around some."""
    for member in members:
        if (number := getattr(query, member)) is not None and is_in_stars(number):
            detail = "stars on both sides are read as stamped ones: for a part of a number leave one of them out"
            yield NUMBER_IN_STARS.at(f"/{member}", detail)


def birth_warnings(
    born: str | None, ages: tuple[int | None, int | None], today: date, age_on: date | None = None
) -> Iterator[QueryWarning]:
    """Yield what looks wrong in a date of birth, and in the least and greatest age asked for, today or on a day."""
    if born is None:
        return
    first, last = days_of(born)
    if first > today:
        yield BIRTH_FUTURE.at("/date_of_birth", "the date of birth is in the future")
    elif last < years_before(today, OLDEST_AGE):
        yield BIRTH_EARLY.at("/date_of_birth", f"the date of birth is more than {OLDEST_AGE} years ago")
    elif ages != (None, None):
        yield from _age_warnings(first, last, ages, age_on or today)


def _age_warnings(first: date, last: date, ages: tuple[int | None, int | None], on: date) -> Iterable[QueryWarning]:
    least, greatest = ages
    earliest, latest = births_for_ages(least or 0, OLDEST_AGE if greatest is None else greatest, on)
    if first > latest:
        return [AGE_BIRTH.at("/age_min", "who was born then is younger")]
    return [AGE_BIRTH.at("/age_max", "who was born then is older")] if last < earliest else []


def future_warnings(member: str, day: date | None, today: date) -> Iterator[QueryWarning]:
    """Yield the warning about the first of the days asked for, if it has not come yet."""
    if day is not None and day > today + FUTURE_ALLOWED:
        yield DATE_FUTURE.at(f"/{member}", "the day is in the future, and no record can have it yet")
