"""The codes of the answer of an origin of FIND: a number and a word. Only the first two are FIND's own (ADR 117).

Border systems let pass at 1. So what is silent, incomplete or unreadable has a code far from it.
"""

from enum import Enum


class FindCode(Enum):
    """What an origin answered."""

    NO_ERROR = 0
    NO_ANSWER = 1
    ORIGIN_NOT_ALLOWED = 901
    ORIGIN_TIMEOUT = 902
    ORIGIN_UNREACHABLE = 903
    ORIGIN_INCOMPLETE = 904
    UNREADABLE = 905
    """A check digit is wrong, so that something else was probably asked for."""
