"""Texts as people compare them: without accents and capitals, so that `Étienne` and `etienne` are the same."""

import unicodedata
from typing import Final

LONGEST_NAME: Final = 150
"""A longer text is no name of a country, a bureau or a code: to compare it would take long."""


def without_accents(text: str) -> str:
    """Return a text in small letters without their accents."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parted if not unicodedata.combining(each))


def letters_of(text: str) -> str:
    """Return the letters and figures of a text alone, in small letters without their accents."""
    return "".join(each for each in without_accents(text) if each.isalnum())
