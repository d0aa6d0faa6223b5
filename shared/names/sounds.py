"""Compares how a word of another script and a Latin one sound, consonant by consonant and vowel by vowel."""

from typing import Final

from shared.names.scripts import is_syllabic, is_without_vowels
from shared.names.spelling import Sound

# Pairs that one script has one letter for, or languages spell for one another: a part of a difference.
_CLOSE: Final = {
    frozenset(pair): 0.4
    for pair in (
        "BP",
        "FP",
        "BV",
        "FV",
        "VP",
        "GK",
        "KX",
        "GX",
        "JG",
        "SZ",
        "WC",
        "WS",
        "CZ",
        "JZ",
        "TD",
        "CJ",
        "WJ",
        "SC",
    )
}
# A silent e after fewer letters makes another name, as of Jan and Jane.
SHORTEST_BEFORE_E: Final = 4
# What scripts of syllables do not tell apart.
_SYLLABIC: Final = {
    frozenset(pair) for pair in ("LR", "BV", "CT", "JD", "JZ", "JC", "FH", "GK", "DT", "BP", "FP", "SZ", "WS")
}
# Further pairs that languages of the Latin alphabet write for one another, also first in a word.
_CLOSE_FIRST: Final = {frozenset(pair) for pair in ("GH", "JG", "CW", "KX", "CX", "XH", "CH", "JC")}
# What transcriptions write for one vowel.
_ONE_VOWEL: Final = {
    spelled: heard
    for heard, spellings in {
        "ae": ("a", "aa"),
        "aei": ("e",),
        "ei": ("i", "ee", "ii", "ie"),
        "ou": ("o", "u", "ou", "oo", "uu"),
        "yi": ("ai", "ei", "ae", "aee", "aii", "eii"),
        "eo": ("io",),
        "w": ("au", "ao", "aou"),
    }.items()
    for spelled in spellings
}
_LIKE: Final = {"a": "aeo", "i": "iey", "u": "uo", "e": "eai", "o": "oua"}


def consonant_cost(own: str, latin: str, word: str) -> float:
    """Return how many consonants differ; those that are often written for one another count in part."""
    syllabic = is_syllabic(word)
    return sum(_cost(frozenset(pair), syllabic=syllabic) for pair in zip(own, latin, strict=False))


def _cost(pair: frozenset[str], *, syllabic: bool) -> float:
    if len(pair) == 1 or (syllabic and pair in _SYLLABIC):
        return 0.0
    return _CLOSE.get(pair, 1.0)


def vowel_cost(own: tuple[str, ...], latin: tuple[str, ...], word: str) -> float:
    """Return how many vowels differ. Vowels that a script does not write, and those it must put in, count nothing."""
    if is_without_vowels(word):
        return sum(
            _unlike(mine, theirs, first=not place) for place, (mine, theirs) in enumerate(zip(own, latin, strict=False))
        )
    return sum(_unlike_spoken(mine, theirs) for mine, theirs in zip(own, latin, strict=False))


def _unlike(mine: str, theirs: str, *, first: bool) -> float:
    if first:
        # A word begins with a vowel in both, or in neither.
        return 0.0 if bool(mine) == bool(theirs) else 1.0
    if not mine:
        return 0.25 if len(theirs) > 1 else 0.0
    if not theirs:
        return 0.75
    return 0.0 if any(each in _LIKE[letter] for letter in mine for each in theirs) else 0.75


def _unlike_spoken(mine: str, theirs: str) -> float:
    if not theirs:
        return 0.0 if mine in {"", "u", "o", "i", "eu"} else 0.5
    if not mine:
        return 0.75
    return 0.0 if any(each in _LIKE[letter] for letter in mine for each in theirs) else 0.75


def are_one_in_other_letters(one: Sound, other: Sound) -> bool:
    """Return whether two Latin words are spoken alike: the same consonants, and vowels written for one another.

    One consonant may be another that is close; the first only where languages write it so.
    """
    if len(one.exact) != len(other.exact):
        return False
    differing = [place for place, pair in enumerate(zip(one.exact, other.exact, strict=True)) if len({*pair}) > 1]
    return (
        len(differing) < 2
        and all(_are_close(one.exact[place], other.exact[place], first=not place) for place in differing)
        and all(map(_are_one_vowel, one.vowels, other.vowels))
    )


def end_alike(one: str, other: str) -> bool:
    """Return whether two keys differ by how families write an ending: `Marlow` and `Marlowe`, `Hansen` and `Hanson`."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == len(longer):
        return one[:-3] == other[:-3] and {one[-3:], other[-3:]} == {"sen", "son"}
    return len(shorter) >= SHORTEST_BEFORE_E and longer == f"{shorter}e" and shorter[-1] not in "aeiouy"


def _are_close(one: str, other: str, *, first: bool = False) -> bool:
    pair = frozenset((one, other))
    return pair in _CLOSE_FIRST or (pair in _CLOSE and not first)


def _are_one_vowel(one: str, other: str) -> bool:
    return one == other or not set(_ONE_VOWEL.get(one, "?")).isdisjoint(_ONE_VOWEL.get(other, "!"))


def have_close_consonants(one: Sound, other: Sound) -> bool:
    """Return whether the consonants of two Latin words are equal or close, as far as they have as many."""
    if len(one.exact) != len(other.exact):
        return one.classes[:1] == other.classes[:1]
    return all(mine == theirs or _are_close(mine, theirs) for mine, theirs in zip(one.exact, other.exact, strict=True))
