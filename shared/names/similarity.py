"""Compares two words of names: how likely both are spellings of one word, from 0 to 1."""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, Final

from shared.names.chinese import are_two_syllables, surnames_beside, surnames_of, syllables_of
from shared.names.known import Kinship, kinship, known_as
from shared.names.nicknames import are_nicknames, are_of_both_sexes, are_two_names, nicknames_among
from shared.names.scripts import HAN
from shared.names.sounds import are_one_in_other_letters, consonant_cost, end_alike, have_close_consonants, vowel_cost
from shared.names.spelling import Sound
from shared.names.syllables import romanization_key, romanizations
from shared.names.words import Word, is_of_two_characters, word_of

SAME_KEY: Final = 0.98
NICKNAME: Final = 0.9
SOUTHERN: Final = 0.85
SOUNDS_THE_SAME: Final = 0.95
VARIANT: Final = 0.95
ALIKE: Final = 0.9
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
# A shorter word is found otherwise.
SHORTEST_ENDS: Final = 5
# Of a word of which two letters are left out to find others.
SHORTEST_TWICE_SOUGHT: Final = 6
LONGEST_TWICE_SOUGHT: Final = 11
FIRST_LETTER_COST: Final = 0.06
# Edits between two keys.
FURTHEST: Final = 3

# Of a word that is no name, by the length of the shorter.
_MOST_EDITS: Final = ((8, 3), (5, 2), (0, 1))
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
    surnames, short = surnames_beside(word.text), nicknames_among(word.key, keys)
    written = (each.token for each in words if each.own or each.text in surnames)
    return {*(token for _, _, token in close), *short, *written}


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
        return 0.0 if are_two_syllables(one.text, other.text) else SAME_KEY
    if are_nicknames(one.key, other.key):
        return NICKNAME
    mine, theirs = syllables_of(one.text), syllables_of(other.text)
    if mine and theirs:
        return VARIANT if not mine.isdisjoint(theirs) else _by_surname(one.text, other.text)
    return _by_surname(one.text, other.text) or _in_other_letters(one, other)


def _in_other_letters(one: Word, other: Word) -> float:
    shorter, longer = sorted((len(one.key), len(other.key)))
    if longer < SHORTEST_MISSPELT or shorter < SHORTEST_MISSPELT - 1 or longer - shorter > FURTHEST:
        return 0.0
    distance = _distance()(one.key, other.key, score_cutoff=FURTHEST)
    if distance > FURTHEST:
        return 0.0
    known = kinship(one.key, other.key)
    if known is not Kinship.ONE_NAME and not _share_a_term(one, other, distance):
        return 0.0
    if distance > 1:
        # A rule of spelling may make one edit look like two.
        distance = min(distance, _distance()(one.text, other.text, score_cutoff=FURTHEST))
    return _BY_KINSHIP[known](one, other, distance)


def _by_surname(one: str, other: str) -> float:
    return SOUTHERN if other in surnames_beside(one) else 0.0


def ends_of(key: str) -> str:
    """Return the first two and the last two letters of a word, which it is found by if it is misspelt inside."""
    return f"{key[:2]}{key[-2:]}"


def _share_a_term(one: Word, other: Word, distance: int) -> bool:
    """Return whether the index finds one of two words by the other: by terms.py."""
    mine, theirs = one.sounds[0].classes, other.sounds[0].classes
    if distance == 1 or (mine == theirs and len(mine) >= 3):
        return True
    if min(len(one.key), len(other.key)) >= SHORTEST_ENDS and ends_of(one.key) == ends_of(other.key):
        return True
    shorter, longer = sorted((len(mine), len(theirs)))
    if shorter >= 3 and longer >= 4 and _distance()(mine, theirs, score_cutoff=1) <= 1:
        return True
    return distance == 2 and not deletions_of(one).isdisjoint(variants(other.key))


def variants(text: str) -> frozenset[str]:
    """Return a text, and all results of deleting one letter."""
    return frozenset({text, *(text[:place] + text[place + 1 :] for place in range(len(text)))})


def deletions_of(word: Word) -> frozenset[str]:
    """Return the results of deleting two letters of a sought word that is not known: it may be misspelt twice."""
    if not SHORTEST_TWICE_SOUGHT <= len(word.key) <= LONGEST_TWICE_SOUGHT or known_as(word.key) is not None:
        return frozenset()
    return frozenset().union(*map(variants, variants(word.key) - {word.key}))


def _of_one_name(one: Word, other: Word, distance: int) -> float:
    """Return the similarity of two spellings that are known as of one name, as far as they sound alike."""
    if are_of_both_sexes(one.key, other.key):
        return 0.0
    is_close = distance == 1 or have_close_consonants(one.sounds[0], other.sounds[0])
    return VARIANT if is_close else 0.0


def _of_two_names(one: Word, other: Word, distance: int) -> float:
    """Return the similarity of two words that are known and not as one: they may be one in other or swapped letters."""
    if are_of_both_sexes(one.key, other.key):
        return 0.0
    are_swapped = distance == 1 and one.text != other.text and sorted(one.text) == sorted(other.text)
    lack_h = one.key.replace("h", "") == other.key.replace("h", "")
    are_alike = are_swapped or lack_h or end_alike(one.key, other.key)
    return ALIKE if are_alike or are_one_in_other_letters(one.sounds[0], other.sounds[0]) else 0.0


def _misspelt(one: Word, other: Word, distance: int) -> float:
    """Return the similarity of a name and a word that is none."""
    shorter = min(len(one.key), len(other.key))
    most = next(edits for length, edits in _MOST_EDITS if shorter >= length)
    if distance > most or are_of_both_sexes(one.key, other.key):
        return 0.0
    return max(1 - _cost_of(one, other, distance), LEAST_SIMILARITY)


def _unknown(one: Word, other: Word, distance: int) -> float:
    """Return the similarity of two words of which none is known."""
    shorter = min(len(one.key), len(other.key))
    if distance > 1 and not _may_differ_more(one, other, distance, shorter):
        return 0.0
    if are_two_names(one.key, other.key):
        return 0.0
    return max(1 - _cost_of(one, other, distance), 0.0)


def _cost_of(one: Word, other: Word, distance: int) -> float:
    """Return what edits cost: less in vowels alone, more in the first letter."""
    mine, theirs = one.sounds[0].classes, other.sounds[0].classes
    letter = (_SAME_CONSONANTS_LETTER if mine == theirs else 1.0) / max(len(one.key), len(other.key))
    is_first_same = one.key[0] == other.key[0] or mine[:1] == theirs[:1] != ""
    return distance * letter + (0.0 if is_first_same else FIRST_LETTER_COST)


_BY_KINSHIP: Final = {
    Kinship.ONE_NAME: _of_one_name,
    Kinship.TWO_NAMES: _of_two_names,
    Kinship.ONE_KNOWN: _misspelt,
    Kinship.UNKNOWN: _unknown,
}


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
            if forms.isdisjoint(syllables_of(latin.text)):
                return SOUTHERN if not forms.isdisjoint(surnames_of(latin.text)) else 0.0
            return SYLLABLE
        return SYLLABLE if romanization_key(latin.text) in forms else 0.0
    if is_of_two_characters(own):
        return SYLLABLE if own.text == latin.text else 0.0
    value = max((_by_sound(mine, theirs, own) for mine in own.sounds for theirs in latin.sounds), default=0.0)
    if value > SOUNDS_THE_SAME:
        return value
    # Letters that leave out vowels tell little: what is known of both tells more.
    known = kinship(own.token, latin.key)
    return VARIANT if known is Kinship.ONE_NAME else 0.0 if known is Kinship.TWO_NAMES else value


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
