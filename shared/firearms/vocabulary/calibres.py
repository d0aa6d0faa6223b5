"""Calibres: the cartridge that is marked on a firearm or drawn from its barrel, in any of its usual writings.

A firearm may be marked by another name than that of the cartridge in it: what fits into one chamber is compared as one.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from shared.codes.word_list import WordList, fits, read_table, words_in
from shared.firearms.vocabulary import UNSPECIFIC


class Calibre(NamedTuple):
    """A calibre, what else it is called, and for what it is made."""

    name: str
    synonyms: Sequence[str]
    made_for: str
    """`handgun`, `rifle`, `rimfire` (both), `shotgun` or `other`; empty if it tells no calibre from another."""


CALIBRES: Final = tuple(
    Calibre(row["name"], words_in(row["synonyms"]), row["for"])
    for row in read_table(Path(__file__).with_name("calibres.csv"))
)
MADE_FOR: Final[Mapping[str, str]] = {each.name: each.made_for for each in CALIBRES}
# Fired from one chamber, and marked by either name.
_SAME_CHAMBER: Final = {
    "5.56x45 NATO": ".223 Remington",
    "7.62x51 NATO": ".308 Winchester",
    ".38 Special": ".357 Magnum",
    ".44 Special": ".44 Remington Magnum",
    ".22 Long": ".22 LR",
}
_TIMES: Final = re.compile(r"(?<=\d)\s*[x×хХ*]\s*(?=\d)", re.IGNORECASE)
# Of the name of a unit, or of the word for a calibre, all writings are one.
_NOISE: Final = re.compile(
    r"(?<=\d)\s*(?:mm|мм)\b|^\s*(?:cal(?:\.|iber|ibre)?|calibro|kal(?:\.|iber)?|кал(?:\.|ибр)?)\s+", re.IGNORECASE
)
# As on a continental keyboard.
_COMMA: Final = re.compile(r"(?<=\d),(?=\d)")


def _plain(text: str) -> str:
    return _NOISE.sub(" ", _COMMA.sub(".", _TIMES.sub("x", text)))


CALIBRE_NAMES: Final = WordList(
    {each.name: (*each.synonyms, *map(_plain, (each.name, *each.synonyms))) for each in CALIBRES}
)


def listed_calibre(text: str) -> str | None:
    """Return the standard name of a calibre, or None if it is not listed."""
    return CALIBRE_NAMES.find(text) or CALIBRE_NAMES.find(_plain(text))


def fits_calibre(asked: str, found: str) -> bool | None:
    """Return whether two calibres may be one; None if one of them tells nothing."""
    return fits(asked, found, _chamber) if _chamber(found) else None


def _chamber(text: str) -> str | None:
    name = listed_calibre(text)
    return None if name is None or name in UNSPECIFIC else _SAME_CHAMBER.get(name, name)
