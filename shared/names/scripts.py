"""Reads words of scripts that are not written letter by letter in Latin: with syllables, or without vowels.

A word in such a script is compared with one of its own script by its letters, and with a Latin one by the consonants
that both have. Cyrillic, Greek, Armenian and Georgian are written in Latin at once, as nothing is lost.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from shared.names.spelling import Sound, sound_of

# As the index has columns of 40 characters, two of which tell what a term is.
LONGEST_WORD: Final = 38

SYLLABLES: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+")
HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_SEMITIC: Final = re.compile(r"[\u0590-\u08ff]")
_WAW: Final = ("\u0648", "\u05d5")
# Letters that stand for a vowel, or for its place.
_CARRIERS: Final = str.maketrans("\u0627\u0639\u064a\u05d0\u05e2\u05d9", "aaiaai")
_HANGUL: Final = re.compile(r"[\uac00-\ud7af]")
_KANA: Final = re.compile(r"[\u3040-\u30ff]+")
_OWN: Final = re.compile(r"[\u0590-\u08ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_LETTERS: Final = re.compile(r"[^\W_]+")
_AL: Final = re.compile(r"^(?:\u0627\u0644)(?=...)")
# Letters that Arabic, Persian and Urdu write differently for the same name.
_ARABIC_LETTERS: Final = str.maketrans("أإآٱىیئکگةۀەؤےہھ", "اااايييككهههويهه")
# Letters that other languages and countries speak otherwise.
_OTHERWISE: Final = str.maketrans("ضذثظח", "ززسدכ")
_H_INSIDE: Final = re.compile("[هחה]")
_H: Final = str.maketrans("هחה", "999")
# Names of the Latin alphabet whose sign tells more than its bare letter.
_SIGNS: Final = str.maketrans(
    {"č": "ch", "ć": "ch", "š": "sh", "ş": "sh", "ș": "sh", "ž": "zh", "đ": "dj", "ı": "i", "ё": "yo", "ظ": "z"}
)
# Marks of tones and vowels that Serbian, which has the same d, lacks.
_VIETNAMESE: Final = re.compile("[\u0300\u0302\u0303\u0306\u0309\u031b\u0323]")
# Letters of Greek that are one sound, by what they stand before and after.
_GREEK: Final = re.compile(r"[οαεη][υύ]|μπ|ντ|γγ|γκ|γχ|γξ|[αεο][ιί]")
_GREEK_FIRST: Final = {"μπ": "b", "ντ": "d", "γκ": "g"}
_GREEK_PAIRS: Final = {
    "μπ": "mb",
    "ντ": "nt",
    "γγ": "ng",
    "γκ": "gk",
    "γχ": "nch",
    "γξ": "nx",
    "αι": "ai",
    "ει": "ei",
    "οι": "oi",
}
_GREEK_ACCENTS: Final = str.maketrans("ύί", "υι")
_GREEK_VOWELS: Final = {"α": "a", "ε": "e", "η": "i"}
# Vowel signs and the like of Arabic and Hebrew, and the long vowel of Kana.
_MARKS: Final = re.compile(r"[\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u30fb\u30fc]")


def is_own(word: str) -> bool:
    """Return whether a word is kept in its own script."""
    return _OWN.search(word) is not None


def latin(word: str) -> str:
    """Return a word in lower case Latin letters and digits."""
    lower = word.lower()
    if "đ" in lower and _VIETNAMESE.search(unicodedata.normalize("NFD", lower)):
        lower = lower.replace("đ", "d")
    spelled = anyascii(_GREEK.sub(_greek, lower.translate(_SIGNS))).lower()
    return "".join(each for each in spelled if each.isascii() and each.isalnum())[:LONGEST_WORD]


def own_letters(word: str) -> str:
    """Return the letters of a word in its own script: without marks, an Arabic article and other ways to write them."""
    plain = _MARKS.sub("", unicodedata.normalize("NFC", word)).translate(_ARABIC_LETTERS)
    return _AL.sub("", "".join(_LETTERS.findall(plain)))[:LONGEST_WORD]


def _greek(found: re.Match[str]) -> str:
    pair = found[0].translate(_GREEK_ACCENTS)
    if pair == "ου":
        return "ou"
    if pair[1] == "υ" and pair[0] in _GREEK_VOWELS:
        following = found.string[found.end() : found.end() + 1]
        return _GREEK_VOWELS[pair[0]] + ("f" if not following or following in "θκξπστφχψς" else "v")
    if found.start() == 0 and pair in _GREEK_FIRST:
        return _GREEK_FIRST[pair]
    return _GREEK_PAIRS[pair]


@lru_cache(maxsize=1 << 13)
def readings(word: str) -> tuple[Sound, ...]:
    """Return how a word of its own script may sound, once for each way to read its letters."""
    if _SEMITIC.match(word):
        spellings = dict.fromkeys((word, word.translate(_OTHERWISE)))
        return _distinct(*(sound_of(_spoken(each), doubles=True) for one in spellings for each in _with_vowels(one)))
    spelled = latin(word)
    if HAN.match(word):
        return (sound_of(spelled),)
    if _KANA.match(word):
        return _distinct(*map(sound_of, _kana(spelled)))
    if _HANGUL.match(word):
        return _distinct(sound_of(spelled.replace("g", "k")), sound_of(spelled))
    return ()


def _spoken(word: str) -> str:
    """Return a word letter by letter, so that no two letters look like one sound: `h` as a capital, `j` as no vowel."""
    whole, last = latin(word[:-1].translate(_H)), latin(word[-1:])
    spelled = latin(word).replace("j", "dj")
    return spelled if not _H_INSIDE.search(word[:-1]) else (whole.replace("9", "H") + last).replace("j", "dj")


def _with_vowels(word: str) -> Iterable[str]:
    """Yield a word with the letters that may stand for vowels read as these, first and last as they may be."""
    spelled = word.translate(_CARRIERS)
    last = re.sub("[\u0647\u05d4]$", "a", spelled)
    inside = last[1:].replace("\u0648", "u").replace("\u05d5", "u")
    yield last[:1] + inside
    yield ("u" if last[:1] in _WAW else last[:1]) + inside
    yield spelled


def _kana(spelled: str) -> tuple[str, ...]:
    # `u` before a vowel stands for `w`; what Kana writes `chi` and `ji` is `ti` and `di` in many other languages.
    plain = re.sub(r"^u(?=[aeior])", "v", spelled.replace("tsu", "tu"))
    return plain.replace("chi", "ti").replace("ji", "di"), plain, plain.replace("chi", "ti"), spelled


def _distinct(*found: Sound) -> tuple[Sound, ...]:
    return tuple(dict.fromkeys(each for each in found if each.classes))


def is_syllabic(word: str) -> bool:
    """Return whether a word is written in Kana or Hangul."""
    return _KANA.match(word) is not None or _HANGUL.match(word) is not None


def is_without_vowels(word: str) -> bool:
    """Return whether a word is of a script that does not write all vowels."""
    return _SEMITIC.match(word) is not None
