"""Which codes stand for countries, nationalities, issuers of documents, languages and currencies.

A country has two letters everywhere (ISO 3166-1 alpha-2). Three letters are for what has no two: a person without a
nationality, an organisation (ICAO Doc 9303), and, of a birth or a document, a country that is no more (ISO 3166-3).
"""

from collections.abc import Iterable
from typing import Final

from shared.codes.code_list import CodeList
from shared.codes.countries import ALPHA_2_OF, COUNTRIES, FORMER
from shared.codes.currencies import CURRENCIES
from shared.codes.documents import BRITISH, KOSOVO, ORGANISATIONS, PERSONS, SPECIMEN
from shared.codes.languages import LANGUAGES

_OFTEN_WRITTEN: Final = {"UK": "GB", "EL": "GR", "GER": "DE", "D": "DE", "F": "FR", "I": "IT", "E": "ES"}
_NO_COUNTRY: Final = {"ROM": "RO", "GRE": "GR", "HOL": "NL", "SUI": "CH", "POR": "PT"}


def _use(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {written.upper(): f"use {code}" for written, code in pairs}


_OF_COUNTRIES: Final = {
    **_use((name, code) for code, name in COUNTRIES.items()),
    **_use(_NO_COUNTRY.items()),
    **_use(ALPHA_2_OF.items()),
    **_use(_OFTEN_WRITTEN.items()),
}


def _former(withdrawn: int, instead: Iterable[str]) -> str:
    return f"withdrawn in {withdrawn}, use {' or '.join(instead)}"


def _of_today() -> dict[str, str]:
    """Return the advice for a country that is no more, where one of today is needed."""
    advice = {}
    for alpha_3, former in FORMER.items():
        advice[former.alpha_2] = advice[alpha_3] = _former(former.withdrawn, former.today)
    return advice | {"CS": _former(2006, ("CZ", "SK", "ME", "RS"))}


def _of_then() -> dict[str, str]:
    """Return the advice for the two letters of a country that is no more, where its three letters are accepted."""
    advice = {former.alpha_2: _former(former.withdrawn, (alpha_3,)) for alpha_3, former in FORMER.items()}
    return advice | {"CS": _former(2006, ("CSK", "SCG"))}


_KOSOVO: Final = {"XK": f"not of ISO 3166-1, use {' or '.join(KOSOVO)}", "KS": f"use {' or '.join(KOSOVO)}"}
# The codes of organisations in ISO 3166-1 are reserved, and no passports have them.
_RESERVED: Final = {"EU": "use EUE", "UN": "use UNO"}
_ALPHA_2: Final = "ISO 3166-1 alpha-2, such as IT"

COUNTRY: Final = CodeList("countries", _ALPHA_2, COUNTRIES, _of_today() | _OF_COUNTRIES)
NATIONALITY: Final = CodeList(
    "nationalities",
    f"{_ALPHA_2}, or ICAO Doc 9303 for what has none, such as XXA",
    COUNTRIES | BRITISH | KOSOVO | PERSONS | ORGANISATIONS,
    _of_today() | _OF_COUNTRIES | _KOSOVO | _RESERVED,
)
COUNTRY_OF_BIRTH: Final = CodeList(
    "countries of birth",
    f"{_ALPHA_2}, or ISO 3166-3 for one that is no more, such as SUN",
    {**COUNTRIES, **KOSOVO, **FORMER},
    _of_then() | _OF_COUNTRIES | _KOSOVO,
)
ISSUER: Final = CodeList(
    "issuers of documents",
    f"{_ALPHA_2}, ICAO Doc 9303 for an organisation, such as XPO, or ISO 3166-3, such as SUN",
    {**COUNTRIES, **BRITISH, **KOSOVO, **ORGANISATIONS, **FORMER},
    _of_then() | _OF_COUNTRIES | _KOSOVO | _RESERVED,
)
# A machine-readable zone has three letters for all but Germany.
_GERMANY: Final = "D"
_PRINTED: Final = {code: _GERMANY if country == "DE" else code for code, country in ALPHA_2_OF.items()}
_OF_PRINTED: Final = {printed: ALPHA_2_OF[code] for code, printed in _PRINTED.items()}
_NO_ISSUER: Final = "a nationality, which issues no documents: state the code after the type, in the first line"
PRINTED_ISSUER: Final = CodeList(
    "issuers of travel documents",
    "three letters as printed in the machine-readable zone, such as FRA, or D of Germany",
    {**dict.fromkeys(_PRINTED.values(), ""), **BRITISH, **KOSOVO, **ORGANISATIONS, **SPECIMEN},
    {
        **_use((ALPHA_2_OF[code], printed) for code, printed in _PRINTED.items()),
        **_use((("DEU", _GERMANY), ("GER", _GERMANY), ("UK", "GBR"))),
        **dict.fromkeys(PERSONS, _NO_ISSUER),
    },
)
LANGUAGE: Final = CodeList(
    "languages",
    "ISO 639-2/B in capitals, such as FRE",
    LANGUAGES,
    _use((other, code) for code, entry in LANGUAGES.items() for other in entry if other != "-"),
)
CURRENCY: Final = CodeList(
    "currencies", "ISO 4217, such as EUR", CURRENCIES, _use((name, code) for code, name in CURRENCIES.items())
)


def country_of_issuer(printed: str) -> str:
    """Return the code of a document's issuer, as records of persons state it, of the one that is printed."""
    return _OF_PRINTED.get(printed, printed)
