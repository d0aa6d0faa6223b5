"""The filters of templates: how values of the API are written. A filter that makes markup escapes what it is given."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup, escape

from gateway.console import problems
from gateway.console.references import record_name, record_page
from gateway.console.sentences import Sentences
from gateway.console.texts import DEFAULT, Texts
from gateway.console.words import fields_in_words
from gateway.console.written_dates import either_day

_ID: Final = re.compile(r"\b([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b")
# The direction of the first character that has one: of these it is from right to left (UAX 9).
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


def of(texts: Texts) -> Mapping[str, Callable[..., Any]]:
    """Return the filters for a language."""
    sentences = Sentences(texts, isolate)
    return {
        "hint": lambda text: in_english(texts, text, texts.hint(text)),
        "said": lambda text: in_english(texts, text, sentences.translated(str(text)) or texts.known(str(text))),
        "subject": lambda text, form: (sentences.translated(str(text)) if form else None) or isolate(text),
        "field": lambda name: without_overrides(texts.field(name)),
        "code": lambda value, field="": without_overrides(texts.code(value, field)),
        "word": lambda value, field: without_overrides(texts.known_code(str(value), field) or value),
        "country": lambda code: without_overrides(texts.country(code)),
        "bureau": texts.bureau,
        "spoken": texts.spoken,
        "number": texts.number,
        "percent": texts.percent,
        "listed": texts.listed,
        "either_day": either_day,
        "day": lambda value: without_overrides(texts.day(value)),
        "quantity": lambda value, unit: without_overrides(texts.quantity(value, unit)),
        "years": texts.years,
        "moment": lambda value: moment(texts, value),
        "seconds": seconds,
        "isolate": isolate,
        "named": named,
        "linked": linked,
        "sign": sign,
        "visible": without_overrides,
        "clock": lambda value: clock(texts, value),
        "record_page": record_page,
        "record_name": lambda named: texts.gettext(record_name(named)),
        "size": texts.size,
        "is_mixed": is_mixed,
        "problem_title": lambda problem: problems.title_of(texts, problem),
        "problem_advice": lambda problem: problems.advice_of(texts, problem),
    }


def isolate(text: object) -> Markup:
    """Return a text of the API in the direction that it has itself, so that it cannot turn what stands around it."""
    return Markup("<bdi>{}</bdi>").format(without_overrides(text))


def sign(text: object) -> Markup:
    """Return a number or a code, which is read from left to right whatever stands around it."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(without_overrides(text))


def linked(text: object, pages: str = "/records/by-id/") -> Markup:
    """Return a text, or the markup of one, with each id of a record in it linked to its page in `pages`."""
    kind: Callable[[str], Markup] = Markup if isinstance(text, Markup) else escape
    parts = _ID.split(str(text))
    link = Markup('<a href="{}{}">{}</a>')
    # The pattern is a group: each second part is an id.
    written = (link.format(pages, part, part) if place % 2 else kind(part) for place, part in enumerate(parts))
    return Markup("").join(written)


def in_english(texts: Texts, text: object, translated: str | None) -> Markup:
    """Return the translation of a text of the API, if there is one; else the English, marked so on other pages."""
    if translated is not None and texts.language != DEFAULT:
        return Markup("<bdi>{}</bdi>").format(translated)
    plain = fields_in_words(str(text))
    if texts.language == DEFAULT:
        return isolate(plain)
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(without_overrides(plain))


def named(name: object) -> Markup:
    """Return a name in its own script, which it states: programs that read aloud and fonts need it."""
    text = without_overrides(name)
    script = _script_of(text)
    if script is None:
        return Markup("<bdi>{}</bdi>").format(text)
    return Markup('<bdi lang="und-{}">{}</bdi>').format(script, text)


def moment(texts: Texts, value: str | None) -> Markup:
    """Return a time of the API, for people and for programs."""
    if not value:
        return Markup("")
    try:
        return Markup('<time datetime="{}" dir="auto">{}</time>').format(value, texts.moment(value))
    except ValueError:
        # It is no time: an answer of the API is never trusted to be what it should be.
        return isolate(value)


def seconds(value: float) -> str:
    """Return a time in seconds since 1970, as in signatures, as the API writes times."""
    return datetime.fromtimestamp(value, UTC).isoformat()


def clock(texts: Texts, value: str | None) -> Markup:
    """Return a deadline: the time, as which a script lets a clock run down."""
    if not value:
        return Markup("")
    at = texts.moment(value)
    return Markup('<time data-due datetime="{}" title="{}">{}</time>').format(value, at, at)


def without_overrides(text: object) -> str:
    """Return a text whose characters that change its direction are shown by their names: an attack may rest on them."""
    return str(text).translate(_NAMES_OF_OVERRIDES)


_OVERRIDES: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NAMES_OF_OVERRIDES: Final = {ord(each): f"[{unicodedata.name(each)}]" for each in _OVERRIDES}
# The scripts of names, by the first word of what Unicode calls their letters (ISO 15924).
_SCRIPTS: Final = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "BENGALI": "Beng",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "ETHIOPIC": "Ethi",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "HANGUL": "Kore",
    "HEBREW": "Hebr",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "KHMER": "Khmr",
    "LAO": "Laoo",
    "MYANMAR": "Mymr",
    "SINHALA": "Sinh",
    "TAMIL": "Taml",
    "THAI": "Thai",
}
_LOOKED_AT: Final = 200
# Scripts with letters that look like those of one another.
_ALIKE: Final = frozenset({"ARMENIAN", "CHEROKEE", "CYRILLIC", "GREEK", "LATIN"})


def is_mixed(text: object) -> bool:
    """Return whether a word has letters of several scripts that look alike, as to pass for another word (UTS 39)."""
    words = str(text)[:_LOOKED_AT].split()
    return any(len({_named_script(each) for each in word if each.isalpha()} & _ALIKE) > 1 for word in words)


def _named_script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _script_of(text: str) -> str | None:
    """Return the script of the first letter that is in none of the Latin ones; None if all are."""
    letters = (_named_script(each) for each in text[:_LOOKED_AT] if each.isalpha())
    return next((_SCRIPTS[each] for each in letters if each in _SCRIPTS), None)


def is_right_to_left(text: str) -> bool:
    """Return whether a text begins from right to left."""
    strong = (unicodedata.bidirectional(each) for each in text)
    return next((each in _RIGHT_TO_LEFT for each in strong if each in {"L", *_RIGHT_TO_LEFT}), False)
