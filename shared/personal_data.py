"""Recognises what looks like personal data in free text that must hold none, such as the place of a theft.

It looks for signs that hardly occur otherwise: a title before a name, a role with a name, a telephone number, an e-mail
address, a date of birth, a postal address, an IBAN. Does NOT recognise a bare name ("Max Mustermann"), as makes,
models and places have the same form, nor a street with a house number alone, which is the place of a theft as often as
a home.

Of the table in `tests/shared/test_personal_data.py` it takes 4 of 59 personal texts for harmless and 4 of 91 harmless
for personal. The table was made together with the rules: other texts will fare worse.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shared.errors import SHOWN_FAULTS, Refusal, fault, in_one_line
from shared.iban import has_iban


class PersonalData(Refusal, status=422, code="personal-data", title="The text holds personal data"):
    """A text that must hold none looks as if it had; `errors` says where, what, and what to write instead."""


_NOTHING: Final[Mapping[str, str | None]] = MappingProxyType({})
# A word with a capital, in any script: a name may have several, with hyphens and apostrophes.
_NAME = r"(?:[^\W\d_a-z][\w’'.-]{1,40})"
_PARTICLES = r"(?:(?:van|von|de|der|den|di|da|del|della|le|la|al|el|bin|ibn|zu)\s{1,3}){0,3}"
_FULL_NAME = rf"{_PARTICLES}{_NAME}(?:\s{{1,3}}{_PARTICLES}{_NAME}){{1,4}}"
_ANY_NAME = rf"{_PARTICLES}{_NAME}"

# Titles of persons alone. Those of streets and makers as well, such as Don, Lord and Saint, are left out.
_TITLES = (
    r"Mr|Mrs|Ms|Herrn?|Frau|Monsieur|Mme|Mlle|Madame|Señor|Señora|Srta|Sra|Senhora?|Signora?|Sig\.ra|"
    r"Sig(?!\s(?:Sauer\b|Pro\b|H[aä]mmerli\b|[A-Z]{1,4}\d))|Dhr|Mevr|Pan(?!\sAm\b)|Pani|Bay|Bayan|г-н|г-жа|господин|госпожа|السيد|السيدة|κύριος|κυρία"
)
_TITLED = re.compile(rf"(?<![\w-])(?:{_TITLES})\.?\s{{1,3}}{_ANY_NAME}")
_DOCTOR = re.compile(
    rf"(?<![\w-])(?:Dr|Prof|Dott|Dott\.ssa|Doctor|Docteur)\.?\s{{1,3}}(?!Ing\b|h\. ?c)(?:med\.?\s{{1,3}})?{_ANY_NAME}"
)
_ROLES = (
    r"owners?|keeper|driver|holder|renter|victim|complainant|belongs to|owned by|stolen from|Halter(?:in)?|"
    r"Eigentümer(?:in)?|Besitzer(?:in)?|Fahrer(?:in)?|propriétaire|conducteur|conductrice|détenteur|appartient à|"
    r"propietari[oa]|conductora?|titular|proprietari[oa]|conducente|intestatari[oa]|właściciel|владелец|водитель"
)
_ROLE = re.compile(rf"(?<![\w-])(?i:{_ROLES})\s?[:=]\s?{_ANY_NAME}")
_ROLE_OF = re.compile(rf"(?<![\w-])(?i:{_ROLES})\s{_FULL_NAME}")
# Streets, squares and houses are named after persons; what has one of these words is taken for a place.
_PLACE = re.compile(
    r"(?i:stra(?:ß|ss)e|str\.|platz|gasse|allee|\bweg\b|\bring\b|ufer|\brue\b|avenue|\bav\.|boulevard|\bplace\b|\bquai\b|"
    r"\bvia\b|viale|piazza|corso|\bcalle\b|plaza|paseo|avenida|\brua\b|praça|street|\bst\.|road|\bsquare\b|\blane\b|"
    r"\bdrive\b|\bpark\b|parking|airport|flughafen|station|bahnhof|hospital|klinik|h[oô]tel|school|schule|museum|"
    r"tussauds|ulica|\bul\.|улица|площадь|\bcaddesi\b|\bhafen\b|harbour|cathedral|kirche|markt|mosque|"
    r"\barea\b|\bservices\b)"
)

_EMAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,}")
# Latitude and longitude, which have a sign and many figures as well.
_COORDINATE = re.compile(r"(?<![\w.])[+-]?\d{1,3}[.,]\d{3,}(?![\d.])°?")
_ZIP_4 = re.compile(r"\b\d{5}-\d{4}\b")
_GAP = r"[\s./()-]{0,3}"
_INTERNATIONAL = re.compile(rf"(?<![\w+])(?:\+|00)\s?[1-9](?:{_GAP}\d){{7,14}}(?!\d)")
_INTERNATIONAL_WITH_PLUS = re.compile(rf"(?<!\w)\+\s?[1-9](?:{_GAP}\d){{7,14}}(?!\d)")
_NATIONAL = re.compile(rf"(?<![\w.+-])\(?0(?:{_GAP}\d){{8,11}}(?![\d])")
_AMERICAN = re.compile(r"(?<![\w.-])(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d])")
_LABELLED = re.compile(
    r"(?i:(?<!\w)(?:tel|tél|tlf|tfno|telefon|telephone|téléphone|teléfono|telefono|phone|mobile|mobil|móvil|handy|cell|"
    rf"portable|gsm|whatsapp|тел|هاتف)\b[\s.:]*(?:no|nr|n°)?[\s.:]*)[+(]?(?:{_GAP}\d){{5,}}"
)

_DATE = r"(?:\d{1,2}[./\s-]+(?:\d{1,2}|[^\W\d_]+\.?)[./\s-]+\d{2,4}|\d{4}-\d{2}-\d{2})"
_BIRTH = re.compile(
    r"(?i:(?<!\w)(?:DOB|d\.o\.b\.?|date of birth|born(?: on)?|geb\.?|geboren(?: am)?|née?(?: le)?|nat[oa](?: il)?|"
    rf"nacid[oa](?: el)?|ur\.|г\.р\.))[\s:]*{_DATE}"
)

_POSTCODE = r"(?:[A-Z]{1,2}-)?\d{4,5}(?:\s[A-Z]{2})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|\d{2}-\d{3}"
_NUMBER_LAST = rf"[^\W\d_][\w.’' -]{{3,60}}\s\d{{1,4}}\s?[a-zA-Z]?,?\s+(?:{_POSTCODE})\s+[^\W\d_]"
_NUMBER_FIRST = (
    rf"(?<!\d)\d{{1,4}}\s?(?:bis|ter|[a-zA-Z])?,?\s+[^\W\d_][\w.’' -]{{3,60}},\s*"
    rf"(?:[\w’' -]{{1,60}},?\s{{1,3}})?(?:{_POSTCODE})(?!\d)"
)
_POSTAL = re.compile(rf"{_NUMBER_LAST}|{_NUMBER_FIRST}")
_DWELLING = re.compile(
    r"(?i:(?<!\w)(?:apt|apartment|appartement|appt|wohnung|apto|apartamento|appartamento|кв)\.?\s?(?:no|nr)?\.?\s?\d|"
    r"(?<!\w)(?:home|house|residence|flat) of (?:the )?(?:owner|keeper|driver|holder|victim|complainant)|"
    r"\blives at\b|\bwohnhaft\b|\bdomicilié|\bresiding at\b|(?<!\w)c/o\s)"
)


def personal_data_in(text: str) -> str | None:
    """Return what personal data a text seems to hold, such as `a telephone number`; None if it seems to hold none."""
    # A text without any of these cannot have such a sign; most texts have none.
    has_figures = any(map(str.isdecimal, text))
    if ("@" in text or "at" in text) and _EMAIL.search(text):
        return "an e-mail address"
    if has_figures and has_iban(text):
        return "an account number"
    if has_figures and _has_telephone_number(text):
        return "a telephone number"
    if has_figures and _BIRTH.search(text):
        return "a date of birth"
    if _has_name(text):
        return "the name of a person"
    return "the address of a person" if _DWELLING.search(text) or (has_figures and _POSTAL.search(text)) else None


def surely_personal_data_in(text: str) -> str | None:
    """Return what personal data a reference or a number holds for sure; None for what may be a number of a file.

    An e-mail address, an IBAN, a telephone number with `+` or a word for it, a date of birth with a word for it. Names
    are not looked for, as a reference may have the form of one.
    """
    if "@" in text and _EMAIL.search(text):
        return "an e-mail address"
    if has_iban(text):
        return "an account number"
    if ("+" in text and _INTERNATIONAL_WITH_PLUS.search(text)) or _LABELLED.search(text):
        return "a telephone number"
    return "a date of birth" if _BIRTH.search(text) else None


def _has_telephone_number(text: str) -> bool:
    plain = _ZIP_4.sub("", _COORDINATE.sub("", text))
    return any(form.search(plain) for form in (_LABELLED, _INTERNATIONAL, _NATIONAL, _AMERICAN))


def _has_name(text: str) -> bool:
    if _ROLE.search(text):
        return True
    return any(form.search(text) for form in (_TITLED, _DOCTOR, _ROLE_OF)) and not _PLACE.search(text)


def _personal_data_in_number(text: str) -> str | None:
    return surely_personal_data_in(text) or ("the name of a person" if _has_name(text) else None)


def require_no_personal_data(
    texts: Mapping[str, str | None],
    instead: str,
    numbers: Mapping[str, str | None] = _NOTHING,
    *,
    quoted: Mapping[str, str | None] = _NOTHING,
) -> None:
    """Require texts without personal data, each by its JSON pointer; `instead` is advice. Raises PersonalData.

    Of `numbers` the sure signs count alone, and names with a title or a role: no number has one. Of what is `quoted`
    from an object, such as a title, the sure signs count alone: it may be about a person.
    """
    found = {pointer: what for pointer, text in texts.items() if text and (what := personal_data_in(text))}
    found |= {pointer: what for pointer, text in numbers.items() if text and (what := _personal_data_in_number(text))}
    found |= {pointer: what for pointer, text in quoted.items() if text and (what := surely_personal_data_in(text))}
    if found:
        errors = [fault(pointer, f"this looks like {what}: {instead}") for pointer, what in found.items()]
        raise PersonalData(in_one_line(errors), errors=errors[:SHOWN_FAULTS])
