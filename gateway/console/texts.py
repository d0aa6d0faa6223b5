"""The languages of the console: texts of gettext catalogues, and names, dates and numbers as Babel writes them.

The English text is the key. `locale/<language>.po` has the others, complete: a test compares them with the texts that
templates and modules use. Words of the API, such as the name of a field or a code, are texts with the context `field`
or `code`; their English is that of `words`, else the word itself with spaces.
"""

import gettext
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from gateway.console.words import code_in_words, field_in_words
from shared.bureaus import MEMBERS, OFFICES, PARTNERS, BureauCode
from shared.codes.countries import FORMER
from shared.codes.documents import BRITISH, KOSOVO, ORGANISATIONS, PERSONS
from shared.codes.languages import LANGUAGES as SPOKEN
from shared.codes.lists import country_of_issuer

FOLDER: Final = Path(__file__).parent / "locale"
DEFAULT: Final = "en"
LANGUAGES: Final = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
# English as between countries: the day before the month.
_LOCALES: Final = {"en": "en_150"}
_ASKED_AT_MOST: Final = 10
_CLOCK: Final = "HH:mm:ss"
# A range of figures alone has no direction of its own.
_RIGHT_TO_LEFT: Final = "\N{RIGHT-TO-LEFT MARK}"
_MEASURES: Final = {
    "mm": "length-millimeter",
    "cm": "length-centimeter",
    "m": "length-meter",
    "in": "length-inch",
    "ft": "length-foot",
    "g": "mass-gram",
    "kg": "mass-kilogram",
    "oz": "mass-ounce",
    "lb": "mass-pound",
    "ct": "mass-carat",
    "kW": "power-kilowatt",
    "px": "graphics-pixel",
    "ms": "duration-millisecond",
    "months": "duration-month",
    "years": "duration-year",
}
"""The units of the API, as Unicode names them (CLDR)."""
_SPANS: Final = frozenset({"months", "years"})
WITHOUT_LETTERS: Final = {
    **BRITISH,
    **KOSOVO,
    **PERSONS,
    **ORGANISATIONS,
    **{code: each.name for code, each in FORMER.items()},
}
"""The English names of what has no code of two letters."""


class Texts:
    """The texts of the console in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(_LOCALES.get(language, language))
        self.direction = self.locale.text_direction
        self._catalog = _catalog_of(language)

    def gettext(self, text: str) -> str:
        """Return a text in this language."""
        return self._find(text)

    def pgettext(self, context: str, text: str) -> str:
        """Return a text of a context in this language."""
        return self._find(text, context)

    def known(self, text: str) -> str | None:
        """Return a text of the console in this language; None if it is none, or has no translation."""
        return self._known(text)

    def hint(self, text: str) -> str | None:
        """Return the hint of a field in this language; None if it has no translation."""
        return self._known(text, "hint")

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return a text for a number in this language."""
        english = singular if number == 1 else plural
        message = None if self._catalog is None else self._catalog.get((singular, plural))
        if self._catalog is None or message is None or not message.string:
            return english
        return str(message.string[_plural_rule(self._catalog.plural_expr)(number)]) or english

    def field(self, name: str) -> str:
        """Return what a field of the API is called."""
        return self.pgettext("field", field_in_words(name))

    def code(self, value: object, field: str = "") -> str:
        """Return what a code of the API means, in a field if it matters there."""
        return self.pgettext("code", code_in_words(str(value), field))

    def known_code(self, word: str, field: str = "") -> str | None:
        """Return what a code of the API is called, in a field if it matters; None if it has no translation."""
        return self._known(code_in_words(word, field), "code")

    def known_field(self, word: str) -> str | None:
        """Return what a field of the API is called within a sentence; None if it is none, or has no translation."""
        found = self._known(field_in_words(word.replace(" ", "_")), "field")
        return found if found is None or found[1:2].isupper() else found[:1].lower() + found[1:]

    def of_context(self, context: str) -> Iterator[tuple[str, str]]:
        """Yield each text of a context that has a translation, with it."""
        for message in self._catalog or ():
            if message.context == context and message.string:
                yield str(message.id), str(message.string)

    def country(self, code: str | None) -> str:
        """Return the name of a country by its code, also of what has none; the code itself if it is no such code."""
        known = country_of_issuer(code or "")
        listed = WITHOUT_LETTERS.get(known)
        return self.pgettext("country", listed) if listed else str(self.locale.territories.get(known, known))

    def bureau(self, code: str) -> str:
        """Return the name of a participant: of a country's bureau that of the country, of a service its kind."""
        if code in MEMBERS:
            return self.country(code)
        if known := OFFICES.get(BureauCode(code)) or PARTNERS.get(BureauCode(code)):
            return self.pgettext("bureau", known)
        if code.islower():
            return self.code(code)
        return self.pgettext("bureau", "Partner {code}").format(code=code.removeprefix("PARTNER-"))

    def spoken(self, code: str) -> str:
        """Return the name of a language by its code."""
        listed = SPOKEN.get(code.upper())
        known = next((each for each in (listed.alpha_2, listed.terminologic) if each != "-"), code) if listed else code
        try:
            return Locale.parse(known.lower()).get_display_name(self.locale) or code
        except (UnknownLocaleError, ValueError):
            return str(self.locale.languages.get(known.lower()) or (listed.name if listed else code))

    def moment(self, value: str | datetime) -> str:
        """Return a time, in UTC, by the clock of 24 hours."""
        at = _moment_of(value).astimezone(UTC)
        both = str(self.locale.datetime_formats["medium"])
        day, clock = format_date(at, "medium", self.locale), format_time(at, _CLOCK, locale=self.locale)
        return f"{both.format(clock, day)} UTC"

    def day(self, value: str) -> str:
        """Return a date as far as it is known: a day, a month, a year, or a range of two of them."""
        return self._range(map(self._part_of_day, value.split("/")))

    def _range(self, parts: Iterable[str]) -> str:
        """Return one value, or two from the first to the last in the direction of the language."""
        first, *others = parts
        mark = _RIGHT_TO_LEFT if others and self.direction == "rtl" else ""
        return mark + " – ".join((first, *others))

    def _part_of_day(self, value: str) -> str:
        is_month = len(value) == len("2026-03")
        try:
            known = date.fromisoformat(f"{value}-01" if is_month else value)
        except ValueError:
            return value
        if is_month:
            return format_skeleton("yMMMM", known, locale=self.locale)
        return format_date(known, "medium", self.locale)

    def years(self, value: str) -> str:
        """Return a year or a range of two, of which the year 0 is 1 BC and -449 is 450 BC."""
        return self._range(map(self._year, value.split("/")))

    def _year(self, value: str) -> str:
        try:
            year = int(value)
        except ValueError:
            return value
        return str(year) if year > 0 else self.gettext("{year} BC").format(year=1 - year)

    def ago(self, value: str | datetime, now: datetime) -> str:
        """Return how long ago a time is, or in how long."""
        return format_timedelta(_moment_of(value) - now, add_direction=True, locale=self.locale)

    def number(self, value: float) -> str:
        """Return a number."""
        return str(format_decimal(value, locale=self.locale))

    def quantity(self, value: float, unit: str) -> str:
        """Return a number with its unit; one that is not known stands as it is."""
        if unit not in _MEASURES:
            return f"{self.number(value)} {unit}".strip()
        length: Literal["long", "short"] = "long" if unit in _SPANS else "short"
        return format_unit(value, _MEASURES[unit], length, locale=self.locale)

    def percent(self, value: float) -> str:
        """Return a part of 1 in hundredths."""
        return str(format_percent(value, locale=self.locale))

    def size(self, value: float) -> str:
        """Return a number of bytes, in units that people read."""
        if value < 1_000:
            return format_unit(value, "digital-byte", "long", locale=self.locale)
        for unit in ("kilobyte", "megabyte"):
            value /= 1_000
            if value < 1_000:
                return format_unit(value, f"digital-{unit}", "short", "#,##0.#", locale=self.locale)
        return format_unit(value / 1_000, "digital-gigabyte", "short", "#,##0.#", locale=self.locale)

    def listed(self, values: Sequence[str]) -> str:
        """Return several words as one text."""
        return format_list(values, locale=self.locale)

    def _find(self, text: str, context: str | None = None) -> str:
        return self._known(text, context) or text

    def _known(self, text: str, context: str | None = None) -> str | None:
        message = self._catalog.get(text, context) if self._catalog is not None else None
        return str(message.string) if message is not None and message.string else None


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
