"""What a VIN says of the vehicle: region and country of the maker, makes, and possible model years.

49 CFR 565.15(d) requires the model year in position 10, of makers who sell in North America. ISO 3779 leaves that
position to others: many state the year there, and many state something else. Says nothing of the vehicle itself. Why no
library does this: ADR 99.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from pydantic import BaseModel, Field

from services.stolen_vehicles import vin
from services.stolen_vehicles.vin import VinVerdict
from services.stolen_vehicles.vin_regions import country_of, is_checked, region_of
from services.stolen_vehicles.vocabulary.makes import makes_of

YEAR_POSITION: Final = 9
# A letter here means a model year from 2010 on, a figure one before that, of what is checked (49 CFR 565.15, table).
_PERIOD_POSITION: Final = 6
_YEAR_CODES: Final = "ABCDEFGHJKLMNPRSTVWXY123456789"
_FIRST_YEAR: Final = 1980
_PERIOD: Final = len(_YEAR_CODES)


class DecodedVin(BaseModel):
    """What a VIN of ISO 3779 form says."""

    region: str | None = Field(description="Of the maker.", examples=["Europe"])
    country: str | None = Field(
        description="ISO 3166-1 alpha-2, of the maker's seat, not of the factory; null if it is not known here.",
        examples=["IT"],
    )
    makes: tuple[str, ...] = Field(
        description="The makes whose VINs begin like this; none if these characters are not listed here.",
        examples=[["Alfa Romeo"]],
    )
    model_years: tuple[int, ...] = Field(
        description="What position 10 means as a model year, the last first; none if it is no such code.",
        examples=[[2017, 1987]],
    )
    states_year: bool = Field(
        description="Whether position 10 must be the model year, as makers of the United States, "
        "Canada and Mexico state it; other makers may use it for anything.",
        examples=[False],
    )


class CheckedVin(BaseModel):
    """A number as it is compared, the result of checking it, and what it says."""

    number: str = Field(description="In capitals, without spaces, dashes and dots.", examples=["ZAR93700005123456"])
    verdict: VinVerdict
    decoded: DecodedVin | None = Field(description="Null if the number is not of ISO 3779 form.")


def year_code(year: int) -> str:
    """Return the character in position 10 for a model year from 1980 on."""
    return _YEAR_CODES[(year - _FIRST_YEAR) % _PERIOD]


def checked_vin(written: str, today: date) -> CheckedVin:
    """Return what a number says, in any writing."""
    number = vin.clean(written)
    verdict = vin.check_vin(number)
    return CheckedVin(number=number, verdict=verdict, decoded=decoded_vin(number, today) if verdict.iso_3779 else None)


def decoded_vin(number: str, today: date) -> DecodedVin:
    """Return what a clean number of ISO 3779 form says."""
    return DecodedVin(
        region=region_of(number),
        country=country_of(number),
        makes=makes_of(number[:3]),
        model_years=tuple(_model_years(number, today)),
        states_year=is_checked(number),
    )


def _model_years(number: str, today: date) -> Iterator[int]:
    """Yield the years that a code may mean, up to the next one, as a model year begins in the year before it.

    Lorries do not tell the two periods apart, so that both are yielded, first the one that a car would mean.
    """
    code = number[YEAR_POSITION]
    if code not in _YEAR_CODES:
        return
    first = _FIRST_YEAR + _YEAR_CODES.index(code)
    years = list(range(first, today.year + 2, _PERIOD))[::-1]
    if is_checked(number) and number[_PERIOD_POSITION].isdigit():
        years.sort(key=lambda year: year >= _FIRST_YEAR + _PERIOD)
    yield from years
