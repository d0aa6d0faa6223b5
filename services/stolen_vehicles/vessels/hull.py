"""Hull identification numbers of small craft: EN ISO 10087 (14 characters) and 33 CFR 181.25 (12, without a country).

Both have the maker's code, a serial number, a letter for the month, a figure for the year of manufacture, and two
figures of the model year. From 1972 to 1984 American makers chose between two older endings: month and year as figures,
or M, the model year, and a letter for the month, of which A is August. The numbers have no check digit, so that a form
is all that can be verified.
"""

import re
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field

from shared.codes.countries import COUNTRIES
from shared.numbers import signs_of

# The first numbers are of November 1972; two figures of a year mean one from then on.
FIRST_YEAR: Final = 1972
# A boat is sold as one of a model year that has begun, or of one not long gone.
YEARS_APART: Final = 2
AMERICAN: Final = "US"
# I, O and Q are left out of the serial number alone (33 CFR 181.25(b)).
_MAKER_AND_SERIAL: Final = "(?P<maker>[A-Z0-9]{3})(?P<serial>[A-HJ-NPR-Z0-9]{5})"
_BUILT: Final = "(?P<month>[A-L])(?P<year>[0-9])(?P<model>[0-9]{2})"
_MONTHS: Final = "ABCDEFGHIJKL"


class HullForm(StrEnum):
    """The form of a hull number."""

    ISO_10087 = "iso-10087"
    AMERICAN = "american"
    AMERICAN_1972 = "american-1972"
    OTHER = "other"


_FORMS: Final = (
    (HullForm.ISO_10087, re.compile(f"(?P<country>[A-Z]{{2}}){_MAKER_AND_SERIAL}{_BUILT}")),
    (HullForm.AMERICAN, re.compile(_MAKER_AND_SERIAL + _BUILT)),
    (HullForm.AMERICAN_1972, re.compile(f"{_MAKER_AND_SERIAL}M(?P<model>[0-9]{{2}})[A-L]")),
    (HullForm.AMERICAN_1972, re.compile(f"{_MAKER_AND_SERIAL}(?P<month>0[1-9]|1[0-2])(?P<model>[0-9]{{2}})")),
)


class HullVerdict(BaseModel):
    """What a hull number says by its form, without any data on the vessel."""

    form: HullForm = Field(description="`other`: none of the standards, as of older and of self-built boats.")
    country: str | None = Field(None, description="Of the maker, ISO 3166-1 alpha-2.", examples=["GB"])
    maker: str | None = Field(None, description="The code of the maker, which its country assigns.", examples=["ABC"])
    serial: str | None = Field(None, examples=["00042"])
    built: str | None = Field(None, description="The month of manufacture.", examples=["2013-01"])
    model_year: int | None = Field(None, examples=[2013])
    warning: str | None = Field(None, description="What to read again, or null.")


def check_hull(written: str) -> HullVerdict:
    """Return what a hull number says, in any writing."""
    number = signs_of(written)
    for form, pattern in _FORMS:
        if found := pattern.fullmatch(number):
            return _verdict(form, found.groupdict())
    detail = "has neither 14 signs (EN ISO 10087) nor 12 of the American forms: read it again, unless it is older"
    return HullVerdict(form=HullForm.OTHER, warning=detail)


def other_writings(written: str, flag: str | None) -> tuple[str, ...]:
    """Return a number without its country, or with the one that it lacks; none for other forms.

    American boats bear either: `US` is put before the twelve signs on those that are exported. Of others the country is
    left out by mistake: it may be that of the flag.
    """
    number, form = signs_of(written), check_hull(written).form
    if form is HullForm.OTHER:
        return ()
    if form is HullForm.ISO_10087:
        return (number[2:],)
    return tuple(country + number for country in dict.fromkeys((AMERICAN, flag)) if country)


def _verdict(form: HullForm, parts: dict[str, str | None]) -> HullVerdict:
    country = parts.get("country") or (AMERICAN if form is not HullForm.ISO_10087 else None)
    model_year = _year_of(int(parts["model"] or 0))
    built, warning = None, None
    if month := parts.get("month"):
        year = _built_by(int(parts["year"] or 0), model_year) if parts.get("year") else model_year
        number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
        built = f"{year}-{number:02}"
        if model_year - year > YEARS_APART:
            warning = f"states {year} as the year of manufacture, {model_year - year} years before the model year"

    if country not in COUNTRIES:
        warning, country = f"begins with {country}, which is no country: read it again", None
    return HullVerdict(
        form=form,
        country=country,
        maker=parts["maker"],
        serial=parts["serial"],
        built=built,
        model_year=model_year,
        warning=warning,
    )


def _year_of(two_figures: int) -> int:
    """Return the year that two figures mean."""
    century = 1900 if two_figures >= FIRST_YEAR % 100 else 2000
    return century + two_figures


def _built_by(figure: int, model_year: int) -> int:
    """Return the last year with a final figure up to that of the model, or the one after it, as some are sold early."""
    latest = model_year + 1
    return latest - (latest - figure) % 10
