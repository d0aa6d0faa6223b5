"""Knows which particles are written as one word with the name that follows: O'Connor, Vandermeer, Benyahia."""

from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import Final

from shared.names.chinese import joined_readings, syllables_of
from shared.names.lists import PARTICLES
from shared.names.spelling import spelling_key

# Letters that are written as a part of a name or apart, as in O'Connor and D'Angelo.
LETTERS: Final = frozenset("odl")
SHORTEST_REST: Final = 3
_ALIKE: Final = (("ben", "bin", "ibn", "bel"), ("abu", "abou", "bou", "bu"), ("al", "el"))
_FORMS: Final[Mapping[str, Collection[str]]] = {first: forms for forms in _ALIKE for first in forms}


def forms_of(first: str) -> Collection[str]:
    """Return what may be written for the first of words that are joined, as particles stand for one another."""
    return _FORMS.get(first, (first,))


@cache
def _heads() -> frozenset[str]:
    """Return what a joined word may begin with: one particle or two."""
    particles = PARTICLES.union(_FORMS, LETTERS)
    return particles.union(f"{one}{other}" for one in particles for other in particles if min(len(one), len(other)) > 1)


@lru_cache(maxsize=1 << 13)
def particle_cuts(text: str) -> tuple[int, ...]:
    """Return where a word may be cut after particles."""
    return tuple(cut for cut in range(1, len(text) - SHORTEST_REST + 1) if text[:cut] in _heads())


@lru_cache(maxsize=1 << 14)
def beginnings_of(first: str) -> frozenset[str]:
    """Return how a word may begin that is joined of one and others: two letters, or one that stands alone."""
    forms = (first, *forms_of(first), *syllables_of(first))
    return frozenset(each[:2] for each in forms if len(each) > 1 or each in LETTERS)


def may_begin(whole: str, first: str) -> bool:
    """Return whether a word may be joined of one and others."""
    beginnings = beginnings_of(first)
    return whole[:2] in beginnings or whole[:1] in beginnings


@lru_cache(maxsize=1 << 13)
def keys_of_joined(words: tuple[str, ...]) -> frozenset[str]:
    """Return the keys of words written as one, for each way to write the first, and for syllables in Pinyin."""
    first, rest = words[0], "".join(words[1:])
    return frozenset(map(spelling_key, (*(f"{form}{rest}" for form in forms_of(first)), *joined_readings(words))))
