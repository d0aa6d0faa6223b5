"""The terms under which words are indexed: two words that are similar share one.

A word has a few terms, whatever its length. Two keys one edit apart share a variant that lacks one letter (the idea of
SymSpell, W. Garbe 2012); words further apart share their consonants, or these less one.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from shared.names.nicknames import full_names_of
from shared.names.similarity import SHORTEST_MISSPELT
from shared.names.spelling import spelling_key
from shared.names.syllables import romanization_key, romanizations
from shared.names.words import Word, word_of

# The first letter of a term tells what it is; no token has a capital.
_KEY, _SOUND, _LATIN, _OWN, _INITIAL, _FULL = "K", "S", "L", "O", "I", "N"
LONGEST_TERM: Final = 40


def variants(text: str) -> frozenset[str]:
    """Return a text, and all results of deleting one letter."""
    return frozenset({text, *(text[:place] + text[place + 1 :] for place in range(len(text)))})


@lru_cache(maxsize=1 << 14)
def stored_terms(token: str) -> frozenset[str]:
    """Return the terms under which the index keeps a word."""
    word = word_of(token)
    return frozenset((*_shared_terms(word), *(f"{_side(word)}{each}" for each in _sounds(word))))


@lru_cache(maxsize=1 << 14)
def sought_terms(token: str) -> frozenset[str]:
    """Return the terms under which words are looked up that are similar to one: each has one of them."""
    word = word_of(token)
    other = _LATIN if word.own else _OWN
    initials = (word.text[:1], word.key[:1])
    sounds = (f"{other}{each}" for each in _sounds(word))
    return frozenset((*_shared_terms(word), *sounds, *(f"{_INITIAL}{each}" for each in initials)))


def _side(word: Word) -> str:
    return _OWN if word.own else _LATIN


def _shared_terms(word: Word) -> Iterable[str]:
    letters = word.token if word.own else word.key
    yield from (f"{_KEY}{each}" for each in (variants(letters) if len(letters) >= SHORTEST_MISSPELT else (letters,)))
    if len(word.token) == 1 and not word.own:
        yield from (f"{_INITIAL}{each}" for each in {word.text[:1], word.key[:1]})
    if word.own:
        if word.syllable:
            yield f"{_KEY}{word.key}"
        return
    yield from (f"{_FULL}{each}" for each in (word.key, *full_names_of(word.key)))
    sound = word.sounds[0].classes
    if len(sound) >= 3:
        yield f"{_SOUND}{sound}"
    if len(sound) >= 4:
        yield from (f"{_SOUND}{each}" for each in variants(sound))


def _sounds(word: Word) -> Iterable[str]:
    """Yield what a word and one in another script have in common."""
    if word.syllable:
        yield from (f"={each}" for each in romanizations(word.token))
        return
    if not word.own:
        yield f"={romanization_key(word.text)}"
        yield f"={word.text}"
    for each in {sound.classes for sound in word.sounds} - {""}:
        yield from variants(each) if len(each) >= 4 else (each,)


def key_term(text: str) -> str:
    """Return the term of all words with the key of a text."""
    return f"{_KEY}{spelling_key(text)}"


def part_terms(text: str) -> frozenset[str]:
    """Return the terms of the words into which another record may split a word: of each pair the longer part."""
    half = (len(text) + 1) // 2
    heads = (text[:cut] for cut in range(half, len(text) - 1))
    tails = (text[cut:] for cut in range(2, len(text) - half + 1))
    return frozenset(map(key_term, (*heads, *tails)))
