"""Writes one character of a Chinese or Korean name in Latin, in the ways that are usual."""

import re
from functools import lru_cache
from typing import Final

from shared.names.scripts import HAN, latin

# Korean family names as they are usually written in Latin, which no rule of transliteration gives.
_FAMILIES: Final = {
    "김": ("kim", "gim"),
    "이": ("lee", "yi", "rhee", "ri", "li"),
    "리": ("lee", "yi", "rhee", "ri", "li"),
    "박": ("park", "pak", "bak"),
    "최": ("choi", "choe"),
    "정": ("jung", "chung", "jeong"),
    "강": ("kang", "gang"),
    "조": ("cho", "jo"),
    "윤": ("yoon", "yun"),
    "임": ("lim", "im", "rim"),
    "오": ("oh", "o"),
    "신": ("shin", "sin"),
    "우": ("woo", "u"),
    "유": ("yoo", "yu", "ryu"),
    "노": ("roh", "noh", "no"),
    "문": ("moon", "mun"),
    "안": ("ahn", "an"),
    "구": ("koo", "ku", "gu"),
    "허": ("huh", "heo", "hur"),
}

# What romanizations of Korean write for one another, in order.
_RULES: Final = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"ch|jj", "j"),
        (r"sh|ss", "s"),
        (r"kk|ck|k", "g"),
        (r"tt|t", "d"),
        (r"pp|p", "b"),
        (r"r", "l"),
        (r"oo|ou|wu", "u"),
        (r"ee", "i"),
        (r"[aeou]h$", lambda found: found[0][0]),
        (r"w", "u"),
    )
)
# Vowels of the romanization of the state, and what else is written for them.
_VOWELS: Final = (("yeo", ("yo", "yu")), ("eo", ("o", "u")), ("eu", ("u",)), ("ae", ("e", "ai")), ("oe", ("oi",)))


@lru_cache(maxsize=1 << 13)
def romanization_key(text: str) -> str:
    """Return what the usual romanizations of a Korean syllable have in common."""
    for pattern, plain in _RULES:
        text = pattern.sub(plain, text)
    return text


@lru_cache(maxsize=1 << 13)
def romanizations(character: str) -> frozenset[str]:
    """Return a character in Latin: in Pinyin, or the keys of the usual romanizations of a Korean syllable."""
    spelled = latin(character)
    if HAN.match(character):
        return frozenset((spelled,))
    found = {spelled}
    for vowel, others in _VOWELS:
        if vowel in spelled:
            found |= {spelled.replace(vowel, other, 1) for other in others}
            break
    return frozenset(map(romanization_key, (*found, *_FAMILIES.get(character, ()))))
