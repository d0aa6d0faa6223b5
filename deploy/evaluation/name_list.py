"""A list of names in memory that is searched as a store is: candidates by the same terms, then the same decision."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import nsmallest
from typing import NamedTuple

from shared.names.candidates import sought
from shared.names.kept import bits_of, packed, pairs_in
from shared.names.scoring import hit_of
from shared.names.sieve import leads_of, sieve_of, word_sieve_of
from shared.names.terms import stored_terms
from shared.names.words import name_of


class Found(NamedTuple):
    """A hit in a list."""

    number: int
    score: float


class NameList:
    """Names that are searched; each has the number of its place."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [name_of(name) for name in names]
        self._packed = [packed(name) for name in self._names]
        self._bits = [bits_of(name) for name in self._names]
        self._numbers: defaultdict[str, list[int]] = defaultdict(list)
        self._tokens: defaultdict[str, list[str]] = defaultdict(list)
        self._pairs: defaultdict[int, list[int]] = defaultdict(list)
        for number, name in enumerate(self._names):
            for pair in pairs_in(name):
                self._pairs[pair].append(number)
            for token in {word.token for word in name.words}:
                self._numbers[token].append(number)
        for token in self._numbers:
            for term in stored_terms(token):
                self._tokens[term].append(token)

    def search(self, name: str) -> list[Found]:
        """Return all hits, best first."""
        asked = name_of(name)
        hits = ((number, hit_of(asked, self._names[number])) for number in self._candidates(name))
        found = [Found(number, hit.score) for number, hit in hits if hit]
        return nsmallest(len(found), found, key=lambda each: (-each.score, each.number))

    def _candidates(self, name: str) -> Iterator[int]:
        wanted = sought(name)
        fitting = wanted.fitting(self._tokens)
        counts = [sum(len(self._numbers[token]) for token in each.tokens) for each in fitting]
        sieve, leads = sieve_of(wanted, fitting), leads_of(wanted, fitting, counts)
        found = {number for token in (*leads.words, *leads.whole) for number in self._numbers[token]}
        found |= {number for pair in leads.pairs for number in self._pairs.get(pair, ())}
        words = word_sieve_of(wanted, fitting)
        return (n for n in found if sieve.passes(self._bits[n]) and words.shape_of(self._packed[n]))
