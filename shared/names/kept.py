"""How the index keeps a name: its words with what each is worth, their first letters as bits, and its pairs of words.

A search that reads names so need not take them apart again.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations
from typing import Final

from shared.names.spelling import spelling_key
from shared.names.words import Name, Word, Worth, word_of

# A bit for each first letter of a word that counts, and for all that are none; as many for words that do not count.
COUNTING_BITS: Final = 27
ALL_COUNTING: Final = (1 << COUNTING_BITS) - 1

# Before a word that does not count in full; no token has such a sign.
_MARKS: Final = {Worth.FULL: "", Worth.INITIAL: ".", Worth.MINOR: "-"}
_WORTHS: Final = {".": Worth.INITIAL, "-": Worth.MINOR}
# With which letters keys begin, by the first letter of the word, if not with the same alone.
_FIRST_OF_KEYS: Final = {
    "a": "ae",
    "c": "cks",
    "d": "di",
    "i": "ie",
    "j": "i",
    "o": "ou",
    "p": "pf",
    "q": "k",
    "t": "tc",
    "w": "v",
    "x": "k",
    "y": "ieo",
}
# A prime: products of two numbers below it are spread evenly.
_PRIME: Final = (1 << 61) - 1


def packed(name: Name) -> str:
    """Return the words of a name, with what each is worth, as one text."""
    return " ".join(f"{_MARKS[worth]}{word.token}" for word, worth in zip(name.words, name.worths, strict=True))


def unpacked(text: str) -> Name:
    """Return a name that was packed, without how it was written."""
    parts = text.split(" ") if text else []
    worths = tuple(_WORTHS.get(part[0], Worth.FULL) for part in parts)
    return Name(tuple(word_of(part.lstrip(".-")) for part in parts), worths, ())


def packed_words(token: str) -> Iterable[str]:
    """Return how a word is packed, whatever it is worth, given its token."""
    return (f"{mark}{token}" for mark in _MARKS.values())


def is_minor(packed_word: str) -> bool:
    """Return whether a packed word does not count."""
    return packed_word.startswith(_MARKS[Worth.MINOR])


def bits_of(name: Name) -> int:
    """Return the bits of the words of a stored name, those that count apart from those that do not."""
    bits = 0
    for word, worth in zip(name.words, name.worths, strict=True):
        bit = bit_of(word)
        bits |= minor_bits(bit) if worth is Worth.MINOR else bit
    return bits


def bit_of(word: Word) -> int:
    """Return the bit of a word that counts: that of the first letter of its key."""
    return _bit(word.key[:1])


def bit_of_text(text: str) -> int:
    """Return the bit of the words with the key of a text in Latin letters."""
    return _bit(spelling_key(text)[:1])


def bits_of_initial(word: Word) -> int:
    """Return the bits of the words that an initial may stand for."""
    letter = word.text[:1]
    bits = bit_of(word)
    for first in _FIRST_OF_KEYS.get(letter, letter):
        bits |= _bit(first)
    return bits


def minor_bits(counting: int) -> int:
    """Return the bits of words that do not count, given their bits as such that do."""
    return counting << COUNTING_BITS


def _bit(letter: str) -> int:
    return 2 << (ord(letter) - ord("a")) if "a" <= letter <= "z" else 1


def pairs_in(name: Name) -> set[int]:
    """Return the numbers of all pairs of words of a stored name."""
    return {pair_of(one.token, other.token) for one, other in combinations(name.words, 2)}


def pairs_between(some: Iterable[str], others: Iterable[str]) -> set[int]:
    """Return the numbers of all pairs of words of two groups, given by their tokens."""
    numbers = [_number_of(token) for token in others]
    return {one * other % _PRIME for one in map(_number_of, some) for other in numbers}


def pair_of(one: str, other: str) -> int:
    """Return the number of a pair of words, in either order; several may have the same, at random."""
    return _number_of(one) * _number_of(other) % _PRIME


@lru_cache(maxsize=1 << 16)
def _number_of(token: str) -> int:
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "big") % (_PRIME - 1) + 1
