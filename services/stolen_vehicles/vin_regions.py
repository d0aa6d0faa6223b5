"""The country and region that the first two characters of a VIN are assigned to, by ISO 3780.

That is where the maker has its seat, not where the vehicle was built. Ranges on which published tables disagree have no
country here.
"""

from collections.abc import Iterator, Mapping
from typing import Final

# 49 CFR 565 in the United States, and the standards of the other two. GB 16735 requires a check digit of Chinese makers
# as well; that is not held against a VIN here, as it is not known since when all of them have used one.
_CHECKED: Final = frozenset(("US", "CA", "MX"))
_REGIONS: Final = {
    **dict.fromkeys("ABCDEFG", "Africa"),
    # China has all of H, which was Africa's.
    **dict.fromkeys("HJKLMNPR", "Asia"),
    **dict.fromkeys("STUVWXYZ", "Europe"),
    **dict.fromkeys("12345", "North America"),
    **dict.fromkeys("67", "Oceania"),
    **dict.fromkeys("890", "South America"),
}
_ORDER: Final = "ABCDEFGHJKLMNPRSTUVWXYZ1234567890"
# Those that have been in use, as far as published tables agree, each with a country of ISO 3166-1.
_RANGES: Final = """
AA-AH ZA  BA-BB AO  BF-BG KE  CA-CB BJ  CF-CG MG  CL-CM TN  DA-DB EG  DF-DG MA  DL-DM ZM  EA-EB ET  EF-EG MZ  FA-FB GH
FF-FG NG  HA-H0 CN
JA-J0 JP  KA-KB LK  KF-KH IL  KL-KR KR  K1-K3 KR  LA-L0 CN  MA-ME IN  MF-MK ID  ML-MR TH  MS-MS MM  MY-M0 IN  NA-NE IR
NF-NG PK  NL-NR TR  NS-NT UZ  N1-N5 IR  N7-N8 TR  PA-PC PH  PF-PG SG  PL-PR MY  PS-PT BD  P5-P0 IN
RA-RB AE  RF-RK TW  RL-RN VN  RS-RT SA
SA-SM GB  SN-ST DE  SU-SZ PL  S1-S2 LV  TA-TH CH  TJ-TP CZ  TR-TV HU  TW-T1 PT  UH-UM DK  UN-UR IE  UU-UW RO  U5-U7 SK
VA-VE AT  VF-VR FR  VS-VW ES  V3-V5 HR  V6-V8 EE  WA-W0 DE  XA-XC BG  XF-XH GR  XL-XR NL  XS-XW RU  XX-XY LU  X3-X0 RU
YA-YE BE  YF-YK FI  YN-YN MT  YS-YW SE  YX-Y2 NO  Y3-Y5 BY  Y6-Y8 UA  ZA-ZR IT  ZX-ZZ SI  Z3-Z5 LT  Z6-Z0 RU
1A-10 US  2A-20 CA  3A-3W MX  4A-40 US  5A-50 US  6A-6W AU  6Y-61 NZ  7A-7E NZ  7F-70 US
8A-8E AR  8F-8G CL  8L-8M EC  8S-8T PE  8X-8Z VE  9A-9E BR  9F-9G CO  9L-9M PY  9S-9V UY  93-99 BR
"""


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    words = iter(text.split())
    for span, country in zip(words, words, strict=True):
        first, last = (_ORDER.index(end[1]) for end in span.split("-"))
        yield from ((span[0] + each, country) for each in _ORDER[first : last + 1])


_COUNTRIES: Final[Mapping[str, str]] = dict(_pairs(_RANGES))


def country_of(number: str) -> str | None:
    """Return the country of the maker, ISO 3166-1 alpha-2, or None if it is not known here."""
    return _COUNTRIES.get(number[:2])


def region_of(number: str) -> str | None:
    """Return the region of the maker: that of the first character, unless the country is one of North America."""
    return "North America" if is_checked(number) else _REGIONS.get(number[:1])


def is_checked(number: str) -> bool:
    """Return whether a maker must use a check digit and state the model year, as those of North America must."""
    return country_of(number) in _CHECKED
