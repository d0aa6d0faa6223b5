"""Colours: a few standard names, each in the languages of the columns of the table, dark or light.

The names are those that officers use of vehicles, as in the colour codes of the NCIC (field VCO). What its maker calls
a paint, or whether it glitters, is no colour.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from shared.codes.word_list import WordList, fits, folded, read_table, words_in


class Colour(NamedTuple):
    """A colour, with the words for it by language; those of no language in particular are under its own name."""

    name: str
    words: Mapping[str, Sequence[str]]


COLOURS: Final = tuple(
    Colour(row["name"], {column: words_in(cell) for column, cell in row.items() if column != "name"})
    for row in read_table(Path(__file__).with_name("colours.csv"))
)
COLOUR_NAMES: Final = WordList(
    {each.name: [word for words in each.words.values() for word in words] for each in COLOURS}
)
_SHADES: Final = WordList(
    {
        "dark": words_in(
            "deep|foncé|foncée|sombre|oscuro|oscura|غامق|غامقة|داكن|داكنة|dunkel|scuro|scura|escuro|escura|тёмный|тёмно|koyu"
        ),
        "light": words_in("pale|clair|claire|pâle|claro|clara|فاتح|فاتحة|hell|chiaro|chiara|светлый|светло|açık"),
    }
)
# In the dark, and in the words of different witnesses.
_CONFUSED: Final = {"silver": "grey", "maroon": "red", "bronze": "brown"}
_FINISHES: Final = frozenset(
    map(
        folded,
        words_in(
            "metallic|metalic|pearl|matt|métallisé|métallisée|nacré|mat|metalizado|mate|معدني|perlmutt|metallizzato|"
            "metallico|perlato|opaco|metálico|perolado|металлик|матовый|metalik|sedefli"
        ),
    )
)
# German writes the shade and the colour as one word.
_COMPOUND: Final = re.compile(r"\b(dunkel|hell)(?=\w)", re.IGNORECASE)


def standard_colour(text: str) -> str:
    """Return the standard name of a colour, such as `dark blue`, or the text if it is not listed."""
    found = COLOUR_NAMES.find(text) or _shaded(text)
    return found or text


def base_colour(text: str) -> str | None:
    """Return the standard name of a colour whether dark or light, or None if it is not listed."""
    shade, _, colour = (standard := standard_colour(text)).partition(" ")
    return COLOUR_NAMES.find(colour if shade in _SHADES.names else standard)


def fits_colour(asked: str, found: str) -> bool | None:
    """Return whether two may be one colour, dark or light or as people confuse them; None if not both are listed."""
    return fits(asked, found, _as_seen)


def _as_seen(text: str) -> str | None:
    colour = base_colour(text)
    return colour and _CONFUSED.get(colour, colour)


def _shaded(text: str) -> str | None:
    """Return the colour that several words name, at most one of its shade, and any of its finish."""
    words = _COMPOUND.sub(r"\1 ", unicodedata.normalize("NFC", text)).replace("-", " ").split()
    shades = [shade for word in words if (shade := _SHADES.find(word))]
    others = [word for word in words if not _SHADES.find(word) and folded(word) not in _FINISHES]
    named = {COLOUR_NAMES.find(word) for word in others}
    colour = COLOUR_NAMES.find(" ".join(others)) or (named.pop() if len(named) == 1 else None)
    if colour is None or len(shades) > 1:
        return None
    return " ".join((*shades, colour))
