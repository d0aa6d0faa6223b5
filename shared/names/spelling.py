"""Spells a Latin word as many transliterations have in common: a key, and its consonants alone.

Each rule is a plain replacement or a pattern without repetition, so the time is linear in the length of a word.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# A rule may write two letters for one.
LONGEST_KEY: Final = 38

# A capital stands for a sound that is settled, so that no later rule changes it.
_KEY_RULES: Final = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"shch|schtsch|szcz|chtch", "SC"),
        (r"dzh|dsch|dj", "j"),
        (r"tsch|tch", "C"),
        (r"sch|sh|sz", "S"),
        (r"ch(?=[lrn])", "K"),
        (r"ch|cz|ts|tz|c(?=[eiy])|(?<=i)c$", "C"),
        (r"ck|kh|q|c", "k"),
        (r"zh|zs", "z"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"dh", "d"),
        (r"gh", "g"),
        (r"bh", "b"),
        (r"rh", "r"),
        (r"w", "v"),
        (r"x", "ks"),
        (r"ou|oo", "u"),
        (r"ee|ye|ie(?!$)", "e"),
        (r"yo(?=.)", "o"),
        (r"oe", "o"),
        (r"ue", "u"),
        (r"ae(?=..)", "e"),
        (r"[yj]", "i"),
        (r"(?<=[aeiou])h$", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=...[ai]n)e$", ""),
    )
)

# Sounds in capitals, those of one class in `_CLASSES` told apart; vowels stay as they are.
_SOUND_RULES: Final = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"x", "ks"),
        (r"shch|schtsch|szcz|chtch|tsch|tch", "C"),
        (r"kh|ch(?=[lrn])", "X"),
        (r"gh", "G"),
        (r"dj|dzh|dsch|g(?=[ei])|j(?=[aeiou])", "J"),
        (r"sch|sh|sz", "W"),
        (r"ch|cz|(?<=i)c$", "C"),
        (r"zh", "J"),
        (r"ts|tz|c(?=[eiy])", "Z"),
        (r"ck|[ckq]", "K"),
        (r"ph|f", "F"),
        (r"[vw]", "V"),
        (r"th|t", "T"),
        (r"dh|d", "D"),
        (r"ng(?![aeiou])", "N"),
        (r"[yj]", "i"),
        (r"(?<=[aeiou])h$", ""),
        (r"[0-9]", ""),
    )
)
_TWICE: Final = re.compile(r"(.)\1+")
_CLASSES: Final = str.maketrans("XGKWCJZSFVBPDTRL", "KKKSSSSSBBBBTTLL")
_ARTICLES: Final = ("al", "el")
_SHORTEST_WITH_ARTICLE: Final = 6
_VOWELS: Final = re.compile(r"[aeiou]+")


@lru_cache(maxsize=1 << 15)
def spelling_key(word: str) -> str:
    """Return what the usual spellings of a name have in common, such as `iusuf` for Youssouf and Yusuf."""
    for pattern, plain in _KEY_RULES:
        word = pattern.sub(plain, word)
    return word.lower()[:LONGEST_KEY]


@dataclass(frozen=True, slots=True)
class Sound:
    """How a word sounds."""

    classes: str
    """Its consonants, those in one class that scripts and languages write for one another."""

    exact: str
    """Its consonants told apart; as many."""

    vowels: tuple[str, ...]
    """What stands before each consonant, and after the last."""


@lru_cache(maxsize=1 << 15)
def sound_of(word: str, *, doubles: bool = False) -> Sound:
    """Return how a word in Latin letters sounds; `doubles` if a consonant that is written twice is spoken twice."""
    for pattern, plain in _SOUND_RULES:
        word = pattern.sub(plain, word)
    if not doubles:
        word = _TWICE.sub(r"\1", word)
    exact = _VOWELS.sub("", word).upper()[:LONGEST_KEY]
    return Sound(exact.translate(_CLASSES).lower(), exact, tuple(re.split(r"[^aeiou]", word)))


@lru_cache(maxsize=1 << 15)
def sounds_of(word: str) -> tuple[Sound, ...]:
    """Return how a Latin word may sound: as most languages read it, with `ch` as in Bach, without an Arabic article."""
    spellings = [word, word.replace("ch", "kh")]
    spellings += [each[2:] for each in spellings if each[:2] in _ARTICLES and len(each) >= _SHORTEST_WITH_ARTICLE]
    return tuple(dict.fromkeys(sound for each in spellings if (sound := sound_of(each)).classes or each == word))


def consonants(word: str) -> str:
    """Return the consonants of a word, those in one class that scripts and languages write for one another."""
    return sound_of(word).classes
