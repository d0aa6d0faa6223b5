"""Takes from a text what hides its words: characters that are not shown, and letters that stand as pictures."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

# Unicode, DerivedCoreProperties: Default_Ignorable_Code_Point, where the category does not say so.
_IGNORABLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_NOT_SHOWN: Final = frozenset({"Mn", "Me", "Cf"})
# By their names in Unicode: small capitals, enclosed letters, and letters with a stroke or hook.
_PICTURE: Final = re.compile(
    r"(?:(?:NEGATIVE )?(?:CIRCLED|SQUARED) LATIN (?:SMALL|CAPITAL) LETTER"
    r"|(?:PARENTHESIZED|CIRCLED ITALIC|TORTOISE SHELL BRACKETED) LATIN (?:SMALL|CAPITAL) LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER|LATIN LETTER SMALL CAPITAL|LATIN SMALL LETTER (?:DOTLESS|SCRIPT)"
    r") ([A-Z])|LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]) WITH .*"
)
_LIKE: Final = {"ɑ": "a", "ɩ": "i", "ʟ": "l", "ꜱ": "s"}


class Plain(NamedTuple):
    """The letters of a text that are shown, and where each stands in it."""

    letters: str
    places: Sequence[int]
    """One more than there are letters: the last is the end of the text."""

    @classmethod
    def of(cls, text: str) -> "Plain":
        """Return a text without what hides its words."""
        if text.isascii() or all(plain_letter(letter) == letter for letter in set(text)):
            return cls(text, range(len(text) + 1))
        shown = [(letter, at) for at, each in enumerate(text) if (letter := plain_letter(each))]
        return cls("".join(letter for letter, _ in shown), [*(at for _, at in shown), len(text)])


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    """Return a character as a reader takes it: one letter, or nothing if it is not shown."""
    if letter.isascii():
        return letter
    if _IGNORABLE.match(letter) or unicodedata.category(letter) in _NOT_SHOWN:
        return ""
    if letter in _LIKE:
        return _LIKE[letter]
    if not unicodedata.decomposition(letter) or not letter.isalpha():
        found = _PICTURE.fullmatch(unicodedata.name(letter, ""))
        return (found[1] or found[2]).lower() if found else letter
    return letter
