"""Makes of boats and of their engines, in `vessel_makes.csv`: a list apart, as Mercury is a car as well."""

from pathlib import Path
from typing import Final

from shared.codes.word_list import WordList, fits, read_table, words_in

SYNONYMS: Final = {
    row["name"]: words_in(row["synonyms"]) for row in read_table(Path(__file__).with_name("vessel_makes.csv"))
}
VESSEL_MAKES: Final = WordList(SYNONYMS)


def fits_vessel_make(asked: str, found: str) -> bool | None:
    """Return whether two makes of vessels or engines are the same, or None if not both are listed."""
    return fits(asked, found, VESSEL_MAKES.find)


def standard_vessel_make(text: str) -> str:
    """Return the standard name of a make of vessels or engines, or the text if it is not listed."""
    return VESSEL_MAKES.find(text) or text
