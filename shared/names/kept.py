"""How the index keeps a name: its words with what each is worth, and a sum of them in bits that SQL compares.

A search that reads names so need not take them apart again.
"""

from functools import lru_cache
from typing import Final
from zlib import crc32

from shared.names.spelling import consonants, spelling_key
from shared.names.words import Name, Worth, word_of

# Of words that count, and of those that do not: together 62, so that a signed integer of 64 bits holds them.
COUNTING_BITS: Final = 46
MINOR_BITS: Final = 16
ALL_COUNTING: Final = (1 << COUNTING_BITS) - 1

# Before a word that does not count in full; no token has such a sign.
_MARKS: Final = {Worth.FULL: "", Worth.INITIAL: ".", Worth.MINOR: "-"}
_WORTHS: Final = {".": Worth.INITIAL, "-": Worth.MINOR}


def packed(name: Name) -> str:
    """Return the words of a name, with what each is worth, as one text."""
    return " ".join(f"{_MARKS[worth]}{word.token}" for word, worth in zip(name.words, name.worths, strict=True))


def unpacked(text: str) -> Name:
    """Return a name that was packed, without how it was written."""
    parts = text.split(" ") if text else []
    worths = tuple(_WORTHS.get(part[0], Worth.FULL) for part in parts)
    return Name(tuple(word_of(part.lstrip(".-")) for part in parts), worths, ())


def bits_of(name: Name) -> int:
    """Return the bits of the words of a stored name, those that count apart from those that do not."""
    bits = 0
    for word, worth in zip(name.words, name.worths, strict=True):
        counting = counting_bit(word.token)
        bits |= minor_bit(counting) if worth is Worth.MINOR else counting
    return bits


@lru_cache(maxsize=1 << 16)
def counting_bit(token: str) -> int:
    """Return the bit of a word that counts, given by its token; words with equal keys have the same."""
    if len(token) == 1 and token.isascii():
        # Initials, which words of many bits may meet.
        return 1
    return _bit_of_key(word_of(token).key)


def bit_of_text(text: str) -> int:
    """Return the bit of the words that are written as a Latin text is, or have its key."""
    return 1 if len(text) == 1 else _bit_of_key(spelling_key(text))


def _bit_of_key(key: str) -> int:
    # Of consonants alone, so that the words similar to one have few bits.
    return 1 << (1 + crc32(consonants(key).encode()) % (COUNTING_BITS - 1))


def minor_bit(counting: int) -> int:
    """Return the bit of a word that does not count, given its bit as one that does."""
    return 1 << (COUNTING_BITS + counting.bit_length() % MINOR_BITS)


def minor_bits(counting: int) -> int:
    """Return the bits of words that do not count, given their bits as such that do."""
    bits = 0
    while counting:
        lowest = counting & -counting
        bits |= minor_bit(lowest)
        counting ^= lowest
    return bits
