"""The long lists of codes that fields suggest, with names in the language of the officer: `France (FR)`.

An officer may type the code, the name, or what is suggested, and a date as people write it. What is none of them, or
may be another day, stays as it is: the API refuses it at its field, and says what to use.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from gateway.console.countries import country_named
from gateway.console.letters import LONGEST_NAME, letters_of, without_accents
from gateway.console.records.forms.fields import BUREAUS, PARTNERS, READERS, Field, FieldKind
from gateway.console.records.forms.typed import Typed, leaves
from gateway.console.texts import Texts, texts_of
from gateway.console.written_dates import only_date
from shared import bureaus
from shared.codes import lists
from shared.codes.code_list import CodeList
from shared.codes.currencies import CURRENCIES
from shared.codes.languages import LANGUAGES

_LISTS: Final[Mapping[str, CodeList]] = {
    each.what: each for each in (lists.COUNTRY, lists.NATIONALITY, lists.COUNTRY_OF_BIRTH, lists.ISSUER)
}
_PLACES: Final = lists.COUNTRY.what
# Lists of countries and what stands for one are suggested together: a page would have the same names four times.
_SHOWN_AS: Final = dict.fromkeys(_LISTS, _PLACES)
_IN_BRACKETS: Final = re.compile(r"(.*)\(([A-Z]{1,3}|PARTNER-[A-Z]{2,12})\)", re.DOTALL)


def list_of(field: Field) -> str:
    """Return the name of the list that a field suggests."""
    return _SHOWN_AS.get(field.code_list, field.code_list)


def suggestion(texts: Texts, code_list: str, code: str) -> str:
    """Return a code as a field has it, with its name if there is one."""
    name = names_of(texts.language, _SHOWN_AS.get(code_list, code_list)).get(code)
    return code if name is None or name == code else f"{name} ({code})"


def suggestions(texts: Texts, code_list: str) -> list[str]:
    """Return what a list suggests, by name."""
    shown = names_of(texts.language, code_list)
    named = (f"{shown[code]} ({code})" for code in _suggested(code_list, shown) if shown[code] != code)
    return sorted(named, key=without_accents)


def _suggested(code_list: str, shown: Mapping[str, str]) -> Sequence[str]:
    """Return the codes of a list to suggest: of nearly five hundred languages those that have two letters too."""
    if code_list != lists.LANGUAGE.what:
        return list(shown)
    return [code for code in shown if LANGUAGES[code].alpha_2 != "-"]


@cache
def names_of(language: str, code_list: str) -> Mapping[str, str]:
    """Return the name of each code of a list in a language."""
    texts = texts_of(language)
    return dict(_names(texts, code_list))


def _names(texts: Texts, code_list: str) -> Iterator[tuple[str, str]]:
    match code_list:
        case lists.COUNTRY.what:
            for code in set().union(*(each.codes for each in _LISTS.values())):
                yield code, texts.country(code)
        case lists.LANGUAGE.what:
            for code in LANGUAGES:
                yield code, texts.spoken(code)
        case lists.CURRENCY.what:
            for code, name in CURRENCIES.items():
                yield code, str(texts.locale.currencies.get(code, name))
        case _:
            yield from _participants(texts, code_list)


def _participants(texts: Texts, code_list: str) -> Iterator[tuple[str, str]]:
    if code_list in {BUREAUS, READERS}:
        for bureau in bureaus.MEMBERS:
            yield bureau, texts.bureau(bureau)
    if code_list in {PARTNERS, READERS}:
        for partner, name in bureaus.PARTNERS.items():
            yield partner, texts.pgettext("bureau", name)


@cache
def _codes_by_name(language: str, code_list: str) -> Mapping[str, str]:
    return {letters_of(name): code for code, name in names_of(language, code_list).items()}


def code_of(texts: Texts, field: Field, text: str) -> str:
    """Return the code that was typed as such, by its name, or as it is suggested; else the text as it is."""
    stated, code_list = text.strip(), list_of(field)
    if len(stated) > LONGEST_NAME or stated == field.alone:
        return stated
    names = names_of(texts.language, code_list)
    if stated.isascii() and stated.upper() in names:
        return stated.upper()
    by_name = _codes_by_name(texts.language, code_list)
    country = country_named(stated)
    named = country if country in names else by_name.get(letters_of(stated))
    if named is None and (suggested := _IN_BRACKETS.fullmatch(stated)):
        before = suggested[1].strip()
        is_named = not before or suggested[2] in (by_name.get(letters_of(before)), country_named(before))
        named = suggested[2] if is_named else None
    return named or stated


def understood(texts: Texts, field: Field, typed: Typed) -> dict[str, Sequence[str]]:
    """Return a form whose fields of codes and of dates have them as the API does."""
    meant = {
        name: [_meant(texts, each, value) for value in typed[name]]
        for name, each in leaves(field, typed)
        if name in typed
    }
    return {**typed, **meant}


def _meant(texts: Texts, field: Field, value: str) -> str:
    match field.kind:
        case FieldKind.CODE | FieldKind.CODES:
            return code_of(texts, field, value)
        case FieldKind.DATE:
            return only_date(value) or value
        case _:
            return value
