"""Reads a Latin word as a Chinese syllable: in Pinyin, and in Wade-Giles, of which one spelling has several readings.

Two different syllables are two names, however near their letters are: Chen and Cheng.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import product
from typing import Final

from shared.names.lists import inverted, southern_surnames

_PINYIN: Final = re.compile(
    "[bpm](?:a|o|ai|ei|ao|an|en|ang|eng|i|ie|iao|ian|in|ing|u)|[pm]ou|miu|f(?:a|o|ei|ou|an|en|ang|eng|u)"
    "|[dtnl](?:a|e|ai|ei|ao|ou|an|en|ang|eng|ong|i|ie|ia|iao|iu|ian|in|iang|ing|u|uo|uan|un|ui|ue|v)"
    "|[gkh](?:a|e|ai|ei|ao|ou|an|en|ang|eng|ong|u|ua|uo|uai|uan|ui|un|uang)"
    "|[jqx](?:i|ia|ie|iao|iu|ian|in|iang|ing|iong|u|ue|uan|un)"
    "|(?:[zcs]h?|r)(?:a|e|ai|ei|ao|ou|an|en|ang|eng|ong|i|u|ua|uo|uai|uan|uang|ui|un)"
    "|y(?:a|e|i|o|ao|ou|an|in|ang|ing|ong|u|ue|uan|un)|w(?:a|o|ai|ei|an|en|ang|eng|u)|[ae]|ai|ei|ao|ou|an|en|ang|er"
)
LONGEST: Final = 6
# What Wade-Giles writes for several sounds, if its apostrophe is left out.
_INITIALS: Final = (
    ("hs", ("x",)),
    ("ch", ("zh", "j", "ch", "q")),
    ("tz", ("z", "c")),
    ("ts", ("z", "c")),
    ("ss", ("s",)),
    ("sz", ("s",)),
    ("j", ("r",)),
    ("t", ("d", "t")),
    ("k", ("g", "k")),
    ("p", ("b", "p")),
)
# How finals end in Wade-Giles and in Pinyin, the longest first.
_FINALS: Final = (
    ("iung", "iong"),
    ("ung", "ong"),
    ("ieh", "ie"),
    ("ien", "ian"),
    ("uei", "ui"),
    ("yen", "yan"),
    ("eh", "e"),
    ("ih", "i"),
    ("erh", "er"),
    ("o", "uo"),
)
# Valid in Pinyin as well, but usual as Wade-Giles.
_USUAL: Final = frozenset(("teng", "kuo", "kao", "tu", "tuan", "ku", "kang", "kung", "pai", "tai", "pin"))


def is_syllable(word: str) -> bool:
    """Return whether a word is a syllable in Pinyin."""
    return len(word) <= LONGEST and _PINYIN.fullmatch(word) is not None


def are_two_syllables(one: str, other: str) -> bool:
    """Return whether two words are syllables that none may write for the other, as Zhu and Zhou."""
    return is_syllable(one) and is_syllable(other) and syllables_of(one).isdisjoint(syllables_of(other))


@lru_cache(maxsize=1 << 13)
def syllables_of(word: str) -> frozenset[str]:
    """Return the Pinyin of the syllables that a word may stand for."""
    if len(word) > LONGEST:
        return frozenset()
    own = {word} if is_syllable(word) else set()
    if not own or word in _USUAL or word.startswith("ch"):
        own |= set(_from_wade_giles(word))
    return frozenset(own)


def surnames_of(word: str) -> frozenset[str]:
    """Return the Pinyin of the surnames that southern languages write so."""
    return _surnames().get(word, frozenset())


def surnames_beside(word: str) -> frozenset[str]:
    """Return the other words that are one surname with a word: its Pinyin, or how southern languages write it."""
    return surnames_of(word) | _southern().get(word, frozenset())


@cache
def _southern() -> Mapping[str, frozenset[str]]:
    return {pinyin: frozenset(others) for pinyin, others in southern_surnames()}


@cache
def _surnames() -> Mapping[str, frozenset[str]]:
    return inverted(southern_surnames())


def _from_wade_giles(word: str) -> Iterable[str]:
    initial, readings = next((each for each in _INITIALS if word.startswith(each[0])), ("", ("",)))
    final = word[len(initial) :]
    if initial == "ch":
        readings = ("j", "q") if final[:1] == "i" and final != "ih" else readings if final[:1] == "u" else ("zh", "ch")
    plain = next((f"{final[: -len(end)]}{other}" for end, other in _FINALS if final.endswith(end)), final)
    finals = {final, plain}
    if initial in {"ts", "tz", "ss", "sz"} and final == "u":
        finals.add("i")
    found = (f"{each}{rest}" for each in readings for rest in finals)
    return (each for each in found if is_syllable(each) and not (each[1:] == "hi" and final != "ih"))


def joined_readings(words: Iterable[str]) -> set[str]:
    """Return the Pinyin of several syllables in one, none if a word is no syllable or all are Pinyin alone."""
    readings = {word: syllables_of(word) for word in words}
    if not all(readings.values()) or all({word} == each for word, each in readings.items()):
        return set()
    return {"".join(each) for each in product(*map(sorted, readings.values()))}
