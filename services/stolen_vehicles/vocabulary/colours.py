"""Colours: a few standard names, each in English, French, Spanish and Arabic, dark or light.

The names are those that officers use of vehicles, as in the colour codes of the NCIC (field VCO). What its maker calls
a paint, or whether it glitters, is no colour.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.stolen_vehicles.vocabulary.word_list import WordList, folded, read_table, words_in


class Colour(NamedTuple):
    """A colour, with the words for it by language; those of no language in particular are under its own name."""

    name: str
    words: Mapping[str, Sequence[str]]


COLOURS: Final = tuple(
    Colour(row["name"], {column: words_in(cell) for column, cell in row.items() if column != "name"})
    for row in read_table("colours.csv")
)
COLOUR_NAMES: Final = WordList(
    {each.name: [word for words in each.words.values() for word in words] for each in COLOURS}
)
_SHADES: Final = WordList(
    {
        "dark": ("deep", "foncé", "foncée", "sombre", "oscuro", "oscura", "غامق", "غامقة", "داكن", "داكنة"),
        "light": ("pale", "clair", "claire", "pâle", "claro", "clara", "فاتح", "فاتحة"),
    }
)
# In the dark, and in the words of different witnesses.
_CONFUSED: Final = {"silver": "grey", "maroon": "red", "bronze": "brown"}
_FINISHES: Final = frozenset(
    map(folded, ("metallic", "pearl", "matt", "métallisé", "métallisée", "nacré", "mat", "metalizado", "mate", "معدني"))
)


def standard_colour(text: str) -> str:
    """Return the standard name of a colour, such as `dark blue`, or the text if it is not listed."""
    found = COLOUR_NAMES.find(text) or _shaded(text)
    return found or text


def base_colour(text: str) -> str | None:
    """Return the standard name of a colour whether dark or light, or None if it is not listed."""
    shade, _, colour = (standard := standard_colour(text)).partition(" ")
    return COLOUR_NAMES.find(colour if shade in _SHADES.names else standard)


def may_be_same_colour(one: str, other: str) -> bool:
    """Return whether two descriptions may be of one colour: dark or light, or of colours that people confuse."""
    colours = [base_colour(each) or folded(each) for each in (one, other)]
    return len({_CONFUSED.get(each, each) for each in colours}) == 1


def _shaded(text: str) -> str | None:
    """Return the colour that several words name: one of it, at most one of its shade, and any of its finish."""
    words = unicodedata.normalize("NFC", text).replace("-", " ").split()
    shades = [shade for word in words if (shade := _SHADES.find(word))]
    others = [word for word in words if not _SHADES.find(word) and folded(word) not in _FINISHES]
    colour = COLOUR_NAMES.find(" ".join(others))
    if colour is None or len(shades) > 1:
        return None
    return " ".join((*shades, colour))
