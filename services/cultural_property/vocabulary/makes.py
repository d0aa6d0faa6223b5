"""Makers of watches, telephones, instruments and machines, in `valuable_makes.csv`, each with its synonyms."""

from pathlib import Path
from typing import Final

from shared.codes.word_list import WordList, fits, read_table, words_in

_TABLE: Final = Path(__file__).parent / "valuable_makes.csv"
MAKES: Final = {row["name"]: words_in(row["synonyms"]) for row in read_table(_TABLE)}
MAKE_NAMES: Final = WordList(MAKES)


def standard_make(text: str) -> str:
    """Return the standard name of a maker, or the text if it is not listed."""
    return MAKE_NAMES.find(text) or text


def fits_make(asked: str, found: str) -> bool | None:
    """Return whether two makers are the same, or None if they differ and not both are listed."""
    return fits(asked, found, MAKE_NAMES.find)
