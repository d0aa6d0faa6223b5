"""Countries by the names that people write: in many languages, without accents, and older or shorter than the official.

A name of more than one country, such as Korea, is none.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

from babel import Locale

from gateway.console.letters import LONGEST_NAME, letters_of
from shared.codes.countries import COUNTRIES

# Those of the console, and those of the bureaus of a mesh that starts without options.
LANGUAGES: Final = ("en", "fr", "es", "ar", "de", "it", "pt", "pl", "ru", "sw", "ja")
# Some languages call one of two countries so.
_OF_SEVERAL: Final = frozenset({"congo", "kongo"})
# What neither Unicode (CLDR) nor ISO 3166 has. Family names are left out, such as Holland.
_OTHERS: Final = {
    "AE": "UAE|Emirates|Émirats|Emiratos|الإمارات",
    "BA": "Bosnia|Bosnie|Bosnien|البوسنة",
    "CD": "DR Congo|DRC|RD Congo|RDC",
    "CI": "Ivory Coast|Costa de Marfil",
    "CZ": "Czech Republic|République tchèque|República Checa|جمهورية التشيك|Tschechische Republik",
    "GB": "UK|Great Britain|Grande-Bretagne|Gran Bretaña|بريطانيا|Großbritannien",
    "KP": "DPRK|RPDC",
    "MK": "Macedonia|Macédoine|مقدونيا|Mazedonien",
    "MM": "Burma|Birmanie|Birmania|بورما|Birma",
    "MO": "Macau",
    "SZ": "Swaziland|Suazilandia|Swasiland",
    "TL": "East Timor|Timor oriental",
    "TR": "Turkey",
    "US": "USA|Estados Unidos de América|États-Unis d'Amérique",
    "VA": "Vatican|Vaticano",
}
_ARTICLE: Final = "the "


def country_named(words: str) -> str | None:
    """Return the code of a country by its name; None if there is none, or more than one."""
    if len(words) > LONGEST_NAME:
        return None
    return _by_name().get(letters_of(words.lower().removeprefix(_ARTICLE)))


@cache
def _by_name() -> dict[str, str]:
    named = {letters_of(name): code for code, name in _names() if code in COUNTRIES}
    return {name: code for name, code in named.items() if name not in _OF_SEVERAL}


def _names() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        yield from Locale.parse(language).territories.items()
    for code, name in COUNTRIES.items():
        yield code, name
        # `Korea, Republic of`.
        last, _, first = name.partition(", ")
        yield code, f"{first} {last}".strip().lower().removeprefix(_ARTICLE)
    for code, names in _OTHERS.items():
        yield from ((code, name) for name in names.split("|"))
