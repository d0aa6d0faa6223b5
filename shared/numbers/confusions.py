"""A model of confusions: how likely one edit is a misreading or a slip of typing, to rank near numbers.

It ranks and decides nothing. The weights were set by hand, in this order: a sign that cameras confuse, two neighbours
swapped, a sign doubled or halved, one typed beside the right one, one cut off or added at an end, one left out or added
in between, any other.
"""

from itertools import chain, pairwise
from typing import Final

from shared.numbers.edits import Edit

# Pairs that reviews of number plate recognition list beside the look-alikes, which are one sign here (so P/B is P8).
_CONFUSED: Final = "P8 38 PR C6 A4 KX FE VW XY VU 68 53 58 08 39 49"
# Further pairs, by the strokes that letters and figures share in the fonts of plates; set by hand.
_ALIKE: Final = "17 1L 1J 1T 7T 27 HN HM MN MW E8 R8 0U 0C VY UW 6E FP LE"
# Of a keyboard: each key lies above that of the same place in the next row and the one before it.
_ROWS: Final = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
# Of a numeric keypad, from left to right.
_COLUMNS: Final = ("7410", "8520", "963")

CONFUSED: Final = frozenset(frozenset(pair) for pair in f"{_CONFUSED} {_ALIKE}".split())
_BESIDE: Final = (pair for keys in (*_ROWS, *_COLUMNS) for pair in pairwise(keys))
_BELOW: Final = (zip(each, below, strict=False) for row, below in pairwise(_ROWS) for each in (row, row[1:]))
TYPED_BESIDE: Final = frozenset(map(frozenset, chain(_BESIDE, *_BELOW)))

LOOK_ALIKE: Final = 0.97
CONFUSED_SIGN: Final = 0.85
SWAPPED: Final = 0.8
REPEATED: Final = 0.75
BESIDE: Final = 0.65
AT_AN_END: Final = 0.6
ONE_MORE: Final = 0.55
OTHER: Final = 0.5
OTHER_COUNTRY: Final = 0.7
COUNTRY_NOT_ASKED: Final = 0.95
LAST_SIGNS: Final = 0.9
WITHOUT_LETTERS: Final = 0.9
PATTERN: Final = 0.9


def weight_of(edit: Edit, asked: str, found: str) -> float:
    """Return how likely an edit is, by the numbers in their look-alike form; the same in both directions."""
    match edit.kind:
        case "swapped":
            return SWAPPED
        case "wrong":
            return _weight_of_pair(asked[edit.at], found[edit.at])
        case "added":
            return _weight_of_one_more(found, edit.at)
        case "dropped":
            return _weight_of_one_more(asked, edit.at)


def _weight_of_pair(one: str, other: str) -> float:
    pair = frozenset((one, other))
    return CONFUSED_SIGN if pair in CONFUSED else BESIDE if pair in TYPED_BESIDE else OTHER


def _weight_of_one_more(longer: str, at: int) -> float:
    if longer[at] in (longer[at - 1 : at] + longer[at + 1 : at + 2]):
        return REPEATED
    return AT_AN_END if at in (0, len(longer) - 1) else ONE_MORE
