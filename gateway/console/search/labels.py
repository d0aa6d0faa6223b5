"""Finds the words in a text that say what the rest is: `passport`, `plate`, or a country by its code or name. Pure.

Such a word is no part of a name or of a number.
"""

import re
from datetime import date
from typing import Final, NamedTuple

from gateway.console.countries import country_named
from gateway.console.written_dates import date_in
from shared.codes.lists import COUNTRY, PRINTED_ISSUER, country_of_issuer

DOCUMENT: Final = "document"
_WORDS: Final = {
    DOCUMENT: "passport passport-no passeport pasaporte passaporto passaporte reisepass pass paszport паспорт جواز "
    "id id-card idcard identity identity-card cni dni ausweis personalausweis carte-d'identité document doc visa",
    "plate": "plate number-plate licence-plate license-plate registration immatriculation plaque kennzeichen targa "
    "matrícula matricula",
    "vin": "vin chassis châssis chasis",
    "serial": "serial imei s/n sn seriennummer série",
    "engine-number": "engine motor moteur",
    "imo": "imo",
    "mmsi": "mmsi",
    "hull": "hin cin hull",
    "notice-number": "notice red-notice",
    "reference": "reference ref référence referencia aktenzeichen az",
}
_CODES: Final = {word.replace("-", " "): code for code, words in _WORDS.items() for word in words.split()}
_ANY: Final = "|".join(re.escape(each).replace(r"\ ", r"[\s-]+") for each in sorted(_CODES, key=len, reverse=True))
_NUMBER: Final = r"(?:(?:number|no|nr|num|numéro|numero|número|nummer|n[°º])(?![^\W\d_])[\s:.°º#]*)?"
_LABEL: Final = re.compile(rf"(?:^|(?<=[\s,;(]))({_ANY})(?![^\W\d_])[\s:.#]*{_NUMBER}", re.IGNORECASE)
_LEAST_FIGURES: Final = 2


class Labelled(NamedTuple):
    """A number with the word that says what it is."""

    label: str
    number: str
    before: str
    """What stands before the word and is no number, such as a name; empty if the number stands there."""


def labelled_in(text: str, today: date) -> Labelled | None:
    """Return the number that stands after a word for it, or else before; None if there is none."""
    found = _LABEL.search(text)
    if found is None:
        return None
    label = _CODES.get(re.sub(r"[\s-]+", " ", found[1].lower()))
    if label is None:
        # A letter of another alphabet is taken for one of the word's, whatever its case.
        return None
    before, after = text[: found.start()].strip(" ,;:("), text[found.end() :].strip(" ,;:)")
    if _is_number(after, today):
        return Labelled(label, after, before)
    return Labelled(label, before, "") if not after and _is_number(before, today) else None


def _is_number(text: str, today: date) -> bool:
    if sum(each.isdecimal() for each in text) < _LEAST_FIGURES:
        return False
    found = date_in(text, today)
    return found is None or any(each.isalnum() for each in found.rest)


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


class Beside(NamedTuple):
    """A country or an issuer that stands before or after a text."""

    written: str
    text: str
    """The text without it."""

    is_before: bool = False


def named_country_beside(text: str) -> Beside | None:
    """Return the country whose whole name stands after or before a text, by the two letters of its code."""
    words = text.replace("(", " ").replace(")", " ").split()
    for size in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        if after := _country_written(" ".join(words[-size:])):
            return Beside(after, " ".join(words[:-size]).rstrip(" ,;:/"))
        if before := _country_written(" ".join(words[:size])):
            return Beside(before, " ".join(words[size:]).lstrip(" ,;:/"), is_before=True)
    return None


_MOST_WORDS: Final = 5
_LEAST_LETTERS: Final = 4


def _country_written(words: str) -> str | None:
    """Return a country by its name; fewer letters than four may as well be a code, or part of a name."""
    return country_named(words) if len(words) >= _LEAST_LETTERS or not words.isascii() else None
