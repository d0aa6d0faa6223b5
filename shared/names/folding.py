"""Writes text as plain words: lower case ASCII, letter by letter, whatever its script."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

LONGEST_TOKEN: Final = 40

# Apostrophes, and what stands for soft and hard signs and for ayn.
_WITHIN_WORDS = re.compile(r"['\"`]")
_TOKEN = re.compile(r"[a-z0-9]+")
# Scripts that write names without spaces, one character a syllable.
_SYLLABLES = re.compile(r"([\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af])")


def fold(text: str) -> tuple[str, ...]:
    """Return the plain words of a text, in order."""
    return tuple(token for word in text.split() for token in fold_word(word))


@lru_cache(maxsize=1 << 14)
def fold_word(word: str) -> tuple[str, ...]:
    """Return the plain words of one word."""
    composed = _SYLLABLES.sub(r" \1 ", unicodedata.normalize("NFKC", word))
    plain = _WITHIN_WORDS.sub("", anyascii(composed)).lower()
    return tuple(token[:LONGEST_TOKEN] for token in _TOKEN.findall(plain))


def is_syllable(character: str) -> bool:
    """Return whether a character is one of a script that writes a syllable with each."""
    return _SYLLABLES.match(character) is not None


def is_one_letter(name: str) -> bool:
    """Return whether a name is a single letter; in a script of syllables one character may be a whole name."""
    written = [character for character in name if character.isalnum()]
    return len(written) == 1 and written[0].isalpha() and not is_syllable(written[0])
