"""What a search looks up: the terms of its words, and which stored words each of them may meet.

A record is a candidate if it meets as many words as a hit needs; scoring.py decides. Each hit is a candidate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shared.names.alignment import SHORTEST_JOINED, Similarity, joined_keys, joined_text, runs_of
from shared.names.scoring import least_met
from shared.names.similarity import similar_among, token_similarity
from shared.names.terms import part_terms, sought_terms, stored_terms, term_of_key
from shared.names.words import Name, Worth, may_be_joined, name_of


@dataclass(frozen=True, slots=True)
class SoughtPart:
    """A word of a search, or neighbours that may be stored as one word."""

    token: str
    """What similar words are looked for; empty for neighbours."""

    covers: tuple[int, ...]
    """The places of the words and initials that it stands for; none if it does not count."""

    terms: frozenset[str]
    """Of the words that are similar."""

    parts: frozenset[str]
    """Of the words that are a part of it, or that are written as it is."""

    def fitting(self, tokens_of: Mapping[str, Iterable[str]]) -> "Fitting":
        """Return the stored words that may meet it, given the words that have each term."""
        alike = {token for term in self.terms for token in tokens_of.get(term, ())}
        similar = similar_among(self.token, alike) if self.token else dict[str, float]()
        splits = {token for term in self.parts for token in tokens_of.get(term, ())}
        further = splits.union(token for token in alike if len(token) == 1 and token.isascii())
        return Fitting(similar | dict.fromkeys(further, 1.0), sorted(splits) if self.token else (), similar)


class Fitting(NamedTuple):
    """The stored words that may meet a part of a search."""

    tokens: Mapping[str, float]
    """With their similarity at most."""

    splits: Sequence[str]
    """Those among them that are a part of it, if a record splits it."""

    similar: Mapping[str, float]
    """All that are similar to it, with their similarity; none to neighbours."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A search for a name: its words, and how many that count a record must meet."""

    name: Name
    parts: tuple[SoughtPart, ...]
    least: int

    @property
    def terms(self) -> frozenset[str]:
        """Return all terms that are looked up."""
        return frozenset().union(*(part.terms | part.parts for part in self.parts))

    def fitting(self, tokens_of: Mapping[str, Iterable[str]]) -> list[Fitting]:
        """Return for each part the stored words that may meet it, given the words that have each term."""
        return [part.fitting(tokens_of) for part in self.parts]

    def similarity(self, fitting: Sequence[Fitting]) -> Similarity:
        """Return `token_similarity` of words of the search and stored words, as it was found for the candidates."""
        known = {part.token: found.similar for part, found in zip(self.parts, fitting, strict=True) if part.token}

        def similar(one: str, other: str) -> float:
            if one == other:
                return 1.0
            others = known.get(one)
            return token_similarity(one, other) if others is None else others.get(other, 0.0)

        return similar


# A search is also kept, and one of a check is counted: each asks for the same.
@lru_cache(maxsize=1 << 8)
def sought(name: str) -> Sought:
    """Return what a search for a name looks up."""
    asked = name_of(name)
    return Sought(asked, (*_words(asked), *_joins(asked)), least_met(asked))


def _words(asked: Name) -> Iterable[SoughtPart]:
    for place, (word, worth) in enumerate(zip(asked.words, asked.worths, strict=True)):
        if worth is Worth.FULL:
            splits = (
                part_terms(word.text) if may_be_joined(word) and len(word.text) >= SHORTEST_JOINED else frozenset[str]()
            )
            yield SoughtPart(word.token, (place,), sought_terms(word.token), splits)
        elif worth is Worth.MINOR:
            # A stored name may count it.
            yield SoughtPart(word.token, (), sought_terms(word.token), frozenset())


def _joins(asked: Name) -> Iterable[SoughtPart]:
    for run in runs_of(range(len(asked.words))):
        covers = tuple(place for place in run if asked.worths[place] is not Worth.MINOR)
        text = joined_text(asked, run)
        if len(text) >= SHORTEST_JOINED:
            keys = frozenset(map(term_of_key, joined_keys(asked, run)))
            yield SoughtPart("", covers, frozenset(), keys)


def query_terms(name: str) -> frozenset[str]:
    """Return the index terms of a search: each matching record has one of them in its `record_terms`.

    A match meets so many words that it meets one of those that are left without the shortest.
    """
    wanted = sought(name)
    words = [part for part in wanted.parts if part.token and part.covers]
    needed = sorted(words, key=lambda part: -len(part.token))[: len(words) - wanted.least + 1]
    joins = [part for part in wanted.parts if not part.token and part.covers]
    return frozenset().union(*(part.terms | part.parts for part in (*needed, *joins)))


def record_terms(names: Iterable[str]) -> frozenset[str]:
    """Return the index terms of a record of these names."""
    return frozenset().union(*(stored_terms(word.token) for name in names for word in name_of(name).words))
