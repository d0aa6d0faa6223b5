"""Compares the names of people, however these are written: case, accents, order, script and one typo.

A name is compared as tokens, words in lower case ASCII.

Scripts are transliterated letter by letter, so a script without vowels is found by the same script, not by its
Latin spelling: enter a person's name in each script that is known.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from anyascii import anyascii
from rapidfuzz.distance import OSA

LONGEST_TOKEN: Final = 40
# A stored token as short as this is found only as it is: one letter else and it is another name.
SHORTEST_MISSPELT: Final = 4
# More words than these are not looked at in a search.
MOST_PARTS: Final = 12
# How much of the score it costs, at the most, that a person has names which nobody asked for.
EXTRA_NAMES_COST: Final = 0.2

# Signs within a word: apostrophes, and those that stand for the soft and hard signs and for ayn.
_WITHIN_WORDS = re.compile(r"['\"`]")
_TOKEN = re.compile(r"[a-z0-9]+")
# Scripts that write names without spaces, a syllable a sign.
_SYLLABLES = re.compile(r"([\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af])")


def fold(text: str) -> tuple[str, ...]:
    """Return the tokens of a name in the form in which names are compared, in the order in which they are written."""
    return tuple(token for word in text.split() for token in fold_word(word))


@lru_cache(maxsize=1 << 16)
def fold_word(word: str) -> tuple[str, ...]:
    """Return the tokens of one word in the form in which names are compared."""
    composed = _SYLLABLES.sub(r" \1 ", unicodedata.normalize("NFKC", word))
    plain = _WITHIN_WORDS.sub("", anyascii(composed)).lower()
    return tuple(token[:LONGEST_TOKEN] for token in _TOKEN.findall(plain))


def variants(token: str) -> frozenset[str]:
    """Return a token and what is left of it when any one letter is missing."""
    return frozenset({token, *(token[:position] + token[position + 1 :] for position in range(len(token)))})


def query_terms(name: str) -> frozenset[str]:
    """Return what a search for a name is kept under: whatever has a name that fits is `record_terms` one of these."""
    return variants(max(_looked_at(name), key=len))


def record_terms(names: Iterable[str]) -> frozenset[str]:
    """Return what a record of these names is looked up under among the searches that are kept."""
    return frozenset().union(*(stored_variants(token) for name in names for token in fold(name)))


def fitting_names(sought: Sequence[str | None], names: Iterable[str]) -> list[bool]:
    """Tell of searches whether the names of one record fit, as a `NameIndex` finds them; without a name it does."""
    held = tokens_of(names)
    return [name is None or all(_met(token, held) for token in _looked_at(name)) for name in sought]


def _met(token: str, held: Iterable[str]) -> bool:
    return any(similarity(token, other) for other in held)


def _looked_at(name: str) -> Sequence[str]:
    return tuple(dict.fromkeys(fold(name)))[:MOST_PARTS]


def similarity(token: str, stored: str) -> float:
    """Return 1 for equal tokens, less for one edit (a letter more, less, other, or two swapped), 0 for all others."""
    if token == stored:
        return 1.0
    if len(stored) < SHORTEST_MISSPELT or OSA.distance(token, stored, score_cutoff=1) > 1:
        return 0.0
    return 1 - 1 / max(len(token), len(stored))


def tokens_of(names: Iterable[str]) -> set[str]:
    """Return the tokens of several names."""
    return {token for name in names for token in fold(name)}


def stored_variants(token: str) -> Iterable[str]:
    """Return under which variants a token of a record is found."""
    return variants(token) if len(token) >= SHORTEST_MISSPELT else (token,)
