r"""Regular expressions for names, as anyone may send them: matched in linear time, and for a bounded time.

A pattern is searched anywhere in a name, in any case. The engine is RE2, which never backtracks (see ADR 77). What is
no regular expression of RE2, is too long or would need too large a machine, is a text: `O'Brien (` finds that text.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from time import perf_counter
from typing import Any, Final

from shared.errors import Refusal

LONGEST_PATTERN: Final = 100
# For the automaton of a pattern, in bytes. A pattern whose program needs a quarter of it is refused by RE2.
MAX_MEMORY: Final = 1024 * 1024
MATCHING_SECONDS: Final = 1.0
# Matched at once: RE2 cannot be interrupted, and 64 names of the longest take the worst pattern found some 20 ms.
_AT_ONCE: Final = 64

Names = tuple[str | None, ...]
"""The names of one person, one for each pattern."""


class PatternTooCostly(Refusal, status=422, code="pattern-too-costly", title="The pattern takes too long"):
    """A regular expression was not matched with all names in the time that a search has: make it simpler."""


def matcher_of(patterns: Sequence[str | None], clock: Callable[[], float] = perf_counter) -> "NameMatcher":
    """Return what matches names with these patterns, all of them; None stands for any name, and none."""
    return NameMatcher([None if pattern is None else _finder_of(pattern) for pattern in patterns], clock)


class NameMatcher:
    """Matches the names of many persons."""

    def __init__(self, finders: Sequence[Callable[[str], object] | None], clock: Callable[[], float]) -> None:
        self._finders = [(place, find) for place, find in enumerate(finders) if find is not None]
        self._clock = clock

    def fitting(self, persons: Sequence[Names]) -> list[int]:
        """Return the places of those who fit, in order. Raises PatternTooCostly."""
        until, found = self._clock() + MATCHING_SECONDS, list[int]()
        places: Iterator[int] = iter(range(len(persons)))
        while some := list(islice(places, _AT_ONCE)):
            if self._clock() > until:
                raise PatternTooCostly(f"matching took more than {MATCHING_SECONDS:g} s: send a simpler pattern")
            found += [place for place in some if self._fits(persons[place])]
        return found

    def _fits(self, names: Names) -> bool:
        return all((name := names[place]) is not None and find(name) is not None for place, find in self._finders)


@lru_cache(maxsize=32)
def _finder_of(pattern: str) -> Callable[[str], object]:
    """Return the function that finds a pattern in a name, None if it is not there."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    expression = unicodedata.normalize("NFC", pattern)
    find: Callable[[str], object]
    if len(expression) > LONGEST_PATTERN:
        find = _text_finder(expression)
    else:
        try:
            find = re2.compile(expression, options).search
        except re2.error:
            find = _text_finder(expression)
    return find


def _text_finder(text: str) -> Callable[[str], object]:
    wanted = text.casefold()

    def find(name: str) -> Any:
        return True if wanted in name.casefold() else None

    return find
