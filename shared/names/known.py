"""Knows very many names, and which spellings are of one name: from the table of `rigour` (MIT, see data/LICENSE).

Each line of the table is a word as names are compared (a Latin key, or letters of Arabic or Hebrew) and the numbers of
the names that it is a spelling of, if other spellings are near. The lines are sorted, so that a word is looked up in
the file as it is: a table of its own would take a second and 60 MB of each service.
"""

from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files


class Kinship(Enum):
    """What is known of two words that are not spelled alike."""

    ONE_NAME = "two spellings of one name"
    TWO_NAMES = "two names"
    ONE_KNOWN = "one is a name and the other none, so it may be misspelt"
    UNKNOWN = "neither is known"


@cache
def _table() -> bytes:
    return files("shared.names").joinpath("data/known_names.txt").read_bytes()


@lru_cache(maxsize=1 << 15)
def known_as(word: str) -> frozenset[bytes] | None:
    """Return the numbers of the names that a word is a spelling of, None if it is not known."""
    table, wanted = _table(), word.encode()
    low, high = 0, len(table)
    while low < high:
        start = table.rfind(b"\n", 0, (low + high) // 2) + 1
        end = table.find(b"\n", start)
        found, *numbers = table[start:end].split(b" ")
        if found == wanted:
            return frozenset(numbers)
        if found < wanted:
            low = end + 1
        else:
            high = start
    return None


def kinship(one: str, other: str) -> Kinship:
    """Return what is known of two words, given by their keys or letters."""
    mine, theirs = known_as(one), known_as(other)
    if mine is None or theirs is None:
        return Kinship.UNKNOWN if mine is theirs else Kinship.ONE_KNOWN
    return Kinship.TWO_NAMES if mine.isdisjoint(theirs) else Kinship.ONE_NAME
