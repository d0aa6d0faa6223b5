"""What a stored name must have to be a hit, and which words of a search lead to the hits.

A hit meets all words of the search, or all of the stored name, or, where both are long, all but one of each. SQL
compares bits, then words are compared. So each hit passes, and so do some other names, for which `scoring` decides.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import reduce
from typing import Final

from shared.names.candidates import Fitting, Sought
from shared.names.joins import forms_of
from shared.names.kept import (
    ALL_COUNTING,
    CONSONANTS,
    LETTERS,
    OTHERS,
    bits_of_initial,
    bits_of_key,
    is_minor,
    mark_of,
    packed_words,
    pairs_between,
    unpacked_word,
)
from shared.names.scoring import EXTRA_STORED_COST, LEAST_SCORE, LONG_NAME, MINOR_WEIGHT, WEIGHTS
from shared.names.similarity import initial_similarity
from shared.names.spelling import spelling_key
from shared.names.words import MAX_PARTS, Name, Word, Worth, is_ever_less, word_of

# Of a name that has one of the words, by a look-up of a pair.
COST_OF_A_NAME: Final = 6
# Of the score of a name that has another full word, if the rest counts little.
_KEPT: Final = 1 - EXTRA_STORED_COST / (2 + (MAX_PARTS - 2) * MINOR_WEIGHT)
# A word is met if one bit of each is.
FIRST: Final = LETTERS | OTHERS
SECOND: Final = CONSONANTS | OTHERS


def enough_of(words: int) -> int:
    """Return how many of the words of a search must be met by a name of which not all words are met."""
    return words - 1 if words >= LONG_NAME else words


@dataclass(frozen=True, slots=True)
class Sieve:
    """The bits that are compared with those of a stored name."""

    needed: tuple[int, ...]
    """For each word of the search that counts, and each initial, of the words that may meet it."""

    foreign: int
    """Of words that count and that nothing of the search may meet."""

    is_strict: bool
    """Whether the search is in syllables, so that none may be left over in it nor in the name."""

    def passes(self, bits: int) -> bool:
        """Return whether a stored name may be a hit, as SQL decides it."""
        met = sum(1 for each in self.needed if bits & each & FIRST and bits & each & SECOND)
        is_whole, is_met = not bits & self.foreign, met >= enough_of(len(self.needed))
        return (is_whole and is_met) if self.is_strict else (is_whole or is_met)


@dataclass(frozen=True, slots=True)
class WordSieve:
    """The stored words that a search may meet, each as names are packed."""

    places: Mapping[str, int]
    """The words of the search that each may meet, a bit for each that counts."""

    splits: Set[str]
    """Those of them that are a part of a word of the search, so that it may meet others beside them."""

    least: int
    """How many words of the search must be met in any case."""

    enough: int
    """How many must be met by a name of which not all words are met."""

    initials: Sequence[Word]
    """By which the search may meet any word."""

    is_strict: bool
    """As of a `Sieve`."""

    def shape_of(self, words: str) -> str | None:
        """Return a packed name without the words that the search cannot meet, None if it cannot be a hit.

        Names of one shape are decided alike.
        """
        # One loop, as it runs for each candidate, and most of them end here.
        parts, places, met, is_known = words.split(" "), self.places, 0, True
        for part in parts:
            found = places.get(part)
            if found is not None:
                met |= found
            elif not is_minor(part):
                is_known = False
        if (count := met.bit_count()) < self.least:
            return None
        is_split = bool(self.splits) and not self.splits.isdisjoint(parts)
        is_whole, is_met = is_known or is_split or bool(self.initials), count >= self.enough
        if not ((is_whole and is_met) if self.is_strict else (is_whole or is_met)):
            return None
        return words if is_split else " ".join(part if part in places else self._unmet(part) for part in parts)

    def _unmet(self, packed_word: str) -> str:
        """Return what stands for a word that no word of the search meets, unless an initial does."""
        return mark_of(packed_word) + (self._initials_of(packed_word) if self.initials else "")

    def _initials_of(self, packed_word: str) -> str:
        """Return by which initials of the search a word may be met."""
        word = unpacked_word(packed_word)
        if any(word.token == each.token for each in self.initials):
            return word.token
        return "".join(str(at) for at, each in enumerate(self.initials) if initial_similarity(each, word))


def sieve_of(sought: Sought, fitting: Sequence[Fitting]) -> Sieve:
    """Return the sieve of a search, given the stored words that may meet each of its parts."""
    needed = {place: 0 for place, worth in enumerate(sought.name.worths) if worth is not Worth.MINOR}
    allowed = 0
    for part, found in zip(sought.parts, fitting, strict=True):
        bits = _any_of(bits_of_key(word_of(token).key) for token in found.tokens)
        others = OTHERS if any(map(is_ever_less, found.tokens)) else 0
        for place in part.covers:
            needed[place] |= bits | others
        allowed |= bits | _any_of(each for token in found.splits for each in _remainders(part.token, token))
    for place, (word, worth) in enumerate(zip(sought.name.words, sought.name.worths, strict=True)):
        if worth is Worth.INITIAL:
            bits = bits_of_initial(word)
            needed[place] |= bits | OTHERS
            allowed |= bits
    return Sieve(tuple(needed.values()), ALL_COUNTING & ~allowed, _is_strict(sought))


def _is_strict(sought: Sought) -> bool:
    return sought.name.is_syllabic and sought.least > 1


def word_sieve_of(sought: Sought, fitting: Sequence[Fitting]) -> WordSieve:
    """Return the sieve of a search by words, given the stored words that may meet each of its parts."""
    places, splits = dict[str, int](), set[str]()
    full = [place for place, worth in enumerate(sought.name.worths) if worth is Worth.FULL]
    for part, found in zip(sought.parts, fitting, strict=True):
        covered = sum(1 << place for place in part.covers if place in full)
        for packed_word in (each for token in found.tokens for each in packed_words(token)):
            places[packed_word] = places.get(packed_word, 0) | covered
        splits.update(each for token in found.splits for each in packed_words(token))
    initials = [
        word for word, worth in zip(sought.name.words, sought.name.worths, strict=True) if worth is Worth.INITIAL
    ]
    return WordSieve(places, splits, sought.least, enough_of(len(full)), initials, _is_strict(sought))


@dataclass(frozen=True, slots=True)
class Leads:
    """What each hit of a search has one of."""

    words: Sequence[str]
    """Stored words, given by their tokens."""

    whole: Sequence[str]
    """Stored words that lead to names alone of which all words are met."""

    pairs: Sequence[int]
    """Pairs of stored words, given by their numbers."""


def leads_of(sought: Sought, fitting: Sequence[Fitting], counts: Sequence[int]) -> Leads:
    """Return what leads to the hits, given how many names have the stored words of each part.

    A hit meets two words of the search if that has two: it has one of the words that may meet a rare word, or one of
    the pairs that may meet two usual ones, whichever are fewer. Two of the words are as similar as a hit needs.
    """
    rest = sorted(_numbers_of_words(sought), key=counts.__getitem__)
    if len(rest) == 1:
        return _leads_of_one(sought.name, fitting)
    led = [number for number, part in enumerate(sought.parts) if not part.token and part.covers]
    least, pairs = 2 * (LEAST_SCORE - _slack(sought.name)), set[int]()
    while len(rest) >= sought.least > 0:
        rarest = rest.pop(0)
        others = dict[str, float]()
        for number in rest:
            others = _best_of(others, fitting[number].tokens)
        several = pairs_between(_best_of({}, fitting[rarest].tokens), others, least) if others else set[int]()
        if sought.least == 1 or counts[rarest] * COST_OF_A_NAME < len(several):
            led.append(rarest)
        else:
            pairs |= several
    return Leads(sorted({token for number in led for token in fitting[number].tokens}), (), sorted(pairs))


def _numbers_of_words(sought: Sought) -> list[int]:
    return [number for number, part in enumerate(sought.parts) if part.token and part.covers]


def _leads_of_one(name: Name, fitting: Sequence[Fitting]) -> Leads:
    """Return the leads of a search of one full word: names that have others must have one that is nearer.

    Those of a search with initials must have none.
    """
    found = reduce(_best_of, (each.tokens for each in fitting), dict[str, float]())
    least = LEAST_SCORE - 2 * _slack(name)
    near = {token for token, value in found.items() if value * _KEPT >= least}
    if Worth.INITIAL in name.worths:
        near = set()
    return Leads(sorted(near), sorted(token for token in found.keys() - near if found[token] >= least), ())


def _slack(name: Name) -> float:
    """Return by how much further words of a search may raise the mean of the two that are most similar."""
    return sum(WEIGHTS[worth] * (1 - LEAST_SCORE) for worth in name.worths if worth is not Worth.FULL) / 2


def _best_of(some: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
    """Return the words of two groups with the greater value; what may be no full word counts little, so it may fit."""
    both = dict(some)
    for token, value in others.items():
        both[token] = 1.0 if is_ever_less(token) else max(value, both.get(token, 0.0))
    return both


def _any_of(bits: Iterable[int]) -> int:
    found = 0
    for each in bits:
        found |= each
    return found


def _remainders(whole: str, token: str) -> Iterable[int]:
    """Yield the bits of what a record that splits a word writes besides the part that was found."""
    text, key = word_of(whole).text, word_of(token).key
    for cut in range(1, len(text)):
        head, tail = text[:cut], text[cut:]
        if spelling_key(head) == key:
            yield from _pieces(tail)
        if spelling_key(tail) == key:
            yield from _pieces(head)


def _pieces(text: str) -> Iterable[int]:
    yield from map(_bits_of_text, forms_of(text))
    for cut in range(1, len(text)):
        yield from map(_bits_of_text, forms_of(text[:cut]))
        yield _bits_of_text(text[cut:])


def _bits_of_text(text: str) -> int:
    return bits_of_key(spelling_key(text))
