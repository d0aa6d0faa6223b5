"""Reads names: of a person with the date of birth, of a work of art, and of a vessel. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.console.countries import country_named
from gateway.console.search.country_codes import issuer_of
from gateway.console.search.reading.readings import MONTH_FIRST, NAME, Certainty, Reading
from gateway.console.search.reading.signs import LEAST_LETTERS, LONGEST_PLATE, figures_in, letters_in
from gateway.console.search.reading.stated_countries import issuer_code_after, named_country_beside
from gateway.console.written_dates import date_in
from shared.names import is_one_letter
from shared.numbers import signs_of

MAX_NAME: Final = 120
MAX_WORDS: Final = 80
_NEVER_IN_NAMES: Final = frozenset('<>?*"')
# A name with a figure is none; brackets stand around what belongs to it.
_IN_NAMES: Final = frozenset(" ,.'’ʼ-‐‑·・()0123456789")
_IN_BRACKETS: Final = re.compile(r"\(([^\W\d_][^\d()]*)\)")
_QUOTES: Final = "\"'«“„"


def read_person(text: str, today: date) -> Iterator[Reading]:
    """Yield a name, with the date of birth beside or before the name, and without a country that stands there too."""
    without = _without_country(text, today)
    born = date_in(without, today)
    written = (without if born is None else born.rest).strip(" ,;'")
    name = " ".join("".join(map(_letter_or_space, written)).split())
    if not _is_name(name) or set(text) & _NEVER_IN_NAMES:
        return
    certainty = _certainty_of(text, name, is_odd=name != " ".join(written.split()), is_born=born is not None)
    known = {} if born is None else {"date_of_birth": born.known}
    yield Reading(NAME, {"name": name, **known}, certainty)
    if born is not None and born.exchanged:
        yield Reading(MONTH_FIRST, {"name": name, "date_of_birth": born.exchanged}, Certainty.POSSIBLE)
    if without != text:
        whole = text if born is None else _without_date(text, today)
        yield Reading("name-whole", {"name": whole.strip(" ,;'()"), **known}, Certainty.POSSIBLE)


def _without_country(text: str, today: date) -> str:
    """Return a text without the country that stands after its date of birth, or after a name of two words or more."""
    if (inside := _IN_BRACKETS.search(text)) and (country_named(inside[1]) or issuer_of(inside[1])):
        return f"{text[: inside.start()].rstrip()} {text[inside.end() :].lstrip()}".strip()
    coded = issuer_code_after(text)
    stated = coded or named_country_beside(text)
    if stated is None or stated.is_before:
        return text
    is_after_date = stated.rest[-1:].isdecimal() and date_in(stated.rest, today) is not None
    # Two letters, or small ones, may as well be part of a name.
    is_country = coded is None or (len(coded.code) == len("FRA") and coded.code.isupper())
    return stated.rest if is_after_date or (is_country and " " in stated.rest) else text


def _without_date(text: str, today: date) -> str:
    found = date_in(text, today)
    return text if found is None else found.rest


def _letter_or_space(sign: str) -> str:
    """Return a sign of a name as it is, and any other as a space."""
    return sign if sign.isalpha() or sign in _IN_NAMES or unicodedata.category(sign)[0] == "M" else " "


def _is_name(name: str) -> bool:
    return letters_in(name) > 0 and not is_one_letter(name) and not figures_in(name) and len(name) <= MAX_NAME


def _certainty_of(text: str, name: str, *, is_odd: bool, is_born: bool) -> Certainty:
    if is_born:
        # A short text may be a plate too.
        return Certainty.LIKELY if len(signs_of(text)) <= LONGEST_PLATE else Certainty.SURE
    if is_odd:
        return Certainty.POSSIBLE
    is_whole = " " in name or not signs_of(name).isascii()
    return Certainty.SURE if is_whole else Certainty.LIKELY


def read_work(text: str, _today: date) -> Iterator[Reading]:
    """Yield words of a work of art: in quotes they are nothing else."""
    words = text.strip(f"{_QUOTES}»” ")
    if _are_words(words) and "<" not in text:
        is_quoted = len(words) < len(text) and text[0] in _QUOTES
        yield Reading("work", {"work": words}, Certainty.SURE if is_quoted else Certainty.POSSIBLE)


def read_vessel(text: str, _today: date) -> Iterator[Reading]:
    """Yield the name of a vessel, which any words may be."""
    if _are_words(text) and "<" not in text:
        yield Reading("vessel", {"vessel": text}, Certainty.POSSIBLE)


def _are_words(text: str) -> bool:
    return letters_in(text) >= LEAST_LETTERS and len(text) <= MAX_WORDS
