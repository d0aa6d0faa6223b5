"""Countries, and issuers of documents, by the codes that people write: of documents, vehicles, or two letters. Pure."""

import re
from typing import Final

from shared.codes.lists import COUNTRY, PRINTED_ISSUER, country_of_issuer

# The signs of distinguishing countries on vehicles that are not the two letters of the country (Vienna Convention).
_ON_VEHICLES: Final = dict(
    re.findall(
        r"(\w+):(\w+)",
        "A:AT B:BE D:DE E:ES F:FR H:HU I:IT J:JP L:LU M:MT N:NO P:PT S:SE T:TH V:VA UK:GB FIN:FI SLO:SI SRB:RS IRL:IE "
        "EST:EE BIH:BA MNE:ME NMK:MK RUS:RU AUS:AU USA:US EAK:KE MEX:MX ROK:KR RCH:CL RA:AR",
    )
)
_ISSUERS_WRITTEN: Final = {"DEU": "D", "GER": "D", "UK": "GBR"}


def issuer_of(code: str) -> str | None:
    """Return the code of an issuer as a machine-readable zone has it, by that or by the two letters of a country."""
    code = _ISSUERS_WRITTEN.get(code.upper(), code.upper())
    if code in PRINTED_ISSUER.codes:
        return code
    return next((each for each in PRINTED_ISSUER.codes if country_of_issuer(each) == code and each != code), None)


def country_of(code: str) -> str | None:
    """Return a country by its code of two or three letters, or by the sign of it on vehicles."""
    code = code.upper()
    if code in COUNTRY.codes:
        return code
    by_zone = country_of_issuer(_ISSUERS_WRITTEN.get(code, code))
    return _ON_VEHICLES.get(code) or (by_zone if by_zone in COUNTRY.codes else None)


def is_on_vehicles(code: str) -> bool:
    """Return whether vehicles of a country bear its code: its two letters, or the sign of it."""
    return len(code) < len("FRA") or code.upper() in _ON_VEHICLES
