"""Compares two words of names: how likely both are spellings of one word, from 0 to 1."""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, Final

from shared.names.nicknames import are_nicknames, are_two_names, nicknames_among
from shared.names.scripts import HAN
from shared.names.sounds import consonant_cost, vowel_cost
from shared.names.spelling import Sound
from shared.names.syllables import romanization_key, romanizations
from shared.names.words import Word, word_of

SAME_KEY: Final = 0.98
NICKNAME: Final = 0.9
HOMOPHONE: Final = 0.7
# Words less alike are two words, however well the others of a name fit.
LEAST_SIMILARITY: Final = 0.7
INITIAL: Final = 0.9
SYLLABLE: Final = 0.93
ACROSS: Final = 0.96
ACROSS_COST: Final = 0.4
ACROSS_LACKING: Final = 0.72
# A shorter word must have an equal key, or lack one letter: with another letter it is another name.
SHORTEST_MISSPELT: Final = 4
# A shorter word may differ by one edit at most, unless its consonants are the same.
SHORTEST_TWICE_MISSPELT: Final = 7
FIRST_LETTER_COST: Final = 0.06
# Edits between two keys.
FURTHEST: Final = 3

_SAME_CONSONANTS_LETTER: Final = 0.6


@lru_cache(maxsize=1 << 16)
def token_similarity(one: str, other: str) -> float:
    """Return the similarity of two words, each given by its token."""
    return similarity(word_of(one), word_of(other))


def similar_among(token: str, others: Iterable[str]) -> dict[str, float]:
    """Return those of many words that are similar to one, with their similarity."""
    near = others if word_of(token).own else _near(word_of(token), others)
    return {other: value for other in near if (value := token_similarity(token, other)) > 0}


def _near(word: Word, others: Iterable[str]) -> Iterable[str]:
    """Return those of many words that may be similar to a Latin one: most are too far for that, which is found fast."""
    words = [word_of(other) for other in others]
    keys = {other.token: other.key for other in words if not other.own}
    close = _extract()(word.key, keys, scorer=_distance(), score_cutoff=FURTHEST, limit=None)
    short = nicknames_among(word.key, keys)
    return {*(token for _, _, token in close), *short, *(other.token for other in words if other.own)}


def similarity(one: Word, other: Word) -> float:
    """Return 1 for an equal word, less for another spelling, short form, reading or typing error, else 0."""
    if one.token == other.token:
        return 1.0
    if one.own != other.own:
        value = _across_scripts(one, other) if one.own else _across_scripts(other, one)
    else:
        value = _in_own_script(one, other) if one.own else _in_latin(one, other)
    return value if value >= LEAST_SIMILARITY else 0.0


def initial_similarity(one: Word, other: Word) -> float:
    """Return how well a word fits another of one letter, its initial."""
    return INITIAL if one.text[:1] == other.text[:1] or one.key[:1] == other.key[:1] else 0.0


def _in_latin(one: Word, other: Word) -> float:
    if one.key == other.key:
        return SAME_KEY
    if are_nicknames(one.key, other.key):
        return NICKNAME
    shorter, longer = sorted((len(one.key), len(other.key)))
    if longer < SHORTEST_MISSPELT or shorter < SHORTEST_MISSPELT - 1 or longer - shorter > FURTHEST:
        return 0.0
    distance = _distance()(one.key, other.key, score_cutoff=FURTHEST)
    if distance > 1 and not _may_differ_more(one, other, distance, shorter):
        return 0.0
    if are_two_names(one.key, other.key):
        return 0.0
    same = one.sounds[0].classes == other.sounds[0].classes
    cost = distance * (_SAME_CONSONANTS_LETTER if same else 1.0) / longer
    first = (
        0.0
        if one.key[0] == other.key[0] or one.sounds[0].classes[:1] == other.sounds[0].classes[:1] != ""
        else FIRST_LETTER_COST
    )
    return max(1 - cost - first, 0.0)


def _may_differ_more(one: Word, other: Word, distance: int, shorter: int) -> bool:
    """Return whether two or three edits are within one name: vowels of the same consonants, or two in a long word."""
    mine, theirs = one.sounds[0].classes, other.sounds[0].classes
    if mine == theirs:
        return distance <= (3 if len(mine) >= 4 else 2) and len(mine) >= 3
    long = distance == 2 and shorter >= SHORTEST_TWICE_MISSPELT and min(len(mine), len(theirs)) >= 3
    return long and max(len(mine), len(theirs)) >= 4 and _distance()(mine, theirs, score_cutoff=1) <= 1


def _in_own_script(one: Word, other: Word) -> float:
    if one.syllable and other.syllable:
        return HOMOPHONE if one.text == other.text and HAN.match(one.token) and HAN.match(other.token) else 0.0
    shorter, longer = sorted((len(one.token), len(other.token)))
    if shorter >= SHORTEST_MISSPELT and _distance()(one.token, other.token, score_cutoff=1) <= 1:
        return 1 - 1 / longer
    return 0.0


def _across_scripts(own: Word, latin: Word) -> float:
    if own.syllable:
        forms = romanizations(own.token)
        if HAN.match(own.token):
            return SYLLABLE if latin.text in forms else 0.0
        return SYLLABLE if romanization_key(latin.text) in forms else 0.0
    return max((_by_sound(each, latin.sounds[0], own) for each in own.sounds), default=0.0)


def _by_sound(own: Sound, latin: Sound, word: Word) -> float:
    """Return the similarity of two readings: less for each consonant and vowel that differs, the shorter they are."""
    if own.classes == latin.classes:
        differing = consonant_cost(own.exact, latin.exact, word.token) + vowel_cost(
            own.vowels, latin.vowels, word.token
        )
        return max(ACROSS - ACROSS_COST * differing / len(own.classes), 0.0)
    long = min(len(own.classes), len(latin.classes)) >= 4
    return ACROSS_LACKING if long and _distance()(own.classes, latin.classes, score_cutoff=1) <= 1 else 0.0


@cache
def _distance() -> Callable[..., int]:
    # Only here, as most processes compare no names.
    from rapidfuzz.distance import OSA

    return OSA.distance


@cache
def _extract() -> Callable[..., list[tuple[str, int, Any]]]:
    from rapidfuzz.process import extract

    return extract
