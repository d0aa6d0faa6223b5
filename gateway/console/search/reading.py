"""Reads what is typed into the box: what it may be, and how likely that is. Pure.

A text may be several things: all that are likely are asked, and the officer sees what it was read as and corrects it.
Nothing is refused here: what is odd is for the registers to say.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import IntEnum
from typing import Final, NamedTuple

from gateway.console.search.written_dates import date_in
from shared.codes.lists import COUNTRY, PRINTED_ISSUER, country_of_issuer
from shared.ids import UUID_PATTERN
from shared.names import is_one_letter
from shared.numbers import has_wildcards, signs_of

MAX_TEXT: Final = 300
MAX_NAME: Final = 120
MAX_REFERENCE: Final = 60
MAX_PLATE: Final = 20
MAX_NUMBER: Final = 30
MAX_WORDS: Final = 80


def _(text: str) -> str:
    return text


READINGS: Final = {
    "mrz": _("machine-readable zone"),
    "record": _("id of a record"),
    "notice-number": _("number of a notice"),
    "name": _("name"),
    "name-month-first": _("name, with the month first"),
    "document": _("document of an issuer"),
    "document-number": _("number of a document"),
    "plate": _("number plate"),
    "vin": _("VIN"),
    "engine-number": _("engine number"),
    "serial": _("serial number or IMEI"),
    "hull": _("hull number"),
    "imo": _("IMO number"),
    "mmsi": _("MMSI of a vessel"),
    "vessel": _("name of a vessel"),
    "work": _("work of art"),
    "reference": _("reference of an owner"),
}
"""What a text may be read as, and what that is called, in English: the key of its translations."""


class Certainty(IntEnum):
    """How certain a reading is."""

    POSSIBLE = 0
    """It is asked only if the officer says so."""
    LIKELY = 1
    """It is asked unless another reading is sure."""
    SURE = 2
    """Its form says what it is."""


class Reading(NamedTuple):
    """What a text may be."""

    code: str
    """One of `READINGS`."""

    fields: Mapping[str, str]
    """What is asked then, by the fields of a question."""

    certainty: Certainty


def readings_of(text: str, today: date) -> list[Reading]:
    """Return what a text may be, the surest first; empty if it has no letter and no figure."""
    text = text.strip()[:MAX_TEXT]
    if not any(each.isalnum() for each in text):
        return []
    found = [reading for read in _READERS for reading in read(text, today)]
    first = {reading.code: reading for reading in reversed(found)}
    return sorted((each for each in found if first[each.code] is each), key=lambda each: -each.certainty)


def chosen_of(readings: list[Reading]) -> list[Reading]:
    """Return the readings that are asked unless the officer chooses others: all that are as sure as the surest."""
    surest = max((each.certainty for each in readings), default=Certainty.POSSIBLE)
    if surest is Certainty.POSSIBLE:
        return readings[:1]
    return [each for each in readings if each.certainty is surest]


def _mrz(text: str, _today: date) -> Iterator[Reading]:
    if "<" in text and len(text) >= _SHORTEST_ZONE:
        yield Reading("mrz", {"mrz": text}, Certainty.SURE)


# Two lines of 36 signs, with a sign or two that were not copied.
_SHORTEST_ZONE: Final = 60


def _record(text: str, _today: date) -> Iterator[Reading]:
    if re.fullmatch(UUID_PATTERN, text.lower()):
        yield Reading("record", {"record": text.lower()}, Certainty.SURE)


def _notice_number(text: str, _today: date) -> Iterator[Reading]:
    if found := _NOTICE_NUMBER.fullmatch(text):
        yield Reading("notice-number", {"notice_number": f"{found[1]}/{found[2]}"}, Certainty.SURE)


_NOTICE_NUMBER: Final = re.compile(r"((?:19|20)[0-9]{2})\s*/\s*([0-9]{1,7})")


def _labelled(text: str, _today: date) -> Iterator[Reading]:
    """Yield a number that stands after what it is."""
    found = _LABEL.fullmatch(text)
    if found and _figures(found[2]):
        code, field = _LABELS[found[1].lower()]
        yield Reading(code, {field: found[2].strip()}, Certainty.SURE)


_LABELS: Final = {
    "vin": ("vin", "vin"),
    "imei": ("serial", "serial"),
    "imo": ("imo", "imo_number"),
    "mmsi": ("mmsi", "mmsi"),
    "hin": ("hull", "hull_number"),
    "cin": ("hull", "hull_number"),
}
_LABEL: Final = re.compile(rf"({'|'.join(_LABELS)})\b[\s:.#]*(.{{4,{MAX_NUMBER}}})", re.IGNORECASE)


def _name(text: str, today: date) -> Iterator[Reading]:
    """Yield a name, with the date of birth beside or before the name."""
    born = date_in(text, today)
    name = (text if born is None else born.rest).strip(" ,;\"'")
    if is_one_letter(name) or _figures(name) or len(name) > MAX_NAME or set(name) & _NEVER_IN_NAMES:
        return
    if born is None:
        yield Reading("name", {"name": name}, Certainty.LIKELY)
        return
    is_plate_too = len(signs_of(text)) <= _LONGEST_PLATE
    certainty = Certainty.LIKELY if is_plate_too else Certainty.SURE
    yield Reading("name", {"name": name, "date_of_birth": born.known}, certainty)
    if born.exchanged:
        yield Reading("name-month-first", {"name": name, "date_of_birth": born.exchanged}, Certainty.POSSIBLE)


_LEAST_LETTERS: Final = 2
_NEVER_IN_NAMES: Final = frozenset('<>?*/\\"=@#')


def _document(text: str, _today: date) -> Iterator[Reading]:
    """Yield a number of a document after the code of its issuer, as in a machine-readable zone or of two letters."""
    found = _AFTER_CODE.fullmatch(text)
    issuer = None if found is None else issuer_of(found[1])
    if found is None or issuer is None or has_wildcards(text):
        return
    signs = signs_of(found[2])
    if _figures(signs) >= _LEAST_FIGURES_OF_DOCUMENT and _LEAST_SIGNS <= len(signs) <= _LONGEST_DOCUMENT:
        yield Reading(
            "document", {"issuer": issuer, "document_number": found[2].strip()}, _certainty_of_document(found[1], signs)
        )


def _certainty_of_document(code: str, signs: str) -> Certainty:
    if len(signs) > max(_USUAL_DOCUMENTS):
        return Certainty.POSSIBLE
    return Certainty.SURE if len(code) == len("FRA") and len(signs) > _LONGEST_PLATE else Certainty.LIKELY


_AFTER_CODE: Final = re.compile(r"([A-Za-z]{1,3})[\s:/·-]+(\S.*)")
_LEAST_FIGURES_OF_DOCUMENT: Final = 2
_LEAST_SIGNS: Final = 4
_LONGEST_DOCUMENT: Final = 12


def issuer_of(code: str) -> str | None:
    """Return the code of an issuer as a machine-readable zone has it, by that or by the two letters of a country."""
    code = _ISSUERS_WRITTEN.get(code.upper(), code.upper())
    if code in PRINTED_ISSUER.codes:
        return code
    return next((each for each in PRINTED_ISSUER.codes if country_of_issuer(each) == code and each != code), None)


_ISSUERS_WRITTEN: Final = {"DEU": "D", "GER": "D", "UK": "GBR"}


def _plate(text: str, _today: date) -> Iterator[Reading]:
    country, plate = _country_beside(text)
    signs = signs_of(plate.replace("*", "").replace("?", ""))
    if not 2 <= len(signs) <= MAX_PLATE or len(plate) > MAX_PLATE or not _is_of_number(plate):
        return
    is_mixed = 0 < _figures(signs) < len(signs)
    if country is not None and len(signs) <= _LONGEST_PLATE_OF_COUNTRY:
        yield Reading("plate", {"plate": plate, "country": country}, Certainty.LIKELY)
    elif is_mixed or (len(signs) <= _LONGEST_PLATE and " " not in plate.strip()):
        is_usual = is_mixed and (len(signs) <= _LONGEST_PLATE or not _is_latin(signs))
        yield Reading("plate", {"plate": plate}, Certainty.LIKELY if is_usual else Certainty.POSSIBLE)


_LONGEST_PLATE: Final = 8
_LONGEST_PLATE_OF_COUNTRY: Final = 9
# The signs of distinguishing countries on vehicles that are not the two letters of the country (Vienna Convention).
_ON_VEHICLES: Final = dict(
    re.findall(
        r"(\w+):(\w+)",
        "A:AT B:BE D:DE E:ES F:FR H:HU I:IT J:JP L:LU M:MT N:NO P:PT S:SE T:TH V:VA UK:GB FIN:FI SLO:SI SRB:RS IRL:IE "
        "EST:EE BIH:BA MNE:ME NMK:MK RUS:RU AUS:AU USA:US EAK:KE MEX:MX ROK:KR RCH:CL RA:AR",
    )
)


def country_of(code: str) -> str | None:
    """Return a country by its code of two or three letters, or by the sign of it on vehicles."""
    code = code.upper()
    if code in COUNTRY.codes:
        return code
    by_zone = country_of_issuer(_ISSUERS_WRITTEN.get(code, code))
    return _ON_VEHICLES.get(code) or (by_zone if by_zone in COUNTRY.codes else None)


def _country_beside(text: str) -> tuple[str | None, str]:
    """Return the country that stands before or after a plate, and the plate."""
    for pattern, code, plate in ((_COUNTRY_AFTER, 2, 1), (_COUNTRY_BEFORE, 1, 2)):
        found = pattern.fullmatch(text)
        country = None if found is None else country_of(found[code])
        if found is None or country is None or not _figures(found[plate]):
            continue
        # M AB 1234 is a plate of Munich, and none of Malta.
        if not (code == 1 and len(found[code]) == 1 and _GERMAN_REST.fullmatch(found[plate])):
            return country, found[plate].strip()
    return None, text


_GERMAN_REST: Final = re.compile(r"[A-Z]{1,2}[ -]*[0-9]{1,4}[EH]?", re.IGNORECASE)
_COUNTRY_AFTER: Final = re.compile(r"(.+?)(?:\s+|\s*[(/])([A-Za-z]{1,3})\)?")
_COUNTRY_BEFORE: Final = re.compile(r"\(?([A-Za-z]{1,3})(?:\)\s*|\s*[:/]\s*|\s+)(.+)")


def _vin(text: str, _today: date) -> Iterator[Reading]:
    signs = signs_of(text)
    if has_wildcards(text) or len(text) > MAX_NUMBER or not _figures(signs):
        return
    if len(signs) == _VIN_SIGNS and _figures(signs) < _VIN_SIGNS:
        yield Reading("vin", {"vin": text}, Certainty.LIKELY if set(signs) & set("IOQ") else Certainty.SURE)
    elif len(signs) in (_VIN_SIGNS - 1, _VIN_SIGNS + 1, _VIN_END) and _is_of_number(text):
        yield Reading("vin", {"vin": text}, Certainty.POSSIBLE)


_VIN_SIGNS: Final = 17
# A search knows a VIN by its last eight signs too.
_VIN_END: Final = 8


def _hull(text: str, _today: date) -> Iterator[Reading]:
    if _HULL.fullmatch(signs_of(text)) and len(text) <= MAX_NUMBER:
        yield Reading("hull", {"hull_number": text}, Certainty.SURE)


# ISO 10087: country, maker, serial, month and year of making, model year.
_HULL: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{3}[0-9A-Z]{5}[A-L][0-9]{3}")


def _imo(text: str, _today: date) -> Iterator[Reading]:
    signs = signs_of(text)
    if len(signs) == _IMO_FIGURES and signs.isdecimal() and _is_imo(signs):
        yield Reading("imo", {"imo_number": text}, Certainty.LIKELY)
    elif len(signs) == _MMSI_FIGURES and signs.isdecimal() and signs[0] in "234567":
        yield Reading("mmsi", {"mmsi": text}, Certainty.POSSIBLE)


_IMO_FIGURES: Final = 7
_MMSI_FIGURES: Final = 9


def _is_imo(figures: str) -> bool:
    """Return whether the last figure is the check digit (IMO resolution A.1117(30))."""
    return sum(int(each) * weight for each, weight in zip(figures, range(7, 1, -1), strict=False)) % 10 == int(
        figures[-1]
    )


def _serial(text: str, _today: date) -> Iterator[Reading]:
    """Yield a serial number, with the make that stands before it."""
    found = _MAKE_BEFORE.fullmatch(text)
    if found and _figures(found[2]) and len(found[2]) <= MAX_NUMBER:
        yield Reading("serial", {"serial": found[2].strip(), "make": found[1].strip()}, Certainty.LIKELY)
        return
    signs = signs_of(text)
    if not _is_of_number(text) or len(signs) < _LEAST_SIGNS or _figures(signs) < _LEAST_FIGURES_OF_SERIAL:
        return
    yield Reading("serial", {"serial": text}, _certainty_of_serial(text, signs))


def _certainty_of_serial(text: str, signs: str) -> Certainty:
    if _is_elsewhere(text):
        return Certainty.POSSIBLE
    if len(signs) == _IMEI_FIGURES and signs.isdecimal():
        return Certainty.SURE if _is_imei(signs) else Certainty.LIKELY
    return Certainty.POSSIBLE if _is_plate_shaped(signs) else Certainty.LIKELY


def _is_elsewhere(text: str) -> bool:
    """Return whether a text is rather a plate: with its country, or of another script."""
    return _country_beside(text)[0] is not None or not _is_latin(signs_of(text))


_MAKE_BEFORE: Final = re.compile(r"([^\W\d_]{4,}(?:\s*&\s*[^\W\d_]+|[ -]+[^\W\d_]{4,})*)[\s:,#]+([0-9A-Za-z].{3,})")
_LEAST_FIGURES_OF_SERIAL: Final = 3
_IMEI_FIGURES: Final = 15


def _is_imei(figures: str) -> bool:
    """Return whether the last figure is the check digit (ISO/IEC 7812, Luhn)."""
    doubled = (int(each) * (1 + at % 2) for at, each in enumerate(figures))
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0


def _other_numbers(text: str, _today: date) -> Iterator[Reading]:
    """Yield what a number may be besides: of a document whose issuer is not stated, or of an engine."""
    signs = signs_of(text)
    if not _is_of_number(text) or _figures(signs) < _LEAST_SIGNS:
        return
    if not has_wildcards(text) and _SHORTEST_DOCUMENT <= len(signs) <= _LONGEST_DOCUMENT:
        is_usual = len(signs) in _USUAL_DOCUMENTS and not _is_plate_shaped(signs) and not _is_elsewhere(text)
        certainty = Certainty.LIKELY if is_usual else Certainty.POSSIBLE
        yield Reading("document-number", {"document_number": text}, certainty)
    if len(signs) >= _SHORTEST_ENGINE:
        certainty = Certainty.LIKELY if len(signs) > _LONGEST_DOCUMENT else Certainty.POSSIBLE
        yield Reading("engine-number", {"engine_number": text}, certainty)


_SHORTEST_DOCUMENT: Final = 6
_USUAL_DOCUMENTS: Final = (8, 9, 10)
_SHORTEST_ENGINE: Final = 6


def _is_plate_shaped(signs: str) -> bool:
    return len(signs) <= _LONGEST_PLATE and not signs.isdecimal()


def _work(text: str, _today: date) -> Iterator[Reading]:
    """Yield words of a work of art: in quotes they are nothing else."""
    words = text.strip("\"'«»“”„ ")
    if sum(each.isalpha() for each in words) < _LEAST_LETTERS or len(words) > MAX_WORDS or "<" in text:
        return
    is_quoted = len(words) < len(text) and text[0] in "\"'«“„"
    yield Reading("work", {"work": words}, Certainty.SURE if is_quoted else Certainty.POSSIBLE)


def _vessel(text: str, _today: date) -> Iterator[Reading]:
    if sum(each.isalpha() for each in text) >= _LEAST_LETTERS and len(text) <= MAX_WORDS and "<" not in text:
        yield Reading("vessel", {"vessel": text}, Certainty.POSSIBLE)


def _reference(text: str, _today: date) -> Iterator[Reading]:
    if len(text) <= MAX_REFERENCE and _figures(text) and text.isprintable():
        is_sure = text.count("/") > 1 and any(each.isalpha() for each in text) and " " not in text
        yield Reading("reference", {"reference": text}, Certainty.SURE if is_sure else Certainty.POSSIBLE)


def _is_of_number(text: str) -> bool:
    """Return whether a text has so few letters that it may be a number that identifies a thing."""
    return len(text) <= MAX_NUMBER and sum(each.isalpha() for each in text) <= _MOST_LETTERS


_MOST_LETTERS: Final = 7


def _is_latin(signs: str) -> bool:
    return signs.isascii()


def _figures(text: str) -> int:
    return sum(each.isdecimal() for each in text)


_READERS: Final[tuple[Callable[[str, date], Iterator[Reading]], ...]] = (
    _mrz,
    _record,
    _notice_number,
    _labelled,
    _vin,
    _hull,
    _name,
    _document,
    _plate,
    _imo,
    _serial,
    _other_numbers,
    _reference,
    _work,
    _vessel,
)
"""In the order in which their readings are shown, where they are equally certain."""
