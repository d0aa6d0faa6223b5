"""What a machine-readable zone says of the holder of the document: name and date of birth.

The names have no check digit: any of their signs may be misread, and long ones are cut.
"""

from datetime import date
from typing import Final, NamedTuple

from shared.mrz.check_digits import FILLER
from shared.mrz.zones import Zone

_CENTURY: Final = 100


class Holder(NamedTuple):
    """The holder of a document, as far as the zone tells."""

    name: str
    """The family name, and the forenames after it; empty if the zone has none."""

    date_of_birth: str | None
    """A day, month or year (`shared.dates.PartialDate`); None if not even the year is known."""


def holder_of(zone: Zone, today: date) -> Holder:
    """Return what a zone says of the holder. A year of two figures is the last one that is not in the future."""
    names = zone.layout.names.of(zone.lines)
    return Holder(" ".join(names.replace(FILLER, " ").split()), _birth_in(zone.layout.birth.of(zone.lines), today))


def _birth_in(signs: str, today: date) -> str | None:
    year, month, day = signs[:2], signs[2:4], signs[4:]
    if not year.isdecimal():
        return None
    century = today.year // _CENTURY * _CENTURY
    first = next(each for each in (century, century - _CENTURY) if not _is_future(each + int(year), month, day, today))
    parts = [f"{first + int(year)}", *_known(month), *(_known(day) if _known(month) else ())]
    return "-".join(parts)


def _known(part: str) -> tuple[str, ...]:
    """Return a month or a day if it is known: fillers, and zeros in many documents, stand for one that is not."""
    return (part,) if part.isdecimal() and int(part) > 0 else ()


def _is_future(year: int, month: str, day: str, today: date) -> bool:
    known = (year, *map(int, (*_known(month), *(_known(day) if _known(month) else ()))))
    return known > (today.year, today.month, today.day)[: len(known)]
