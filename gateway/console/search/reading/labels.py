"""Finds the word in a text that says what a number is, such as `passport` or `plate`. Pure.

Such a word is no part of a name or of a number.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from gateway.console.search.reading.names import read_person
from gateway.console.search.reading.readings import NAME, Certainty, Reading
from gateway.console.search.reading.signs import MAX_NUMBER, figures_in
from gateway.console.search.reading.stated_countries import country_beside, issuer_beside
from gateway.console.written_dates import date_in

DOCUMENT: Final = "document"
PLATE: Final = "plate"
_WORDS: Final = {
    DOCUMENT: "passport passport-no passeport pasaporte passaporto passaporte reisepass pass paszport паспорт جواز "
    "id id-card idcard identity identity-card cni dni ausweis personalausweis carte-d'identité document doc visa",
    PLATE: "plate number-plate licence-plate license-plate registration immatriculation plaque kennzeichen targa "
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
_FIELDS: Final = {
    "engine-number": "engine_number",
    "imo": "imo_number",
    "hull": "hull_number",
    "notice-number": "notice_number",
}
"""The fields of a question that are not called as their label."""


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
    if figures_in(text) < _LEAST_FIGURES:
        return False
    found = date_in(text, today)
    return found is None or any(each.isalnum() for each in found.rest)


def read_labelled(found: Labelled, today: date) -> Iterator[Reading]:
    """Yield a number as what its word says, and the name of the holder that stands before a document."""
    if len(found.number) > MAX_NUMBER:
        return
    if found.label == DOCUMENT:
        yield _document(found.number)
        holder = (each for each in read_person(found.before, today) if each.code == NAME)
        yield from (each._replace(certainty=Certainty.SURE) for each in holder)
    else:
        yield _thing(found.label, found.number)


def _document(number: str) -> Reading:
    issued = issuer_beside(number)
    if issued is None:
        return Reading("document-number", {"document_number": number}, Certainty.SURE)
    return Reading("document", {"issuer": issued.code, "document_number": issued.rest}, Certainty.SURE)


def _thing(label: str, number: str) -> Reading:
    """Return the number of a thing without the country that is stated with it, which says something of plates alone."""
    country, plain = country_beside(number)
    stated = {"country": country} if country is not None and label == PLATE else {}
    return Reading(label, {_FIELDS.get(label, label): plain, **stated}, Certainty.SURE)
