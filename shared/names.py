"""Compares the names of people, however these are written: case, accents, order, script and one typo.

A name is compared as tokens, words in lower case ASCII.

Scripts are transliterated letter by letter, so a script without vowels is found by the same script, not by its
Latin spelling: enter a person's name in each script that is known.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from anyascii import anyascii
from rapidfuzz.distance import OSA

LONGEST_TOKEN: Final = 40
# A stored token as short as this is found only as it is: one letter else and it is another name.
SHORTEST_MISSPELT: Final = 4
# More words than these are not looked at in a search.
MAX_PARTS: Final = 12
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
    return variants(max(searched_tokens(name), key=len))


def record_terms(names: Iterable[str]) -> frozenset[str]:
    """Return what a record of these names is looked up under among the searches that are kept."""
    return frozenset().union(*(stored_variants(token) for name in names for token in fold(name)))


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


@dataclass(frozen=True, slots=True)
class NamePart:
    """One token of a search, and the stored tokens that fit it."""

    written: str
    """The word of the search that it comes from."""

    token: str

    fitting: Mapping[str, float]
    """The similarity of each stored token that fits; 1 is equal."""


def searched_tokens(name: str) -> dict[str, str]:
    """Return the tokens of a search, at most MAX_PARTS, each with the word that it comes from."""
    words = {token: word for word in name.split() for token in fold_word(word)}
    return dict(islice(words.items(), MAX_PARTS))


def name_parts(searched: Mapping[str, str], stored: Iterable[str]) -> list[NamePart]:
    """Return each token of a search with those of the stored tokens that fit it."""
    candidates = sorted(stored)
    return [NamePart(word, token, _fitting(token, candidates)) for token, word in searched.items()]


def match_names(name: str, names: Sequence[str]) -> tuple[float, str] | None:
    """Return what `score_names` does where the names of one record fit a search, else None."""
    parts = name_parts(searched_tokens(name), tokens_of(names))
    return score_names(parts, names) if parts and all(part.fitting for part in parts) else None


def score_names(parts: Sequence[NamePart], names: Iterable[str]) -> tuple[float, str]:
    """Return how well the names of a record fit, from 0 to 1, and which word of the search matches which name.

    A name with a typo counts less than an equal one. A person with more other names counts less, too.
    """
    words_by_name = [{token: word for word in name.split() for token in fold_word(word)} for name in names]
    words = {token: word for found in reversed(words_by_name) for token, word in found.items()}
    best = [_best(part, words) for part in parts]
    if not best:
        return 0.0, "name"
    closeness = sum(value for _, value in best) / len(best)
    used = {token for token, _ in best}
    share = max((len(used & found.keys()) / len(found) for found in words_by_name if found), default=0.0)
    pairs = ", ".join(_pair(part, token, words) for part, (token, _) in zip(parts, best, strict=True))
    return round(closeness * (1 - EXTRA_NAMES_COST * (1 - share)), 4), f"name: {pairs}"


def _fitting(token: str, stored: Iterable[str]) -> dict[str, float]:
    return {other: value for other in stored if (value := similarity(token, other))}


def _best(part: NamePart, words: Mapping[str, str]) -> tuple[str, float]:
    fitting = {token: part.fitting[token] for token in words if token in part.fitting}
    return max(fitting.items(), key=lambda found: found[1], default=("", 0.0))


def _pair(part: NamePart, token: str, words: Mapping[str, str]) -> str:
    stored = words.get(token, "").strip(",;.()")
    return stored if part.token == token else f"{part.written.strip(',;.()')} ~ {stored or '?'}"
