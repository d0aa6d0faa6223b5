"""Finds the country or the issuer that stands before or after a name or a number, by its code or its name. Pure."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.console.countries import country_named
from gateway.console.search.country_codes import country_of, issuer_of
from gateway.console.search.reading.signs import figures_in

_ISSUER_BEFORE: Final = re.compile(r"(?P<code>[A-Za-z]{1,3})[\s:/·-]+(?P<rest>\S.*)")
_ISSUER_AFTER: Final = re.compile(r"(?P<rest>.+?)[\s,(]+(?P<code>[A-Za-z]{1,3})\)?")
_COUNTRY_BEFORE: Final = re.compile(r"\(?(?P<code>[A-Za-z]{1,3})(?:\)\s*|\s*[:/]\s*|\s+)(?P<rest>.+)")
_COUNTRY_AFTER: Final = re.compile(r"(?P<rest>.+?)(?:\s+|\s*[(/])(?P<code>[A-Za-z]{1,3})\)?")
_GERMAN_REST: Final = re.compile(r"[A-Z]{1,2}[ -]*[0-9]{1,4}[EH]?", re.IGNORECASE)
_MOST_WORDS: Final = 5
_LEAST_LETTERS: Final = 4


class StatedCountry(NamedTuple):
    """A country or an issuer that stands before or after a text."""

    code: str
    rest: str
    """The text without it."""

    is_before: bool = False


def issuer_beside(text: str) -> StatedCountry | None:
    """Return the issuer that stands before or after a number, by its code in a machine-readable zone."""
    stated = _matched(_ISSUER_BEFORE, text, issuer_of) or issuer_code_after(text) or named_country_beside(text)
    issuer = None if stated is None else issuer_of(stated.code)
    return None if stated is None or issuer is None else StatedCountry(issuer, stated.rest.strip())


def issuer_code_after(text: str) -> StatedCountry | None:
    """Return the issuer whose code stands after a text, by the code as it is written."""
    return _matched(_ISSUER_AFTER, text, issuer_of)


def country_beside(text: str) -> tuple[str | None, str]:
    """Return the country that stands before or after a plate, and the plate."""
    for find in (_country_code_after, _country_code_before, named_country_beside):
        stated = find(text)
        if stated is not None and figures_in(stated.rest):
            return country_of(stated.code), stated.rest.strip()
    return None, text


def _country_code_after(text: str) -> StatedCountry | None:
    return _matched(_COUNTRY_AFTER, text, country_of)


def _country_code_before(text: str) -> StatedCountry | None:
    stated = _matched(_COUNTRY_BEFORE, text, country_of)
    # M AB 1234 is a plate of Munich, and none of Malta.
    is_german = stated is not None and len(stated.code) == 1 and _GERMAN_REST.fullmatch(stated.rest) is not None
    return None if is_german else stated


def _matched(pattern: re.Pattern[str], text: str, known: Callable[[str], str | None]) -> StatedCountry | None:
    """Return what a pattern finds in a text, if its code is known."""
    found = pattern.fullmatch(text)
    return StatedCountry(found["code"], found["rest"]) if found and known(found["code"]) else None


def named_country_beside(text: str) -> StatedCountry | None:
    """Return the country whose whole name stands after or before a text, by the two letters of its code."""
    words = text.replace("(", " ").replace(")", " ").split()
    for size in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        if after := _country_written(" ".join(words[-size:])):
            return StatedCountry(after, " ".join(words[:-size]).rstrip(" ,;:/"))
        if before := _country_written(" ".join(words[:size])):
            return StatedCountry(before, " ".join(words[size:]).lstrip(" ,;:/"), is_before=True)
    return None


def _country_written(words: str) -> str | None:
    """Return a country by its name; fewer letters than four may as well be a code, or part of a name."""
    return country_named(words) if len(words) >= _LEAST_LETTERS or not words.isascii() else None
