"""When an object was made: a year or a range of two, also before our era, in the notation of EDTF level 0.

The year 0000 is 1 BC, and -0449 is 450 BC (ISO 8601-1, astronomical years). `shared.dates` begins with 1850 and has
days, which no object of art needs.
"""

import re
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints

from shared.patterns import in_words

FIRST_YEAR: Final = -9999
LAST_YEAR: Final = 2100
_YEAR: Final = "-?[0-9]{4}"
_FORM: Final = "must be a year such as 1632, or a range of two such as 1610/1620; -0449 is 450 BC"
_RANGE: Final = re.compile(f"({_YEAR})(?:/({_YEAR}))?")
# What habit and other levels of EDTF write, and what to write here.
_HINTS: Final = (
    (re.compile(r"[0-9][Xx]"), "write unknown digits as what they allow: 1600/1699 for 16XX"),
    (re.compile(r"[?~%]|(?i:circa|ca\.|c\.|um )"), "write the range that is meant instead of about"),
    (re.compile(r"(?i:cent|jh|siècle|siglo)"), "write a century as its years: 1601/1700 for the 17th"),
    (re.compile(r"(?i:b\.?c|v\. ?chr|av\. ?j)"), "write -0449 for 450 BC"),
    (re.compile(r"[0-9]\s*[-–]\s*[0-9]"), "write a range with a slash: 1610/1620"),
    (re.compile(r"\.\.|^/|/$"), "give both ends of the range"),
)


class Years(NamedTuple):
    """The first and the last of the years that a date may mean."""

    first: int
    last: int


def years_of(text: str) -> Years:
    """Return the years that a date may mean. Raises ValueError, without the text, for no date."""
    found = _RANGE.fullmatch(text)
    if found is None:
        hint = next((hint for pattern, hint in _HINTS if pattern.search(text)), None)
        raise ValueError(f"{_FORM}; {hint}" if hint else _FORM)
    years = Years(int(found[1]), int(found[2] or found[1]))
    if years.first > years.last:
        raise ValueError("the range ends before it begins")
    if years.last > LAST_YEAR:
        raise ValueError(f"must not be after {LAST_YEAR}")
    return years


def _checked(text: str) -> str:
    years_of(text)
    return text


MadeIn = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=4, max_length=11),
    AfterValidator(_checked),
    Field(
        description="A year, or a range of two, both included: `1632`, `1610/1620`; years before our era are "
        "astronomical: `-0449` is 450 BC.",
        examples=["1632", "1610/1620"],
        json_schema_extra={"pattern": in_words(f"^{_YEAR}(/{_YEAR})?$", _FORM)},
    ),
]
