"""The terms under which words are indexed: two words that are similar share one.

A word has a few terms, whatever its length. Two keys one edit apart share a variant that lacks one letter (the idea of
SymSpell, W. Garbe 2012); words further apart share their consonants, or these less one.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from shared.names.chinese import surnames_of, syllables_of
from shared.names.joins import particle_cuts
from shared.names.known import known_as
from shared.names.nicknames import full_names_of
from shared.names.similarity import SHORTEST_ENDS, SHORTEST_MISSPELT, deletions_of, ends_of, variants
from shared.names.spelling import spelling_key
from shared.names.syllables import romanization_key, romanizations
from shared.names.words import Word, is_of_two_characters, word_of

# The first letter of a term tells what it is; no token has a capital.
_KEY, _SOUND, _LATIN, _OWN, _INITIAL, _FULL, _ENDS, _NAME, _SYLLABLE = "K", "S", "L", "O", "I", "N", "E", "G", "Y"
LONGEST_TERM: Final = 40


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
    deletions = (f"{_KEY}{each}" for each in (() if word.own else deletions_of(word)))
    return frozenset((*_shared_terms(word), *sounds, *deletions, *(f"{_INITIAL}{each}" for each in initials)))


def _side(word: Word) -> str:
    return _OWN if word.own else _LATIN


def _shared_terms(word: Word) -> Iterable[str]:
    letters = word.token if word.own else word.key
    yield from (f"{_KEY}{each}" for each in (variants(letters) if len(letters) >= SHORTEST_MISSPELT else (letters,)))
    if len(word.token) == 1 and not word.own:
        yield from (f"{_INITIAL}{each}" for each in {word.text[:1], word.key[:1]})
    yield from (f"{_NAME}{each.decode()}" for each in known_as(word.token if word.own else word.key) or ())
    if word.own:
        if word.syllable or is_of_two_characters(word):
            yield f"{_KEY}{word.key}"
        return
    if len(word.key) >= SHORTEST_ENDS:
        yield f"{_ENDS}{ends_of(word.key)}"
    yield from (f"{_SYLLABLE}{each}" for each in syllables_of(word.text) | surnames_of(word.text))
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
    if is_of_two_characters(word):
        yield f"={word.text}"
        return
    if not word.own:
        yield f"={romanization_key(word.text)}"
        yield from (f"={each}" for each in {word.text} | syllables_of(word.text) | surnames_of(word.text))
    for each in {sound.classes for sound in word.sounds} - {""}:
        yield from variants(each) if len(each) >= 4 else (each,)


def term_of_key(key: str) -> str:
    """Return the term of all words with a key."""
    return f"{_KEY}{key}"


def part_terms(text: str) -> frozenset[str]:
    """Return the terms of the words into which another record may split a word: the longer part, or after particles."""
    half = (len(text) + 1) // 2
    heads = (text[:cut] for cut in range(half, len(text) - 1))
    tails = (text[cut:] for cut in (*range(2, len(text) - half + 1), *particle_cuts(text)))
    return frozenset(term_of_key(spelling_key(each)) for each in (*heads, *tails))
