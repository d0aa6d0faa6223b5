"""Compares names of people regardless of case, accents, order, script and one typo.

A name is compared as tokens, words in lower case ASCII. Scripts are transliterated letter by letter, so a script
without vowels does not match its Latin spelling: enter a name in each known script.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from anyascii import anyascii

LONGEST_TOKEN: Final = 40
# A shorter stored token must match exactly: with another letter it is another name.
SHORTEST_MISSPELT: Final = 4
# Further words of a search are ignored.
MAX_PARTS: Final = 12
# The largest part of the score that other names of a person cost.
EXTRA_NAMES_COST: Final = 0.2

# Apostrophes, and what stands for soft and hard signs and for ayn.
_WITHIN_WORDS = re.compile(r"['\"`]")
_TOKEN = re.compile(r"[a-z0-9]+")
# Scripts that write names without spaces, one character a syllable.
_SYLLABLES = re.compile(r"([\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af])")


def fold(text: str) -> tuple[str, ...]:
    """Return the tokens of a name for comparison, in order."""
    return tuple(token for word in text.split() for token in fold_word(word))


@lru_cache(maxsize=1 << 16)
def fold_word(word: str) -> tuple[str, ...]:
    """Return the tokens of one word for comparison."""
    composed = _SYLLABLES.sub(r" \1 ", unicodedata.normalize("NFKC", word))
    plain = _WITHIN_WORDS.sub("", anyascii(composed)).lower()
    return tuple(token[:LONGEST_TOKEN] for token in _TOKEN.findall(plain))


def is_one_letter(name: str) -> bool:
    """Return whether a name is a single letter; in a script of syllables one character may be a whole name."""
    written = [character for character in name if character.isalnum()]
    return len(written) == 1 and written[0].isalpha() and not _SYLLABLES.match(written[0])


def variants(token: str) -> frozenset[str]:
    """Return a token, and all results of deleting one letter."""
    return frozenset({token, *(token[:position] + token[position + 1 :] for position in range(len(token)))})


def query_terms(name: str) -> frozenset[str]:
    """Return the index terms of a search: each matching record has one of them in its `record_terms`."""
    return variants(max(searched_tokens(name), key=len))


def record_terms(names: Iterable[str]) -> frozenset[str]:
    """Return the index terms of a record of these names."""
    return frozenset().union(*(stored_variants(token) for name in names for token in fold(name)))


def similarity(token: str, stored: str) -> float:
    """Return 1 for equal tokens, less for one edit (insertion, deletion, substitution, transposition), else 0."""
    if token == stored:
        return 1.0
    if len(stored) < SHORTEST_MISSPELT or abs(len(token) - len(stored)) > 1:
        return 0.0
    if _edit_distance()(token, stored, score_cutoff=1) > 1:
        return 0.0
    return 1 - 1 / max(len(token), len(stored))


@cache
def _edit_distance() -> Callable[..., int]:
    # Only here, as most processes compare no names.
    from rapidfuzz.distance import OSA

    return OSA.distance


def tokens_of(names: Iterable[str]) -> set[str]:
    """Return the tokens of several names."""
    return {token for name in names for token in fold(name)}


def stored_variants(token: str) -> Iterable[str]:
    """Return the variants under which a token of a record is indexed."""
    return variants(token) if len(token) >= SHORTEST_MISSPELT else (token,)


@dataclass(frozen=True, slots=True)
class NamePart:
    """One token of a search, and the stored tokens that match it."""

    written: str
    """The word of the search that contains it."""

    token: str

    fitting: Mapping[str, float]
    """The similarity of each matching stored token."""


def searched_tokens(name: str) -> dict[str, str]:
    """Return the tokens of a search, at most MAX_PARTS, each with the word that contains it."""
    words = {token: word for word in name.split() for token in fold_word(word)}
    return dict(islice(words.items(), MAX_PARTS))


def name_parts(searched: Mapping[str, str], stored: Iterable[str]) -> list[NamePart]:
    """Return each token of a search with the stored tokens that match it."""
    candidates = sorted(stored)
    return [
        NamePart(word, token, {other: value for other in candidates if (value := similarity(token, other))})
        for token, word in searched.items()
    ]


def match_names(name: str, names: Sequence[str]) -> tuple[float, str] | None:
    """Return the result of `score_names` if the names of one record match a search, else None."""
    parts = name_parts(searched_tokens(name), tokens_of(names))
    return score_names(parts, names) if parts and all(part.fitting for part in parts) else None


def score_names(parts: Sequence[NamePart], names: Iterable[str]) -> tuple[float, str]:
    """Return a score from 0 to 1, and which word of the search matches which name. Typos and other names cost."""
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


def fitting_names(name: str, names: Sequence[str]) -> str:
    """Return the name of a record that meets most words of a search; with others, if only several meet all."""
    tokens = {each: frozenset(fold(each)) for each in names}
    unmet, found = name_parts(searched_tokens(name), tokens_of(names)), list[str]()
    while closest := max(tokens, key=lambda each: (_count_met(unmet, tokens[each]), -len(tokens[each])), default=""):
        held = tokens.pop(closest)
        if not _count_met(unmet, held):
            break
        found.append(closest)
        unmet = [part for part in unmet if not part.fitting.keys() & held]
    return "; ".join(found)


def _count_met(parts: Sequence[NamePart], held: frozenset[str]) -> int:
    return sum(1 for part in parts if part.fitting.keys() & held)


def _best(part: NamePart, words: Mapping[str, str]) -> tuple[str, float]:
    fitting = {token: part.fitting[token] for token in words if token in part.fitting}
    return max(fitting.items(), key=lambda found: found[1], default=("", 0.0))


def _pair(part: NamePart, token: str, words: Mapping[str, str]) -> str:
    stored = words.get(token, "").strip(",;.()")
    return stored if part.token == token else f"{part.written.strip(',;.()')} ~ {stored or '?'}"
