"""How the index keeps a name: its words with what each is worth, how they begin as bits, and its pairs of words.

A search that reads names so need not take them apart again.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations
from typing import Final
from zlib import crc32

from shared.names.spelling import consonants
from shared.names.words import Name, Word, Worth, word_of

# Each full word has one bit of these, by the first letter of its key, and one by its first consonants. All others have
# the last bit.
LETTERS: Final = (1 << 27) - 1
CONSONANTS: Final = ((1 << 35) - 1) << 27
OTHERS: Final = 1 << 62
ALL_COUNTING: Final = LETTERS | CONSONANTS

# Before a word that does not count in full; no token has such a sign.
_MARKS: Final = {Worth.FULL: "", Worth.INITIAL: ".", Worth.MINOR: "-"}
_MINOR: Final = _MARKS[Worth.MINOR]
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
    return Name(tuple(map(unpacked_word, parts)), worths, ())


def packed_words(token: str) -> Iterable[str]:
    """Return how a word is packed, whatever it is worth, given its token."""
    return (f"{mark}{token}" for mark in _MARKS.values())


def mark_of(packed_word: str) -> str:
    """Return what stands for any packed word of the same worth: no word is packed so."""
    return f"{packed_word[0]}?" if packed_word[0] in _WORTHS else "?"


def unpacked_word(packed_word: str) -> Word:
    """Return a word that was packed."""
    return word_of(packed_word.lstrip(".-"))


def is_minor(packed_word: str) -> bool:
    """Return whether a packed word does not count."""
    return packed_word[0] == _MINOR


def bits_of(name: Name) -> int:
    """Return the bits of the words of a stored name: 63, so that a signed integer of 64 bits holds them."""
    bits = 0
    for word, worth in zip(name.words, name.worths, strict=True):
        bits |= bits_of_key(word.key) if worth is Worth.FULL else OTHERS
    return bits


@lru_cache(maxsize=1 << 14)
def bits_of_key(key: str) -> int:
    """Return the two bits of a word that counts, given its key."""
    consonants_first = consonants(key)[:2].encode()
    return _letter(key[:1]) | 1 << (27 + crc32(consonants_first) % 35)


def bits_of_initial(word: Word) -> int:
    """Return the bits of the words that an initial may stand for."""
    letter = word.text[:1]
    bits = bits_of_key(word.key) | CONSONANTS
    for first in _FIRST_OF_KEYS.get(letter, letter):
        bits |= _letter(first)
    return bits


def _letter(letter: str) -> int:
    return 2 << (ord(letter) - ord("a")) if "a" <= letter <= "z" else 1


def pairs_in(name: Name) -> set[int]:
    """Return the numbers of all pairs of words of a stored name."""
    return {pair_of(one.token, other.token) for one, other in combinations(name.words, 2)}


def pairs_between(some: Mapping[str, float], others: Mapping[str, float], least: float) -> set[int]:
    """Return the numbers of all pairs of words of two groups whose values are together so much at least."""
    most_first = sorted(((value, _number_of(token)) for token, value in others.items()), reverse=True)
    pairs = set[int]()
    for token, value in some.items():
        number = _number_of(token)
        for other_value, other in most_first:
            if value + other_value < least:
                break
            pairs.add(number * other % _PRIME)
    return pairs


def pair_of(one: str, other: str) -> int:
    """Return the number of a pair of words, in either order; several may have the same, at random."""
    return _number_of(one) * _number_of(other) % _PRIME


@lru_cache(maxsize=1 << 16)
def _number_of(token: str) -> int:
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "big") % (_PRIME - 1) + 1
