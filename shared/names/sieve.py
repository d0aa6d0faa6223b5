"""What a stored name must have to be a hit, and which words of a search lead to the hits.

A hit meets all words of the search, or all of the stored name, or, where both are long, all but one of each. SQL
compares bits, then words are compared. So each hit passes, and so do some other names, for which `scoring` decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.names.candidates import Fitting, Sought
from shared.names.kept import (
    ALL_COUNTING,
    bit_of,
    bit_of_text,
    bits_of_initial,
    is_minor,
    minor_bits,
    packed_words,
    pairs_between,
)
from shared.names.scoring import LONG_NAME
from shared.names.spelling import spelling_key
from shared.names.words import Worth, word_of

# Of a name that has one of the words, by a look-up of a pair.
COST_OF_A_NAME: Final = 3


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

    def passes(self, bits: int) -> bool:
        """Return whether a stored name may be a hit, as SQL decides it."""
        return not bits & self.foreign or sum(bool(bits & each) for each in self.needed) >= enough_of(len(self.needed))


@dataclass(frozen=True, slots=True)
class WordSieve:
    """The stored words that a search may meet, each as names are packed."""

    places: Mapping[str, int]
    """The words of the search that each may meet, a bit for each that counts."""

    least: int
    """How many of these must be met in any case."""

    enough: int
    """How many must be met by a name of which not all words are met."""

    is_open: bool
    """Whether it may meet words that are not among `places`."""

    def passes(self, words: str) -> bool:
        """Return whether a packed name may be a hit."""
        met, is_whole = 0, True
        for word in words.split(" "):
            places = self.places.get(word)
            if places is None:
                is_whole = is_whole and is_minor(word)
            else:
                met |= places
        count = met.bit_count()
        return count >= self.least and (is_whole or self.is_open or count >= self.enough)


def sieve_of(sought: Sought, fitting: Sequence[Fitting]) -> Sieve:
    """Return the sieve of a search, given the stored words that may meet each of its parts."""
    needed = {place: 0 for place, worth in enumerate(sought.name.worths) if worth is not Worth.MINOR}
    allowed = 0
    for part, found in zip(sought.parts, fitting, strict=True):
        bits = _any_of(bit_of(word_of(token)) for token in found.tokens)
        for place in part.covers:
            needed[place] |= bits | minor_bits(bits)
        allowed |= bits | _any_of(each for token in found.splits for each in _remainders(part.token, token))
    for place, (word, worth) in enumerate(zip(sought.name.words, sought.name.worths, strict=True)):
        if worth is Worth.INITIAL:
            bits = bits_of_initial(word)
            needed[place] |= bits | minor_bits(bits)
            allowed |= bits
    return Sieve(tuple(needed.values()), ALL_COUNTING & ~allowed)


def word_sieve_of(sought: Sought, fitting: Sequence[Fitting]) -> WordSieve:
    """Return the sieve of a search by words, given the stored words that may meet each of its parts."""
    places = dict[str, int]()
    full = [place for place, worth in enumerate(sought.name.worths) if worth is Worth.FULL]
    is_open = Worth.INITIAL in sought.name.worths
    for part, found in zip(sought.parts, fitting, strict=True):
        covered = sum(1 << place for place in part.covers if place in full)
        is_open = is_open or bool(found.splits)
        for token in found.tokens:
            for packed_word in packed_words(token):
                places[packed_word] = places.get(packed_word, 0) | covered
    return WordSieve(places, sought.least, enough_of(len(full)), is_open)


@dataclass(frozen=True, slots=True)
class Leads:
    """What each hit of a search has one of."""

    words: Sequence[str]
    """Stored words, given by their tokens."""

    pairs: Sequence[int]
    """Pairs of stored words, given by their numbers."""


def leads_of(sought: Sought, fitting: Sequence[Fitting], counts: Sequence[int]) -> Leads:
    """Return what leads to the hits, given how many names have the stored words of each part.

    A hit meets two words of the search if that has two: it has one of the words that may meet a rare word, or one of
    the pairs that may meet two usual ones, whichever are fewer.
    """
    rest = sorted(
        (number for number, part in enumerate(sought.parts) if part.token and part.covers), key=counts.__getitem__
    )
    led = [number for number, part in enumerate(sought.parts) if not part.token and part.covers]
    pairs = set[int]()
    while len(rest) >= sought.least > 0:
        rarest = rest.pop(0)
        others = [token for number in rest for token in fitting[number].tokens]
        if sought.least == 1 or counts[rarest] * COST_OF_A_NAME < len(fitting[rarest].tokens) * len(others):
            led.append(rarest)
        else:
            pairs |= pairs_between(fitting[rarest].tokens, others)
    return Leads(sorted({token for number in led for token in fitting[number].tokens}), sorted(pairs))


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
    yield bit_of_text(text)
    for cut in range(1, len(text)):
        yield bit_of_text(text[:cut])
        yield bit_of_text(text[cut:])
