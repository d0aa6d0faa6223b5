"""The languages of the console: texts of gettext catalogues, and names, dates and numbers as Babel writes them.

The English text is the key. `locale/<language>.po` has the others, complete: a test compares them with the texts that
templates and modules use. Words of the API, such as the name of a field or a code, are texts with the context `field`
or `code`; their English is that of `words`, else the word itself with spaces.
"""

import gettext
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from gateway.console.words import CODES, FIELDS
from shared.bureaus import MEMBERS, BureauCode, name_of

FOLDER: Final = Path(__file__).parent / "locale"
DEFAULT: Final = "en"
LANGUAGES: Final = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
_ASKED_AT_MOST: Final = 10
_UNITS: Final = (("gigabyte", 10**9), ("megabyte", 10**6), ("kilobyte", 10**3))


class Texts:
    """The texts of the console in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(language)
        self.direction = self.locale.text_direction
        self._catalog = _catalog_of(language)

    def gettext(self, text: str) -> str:
        """Return a text in this language."""
        return self._find(text)

    def pgettext(self, context: str, text: str) -> str:
        """Return a text of a context in this language."""
        return self._find(text, context)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return a text for a number in this language."""
        message = None if self._catalog is None else self._catalog.get((singular, plural))
        if self._catalog is None or message is None or not message.string:
            return singular if number == 1 else plural
        return str(message.string[_plural_rule(self._catalog.plural_expr)(number)])

    def field(self, name: str) -> str:
        """Return what a field of the API is called."""
        return self.pgettext("field", FIELDS.get(name) or name.replace("_", " ").capitalize())

    def code(self, value: object) -> str:
        """Return what a code of the API means."""
        text = str(value)
        return self.pgettext("code", CODES.get(text) or text.replace("-", " ").replace("_", " "))

    def country(self, code: str | None) -> str:
        """Return the name of a country by its code of two letters; the code itself if there is none."""
        return str(self.locale.territories.get(code or "", code or ""))

    def bureau(self, code: str) -> str:
        """Return the name of a participant: of a country's bureau that of the country."""
        return self.country(code) if code in MEMBERS else self.pgettext("bureau", name_of(BureauCode(code)))

    def spoken(self, code: str) -> str:
        """Return the name of a language by its code."""
        try:
            return Locale.parse(code.lower()).get_display_name(self.locale) or code
        except (UnknownLocaleError, ValueError):
            return str(self.locale.languages.get(code.lower(), code))

    def moment(self, value: str | datetime) -> str:
        """Return a time, in UTC."""
        return f"{format_datetime(_moment_of(value), 'medium', tzinfo=UTC, locale=self.locale)} UTC"

    def day(self, value: str) -> str:
        """Return a date as far as it is known; one that is no whole day, such as 1981, as it is written."""
        try:
            return format_date(date.fromisoformat(value), "medium", self.locale)
        except ValueError:
            return value

    def ago(self, value: str | datetime, now: datetime) -> str:
        """Return how long ago a time is, or in how long."""
        return format_timedelta(_moment_of(value) - now, add_direction=True, locale=self.locale)

    def number(self, value: float) -> str:
        """Return a number."""
        return str(format_decimal(value, locale=self.locale))

    def percent(self, value: float) -> str:
        """Return a part of 1 in hundredths."""
        return str(format_percent(value, locale=self.locale))

    def size(self, octets: int) -> str:
        """Return a number of bytes, as kilobytes or megabytes if it is large."""
        unit = next((unit for unit, least in _UNITS if octets >= least), "byte")
        number = octets / dict(_UNITS).get(unit, 1)
        return str(format_unit(round(number, 1 if number < 10 else 0), unit, "short", locale=self.locale))

    def listed(self, values: Sequence[str]) -> str:
        """Return several words as one text."""
        return format_list(values, locale=self.locale)

    def _find(self, text: str, context: str | None = None) -> str:
        message = self._catalog.get(text, context) if self._catalog is not None else None
        return str(message.string) if message is not None and message.string else text


@cache
def texts_of(language: str) -> Texts:
    """Return the texts of one of the languages; reading them takes a twentieth of a second, once."""
    return Texts(language if language in LANGUAGES else DEFAULT)


def language_of(chosen: str | None, accepted: str) -> str:
    """Return the language that was chosen, or the one that a browser asks for first and that there is."""
    if chosen in LANGUAGES:
        return chosen
    asked = (each.partition(";")[0].strip().lower()[:2] for each in accepted.split(",")[:_ASKED_AT_MOST])
    return next((each for each in asked if each in LANGUAGES), DEFAULT)


def _catalog_of(language: str) -> Catalog | None:
    if language == DEFAULT:
        return None
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, language, ignore_obsolete=True)


@cache
def _plural_rule(expression: str) -> Callable[[int], int]:
    """Return which form of a text a number takes, by the rule in the head of a catalogue."""
    rule: Callable[[int], int] = gettext.c2py(expression)
    return rule


def _moment_of(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
