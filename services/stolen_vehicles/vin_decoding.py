"""What a VIN says of the vehicle: region and country of the maker, makes, and possible model years.

ISO 3780 assigns the first two characters to countries, where the maker has its seat, not where the vehicle was built;
49 CFR 565.15(d) requires the model year in position 10, of makers who sell in North America. ISO 3779 leaves that
position to others: many state the year there, and many state something else. Says nothing of the vehicle itself. Why no
library does this: ADR 99.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from pydantic import BaseModel, Field

from services.stolen_vehicles import vin
from services.stolen_vehicles.vin import VinVerdict
from services.stolen_vehicles.vocabulary.makes import makes_of

YEAR_POSITION: Final = 9
# A letter here means a model year from 2010 on, a figure one before that, of what is checked (49 CFR 565.15, table).
_PERIOD_POSITION: Final = 6
_YEAR_CODES: Final = "ABCDEFGHJKLMNPRSTVWXY123456789"
_FIRST_YEAR: Final = 1980
_PERIOD: Final = len(_YEAR_CODES)

_REGIONS: Final = {
    **dict.fromkeys("ABCDEFGH", "Africa"),
    **dict.fromkeys("JKLMNPR", "Asia"),
    **dict.fromkeys("STUVWXYZ", "Europe"),
    **dict.fromkeys("12345", "North America"),
    **dict.fromkeys("67", "Oceania"),
    **dict.fromkeys("890", "South America"),
    # Assigned since: China has all of H, and the United States of 7F to 70.
    "H": "Asia",
}
_ORDER: Final = "ABCDEFGHJKLMNPRSTUVWXYZ1234567890"
# The ranges of ISO 3780 that have been in use, as far as published tables agree, each with a country of ISO 3166-1.
_RANGES: Final = """
AA-AH ZA  BF-BG KE  HA-H0 CN  JA-J0 JP  KF-KH IL  KL-KR KR  LA-L0 CN  MA-ME IN  MF-MK ID  ML-MR TH  NA-NE IR
NF-NG PK  NL-NR TR  PA-PC PH  PF-PG SG  PL-PR MY  RA-RB AE  RF-RK TW  RL-RN VN  RS-RT SA
SA-SM GB  SN-ST DE  SU-SZ PL  S1-S2 LV  TA-TH CH  TJ-TP CZ  TR-TV HU  TW-T1 PT  UH-UM DK  UN-UR IE  UU-UW RO  U5-U7 SK
VA-VE AT  VF-VR FR  VS-VW ES  V3-V5 HR  V6-V8 EE  WA-W0 DE  XA-XC BG  XF-XH GR  XL-XR NL  XS-XW RU  XX-XY LU  X3-X0 RU
YA-YE BE  YF-YK FI  YS-YW SE  YX-Y2 NO  Y3-Y5 BY  Y6-Y8 UA  ZA-ZR IT  ZX-ZZ SI  Z3-Z5 LT  Z6-Z0 RU
1A-10 US  2A-20 CA  3A-3W MX  4A-40 US  5A-50 US  6A-6W AU  6Y-61 NZ  7A-7E NZ  7F-70 US
8A-8E AR  8F-8G CL  8X-8Z VE  9A-9E BR  9F-9G CO  9S-9V UY  93-99 BR
"""


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    words = iter(text.split())
    for span, country in zip(words, words, strict=True):
        first, last = (_ORDER.index(end[1]) for end in span.split("-"))
        yield from ((span[0] + each, country) for each in _ORDER[first : last + 1])


_COUNTRIES: Final[Mapping[str, str]] = dict(_pairs(_RANGES))


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
        description="Whether position 10 must be the model year, as makers of North America state it; other makers may "
        "use it for anything.",
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
        region=_REGIONS.get(number[0]),
        country=_COUNTRIES.get(number[:2]),
        makes=makes_of(number[:3]),
        model_years=tuple(_model_years(number, today)),
        states_year=number[0] in vin.CHECKED_REGIONS,
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
    if number[0] in vin.CHECKED_REGIONS and number[_PERIOD_POSITION].isdigit():
        years.sort(key=lambda year: year >= _FIRST_YEAR + _PERIOD)
    yield from years
