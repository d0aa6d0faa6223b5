"""Reads what is typed into the box: what it may be, and how likely that is. Pure.

A text may be several things: all that are likely are asked, and the officer sees what it was read as and corrects it.
Nothing is refused here: what is odd is for the registers to say.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import IntEnum
from typing import Final, NamedTuple

from gateway.console.countries import country_named
from gateway.console.search.labels import (
    DOCUMENT,
    Beside,
    country_of,
    is_on_vehicles,
    issuer_of,
    labelled_in,
    named_country_beside,
)
from gateway.console.written_dates import date_in
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
    "name-whole": _("name, with each word"),
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


MONTH_FIRST: Final = "name-month-first"
"""The reading of a date whose day and month may be exchanged."""


def readings_of(text: str, today: date) -> list[Reading]:
    """Return what a text may be, the surest first; empty if nothing can be asked of it."""
    text = text.strip()[:MAX_TEXT]
    if not any(each.isalnum() for each in text) or ("<" in text and not [*_mrz(text, today)]):
        # A line of a machine-readable zone is nothing without the others.
        return []
    labelled = [*_labelled(text, today)]
    read = [reading for read in _READERS for reading in read(_unlabelled(text, today), today)]
    found = labelled + [each._replace(certainty=Certainty.POSSIBLE) if labelled else each for each in read]
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


def _labelled(text: str, today: date) -> Iterator[Reading]:
    """Yield a number that stands after or before the word for what it is, and the name or make before that."""
    found = labelled_in(text, today)
    if found is None or len(found.number) > MAX_NUMBER:
        return
    yield _of_label(found.label, found.number)
    if found.before and found.label == DOCUMENT:
        yield from (
            each._replace(certainty=Certainty.SURE) for each in _name(found.before, today) if each.code == "name"
        )


def _unlabelled(text: str, today: date) -> str:
    found = labelled_in(text, today)
    return text if found is None else f"{found.before} {found.number}".strip()


def _of_label(label: str, number: str) -> Reading:
    """Return a number as what its label says, with the country that is stated with it."""
    if label == DOCUMENT:
        issued = _issuer_beside(number)
        fields = {} if issued is None else {"issuer": issued.written}
        number = number if issued is None else issued.text
        return Reading(
            "document" if fields else "document-number", {**fields, "document_number": number}, Certainty.SURE
        )
    country, plain = _country_beside(number)
    fields = {"country": country} if country is not None and label == "plate" else {}
    return Reading(label, {_FIELDS_OF_LABELS.get(label, label): plain, **fields}, Certainty.SURE)


_FIELDS_OF_LABELS: Final = {
    "engine-number": "engine_number",
    "imo": "imo_number",
    "hull": "hull_number",
    "notice-number": "notice_number",
}


def _name(text: str, today: date) -> Iterator[Reading]:
    """Yield a name, with the date of birth beside or before the name, and without a country that stands there too."""
    without = _without_country(text, today)
    born = date_in(without, today)
    written = (without if born is None else born.rest).strip(" ,;\"'")
    name = " ".join("".join(map(_letter_or_space, written)).split())
    if not _is_name(name) or set(text) & _NEVER_IN_NAMES:
        return
    certainty = _certainty_of_name(text, name, is_odd=name != " ".join(written.split()), is_born=born is not None)
    known = {} if born is None else {"date_of_birth": born.known}
    yield Reading("name", {"name": name, **known}, certainty)
    if born is not None and born.exchanged:
        yield Reading(MONTH_FIRST, {"name": name, "date_of_birth": born.exchanged}, Certainty.POSSIBLE)
    if without != text:
        whole = (text if born is None else _rest_of(text, today)).strip(" ,;\"'()")
        yield Reading("name-whole", {"name": whole, **known}, Certainty.POSSIBLE)


def _is_name(name: str) -> bool:
    has_letter = any(each.isalpha() for each in name)
    return has_letter and not is_one_letter(name) and not _figures(name) and len(name) <= MAX_NAME


def _rest_of(text: str, today: date) -> str:
    found = date_in(text, today)
    return text if found is None else found.rest


def _certainty_of_name(text: str, name: str, *, is_odd: bool, is_born: bool) -> Certainty:
    if is_born:
        # A short text may be a plate too.
        return Certainty.LIKELY if len(signs_of(text)) <= _LONGEST_PLATE else Certainty.SURE
    if is_odd:
        return Certainty.POSSIBLE
    is_whole = " " in name or not signs_of(name).isascii()
    return Certainty.SURE if is_whole else Certainty.LIKELY


def _letter_or_space(sign: str) -> str:
    """Return a sign of a name as it is, and any other as a space."""
    return sign if sign.isalpha() or sign in _IN_NAMES or unicodedata.category(sign)[0] == "M" else " "


_IN_NAMES: Final = frozenset(" ,.'’ʼ-‐‑·・()0123456789*?<>\"")


def _without_country(text: str, today: date) -> str:
    """Return a text without the country that stands after its date of birth, or after a name of two words or more."""
    if (inside := _IN_BRACKETS.search(text)) and (country_named(inside[1]) or issuer_of(inside[1])):
        return f"{text[: inside.start()].rstrip()} {text[inside.end() :].lstrip()}".strip()
    found = _CODE_AT_END.fullmatch(text)
    coded = None if found is None or issuer_of(found[2]) is None else Beside(found[2], found[1])
    beside = coded or named_country_beside(text)
    if beside is None or beside.is_before:
        return text
    is_after_date = beside.text[-1:].isdecimal() and date_in(beside.text, today) is not None
    is_long = beside.text.count(" ") > 0 and (
        coded is None or (len(coded.written) == len("FRA") and coded.written.isupper())
    )
    return beside.text if is_after_date or is_long else text


_IN_BRACKETS: Final = re.compile(r"\(([^\W\d_][^\d()]*)\)")
_CODE_AT_END: Final = re.compile(r"(.+?)[\s,(]+([A-Za-z]{1,3})\)?")
_LEAST_LETTERS: Final = 2
_NEVER_IN_NAMES: Final = frozenset('<>?*"')


def _document(text: str, _today: date) -> Iterator[Reading]:
    """Yield a number of a document beside its issuer: a code as in a machine-readable zone, or a country."""
    issued = _issuer_beside(text)
    if issued is None or has_wildcards(text):
        return
    signs = signs_of(issued.text)
    if _figures(signs) >= _LEAST_FIGURES_OF_DOCUMENT and _LEAST_SIGNS <= len(signs) <= _LONGEST_DOCUMENT:
        yield Reading(
            "document", {"issuer": issued.written, "document_number": issued.text}, _certainty_of_document(text, signs)
        )


def _certainty_of_document(text: str, signs: str) -> Certainty:
    is_coded = re.match("[A-Za-z]{3}[^A-Za-z]", text) is not None
    if len(signs) > max(_USUAL_DOCUMENTS) or (len(signs) < min(_USUAL_DOCUMENTS) and not is_coded):
        return Certainty.POSSIBLE
    return Certainty.SURE if is_coded and len(signs) > _LONGEST_PLATE else Certainty.LIKELY


def _issuer_beside(text: str) -> Beside | None:
    """Return the issuer that stands before or after a number, by its code in a machine-readable zone."""
    if (found := _AFTER_CODE.fullmatch(text)) and (issuer := issuer_of(found[1])):
        return Beside(issuer, found[2].strip(), is_before=True)
    if (found := _CODE_AT_END.fullmatch(text)) and (issuer := issuer_of(found[2])):
        return Beside(issuer, found[1].strip())
    named = named_country_beside(text)
    issuer = None if named is None else issuer_of(named.written)
    return None if named is None or issuer is None else named._replace(written=issuer)


_AFTER_CODE: Final = re.compile(r"([A-Za-z]{1,3})[\s:/·-]+(\S.*)")
_LEAST_FIGURES_OF_DOCUMENT: Final = 2
_LEAST_SIGNS: Final = 4
_LONGEST_DOCUMENT: Final = 12


def _plate(text: str, _today: date) -> Iterator[Reading]:
    country, plate = _country_beside(text)
    signs = signs_of(plate.replace("*", "").replace("?", ""))
    if not 2 <= len(signs) <= MAX_PLATE or len(plate) > MAX_PLATE or not _is_of_number(plate):
        return
    is_mixed = 0 < _figures(signs) < len(signs)
    if country is not None and len(signs) <= _LONGEST_PLATE_OF_COUNTRY:
        is_sure = _is_plate_shaped(signs) and _code_beside_is_on_vehicles(text)
        yield Reading("plate", {"plate": plate, "country": country}, Certainty.SURE if is_sure else Certainty.LIKELY)
    elif is_mixed or (len(signs) <= _LONGEST_PLATE and " " not in plate.strip()):
        is_usual = is_mixed and (len(signs) <= _LONGEST_UNUSUAL_PLATE or not _is_latin(signs))
        yield Reading("plate", {"plate": plate}, Certainty.LIKELY if is_usual else Certainty.POSSIBLE)


_LONGEST_PLATE: Final = 8
_LONGEST_UNUSUAL_PLATE: Final = 10
_LONGEST_PLATE_OF_COUNTRY: Final = 9


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
    named = named_country_beside(text)
    return (None, text) if named is None or not _figures(named.text) else (named.written, named.text)


def _code_beside_is_on_vehicles(text: str) -> bool:
    """Return whether the country beside a plate is written as on vehicles, or by its name; FRA is on documents."""
    code = re.search(r"(?:^|[^A-Za-z])([A-Z]{3})(?:[^A-Za-z]|$)", text, re.IGNORECASE)
    return code is None or is_on_vehicles(code[1]) or country_of(code[1]) is None


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
    if found and _figures(found[2]) and len(found[2]) <= MAX_NUMBER and country_named(found[1]) is None:
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
    return len(signs) <= _LONGEST_PLATE and 0 < _figures(signs) <= _MOST_FIGURES_OF_PLATE and not signs.isdecimal()


_MOST_FIGURES_OF_PLATE: Final = 4


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
