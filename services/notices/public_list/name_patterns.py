r"""Regular expressions for names, as anyone may send them: matched in linear time, and for a bounded time.

A pattern is searched anywhere in a name, in any case. The engine is RE2, which never backtracks (see ADR 77). What is
no regular expression of RE2, is too long or would need too large a machine, is a text: `O'Brien (` finds that text.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from time import thread_time
from typing import Any, Final

from shared.errors import Refusal

LONGEST_PATTERN: Final = 100
# For the automaton of a pattern, in bytes. A pattern whose program needs a quarter of it is refused by RE2.
MAX_MEMORY: Final = 1024 * 1024
# Of processor time, so that a busy machine refuses no harmless pattern.
MATCHING_SECONDS: Final = 1.0
# Matched at once: RE2 cannot be interrupted, and these take the worst pattern found some 50 ms.
_AT_ONCE: Final = 256
# What depends on where the text ends, and so on which names are matched at once.
_ONE_BY_ONE: Final = re.compile(r"\\[AzZCQE]|\(\?")

Names = tuple[str | None, ...]
"""The names of one person, one for each pattern."""


class PatternTooCostly(Refusal, status=422, code="pattern-too-costly", title="The pattern takes too long"):
    """A regular expression was not matched with all names in the time that a search has: make it simpler."""


Finder = Callable[[Sequence[str]], Iterable[int]]
"""Returns the places of the texts in which something is found."""


def matcher_of(patterns: Sequence[str], clock: Callable[[], float] = thread_time) -> "NameMatcher":
    """Return what matches the names of persons with these patterns, each with the one at its place."""
    return NameMatcher([_finder_of(unicodedata.normalize("NFC", pattern)) for pattern in patterns], clock)


class NameMatcher:
    """Matches the names of many persons."""

    def __init__(self, finders: Sequence[Finder], clock: Callable[[], float]) -> None:
        self._finders = finders
        self._clock = clock

    def fitting(self, persons: Sequence[Names]) -> list[int]:
        """Return the places of those all of whose names fit, in order. Raises PatternTooCostly."""
        until, found = self._clock() + MATCHING_SECONDS, list[int]()
        for start in range(0, len(persons), _AT_ONCE):
            if self._clock() > until:
                raise PatternTooCostly(f"matching took more than {MATCHING_SECONDS:g} s: send a simpler pattern")
            found += self._fitting(persons, range(start, min(start + _AT_ONCE, len(persons))))
        return found

    def _fitting(self, persons: Sequence[Names], places: Sequence[int]) -> Sequence[int]:
        for number, find in enumerate(self._finders):
            named = [place for place in places if persons[place][number] is not None]
            places = [named[index] for index in find([persons[place][number] or "" for place in named])]
        return places


@lru_cache(maxsize=32)
def _finder_of(pattern: str) -> Finder:
    """Return what finds a pattern: RE2 in all names at once, in each one where that would differ, or as a text."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_nl = True
    options.max_mem = MAX_MEMORY
    if len(pattern) > LONGEST_PATTERN:
        return partial(_with_text, pattern.casefold())
    try:
        search = re2.compile(pattern, options).search
        if not _ONE_BY_ONE.search(pattern):
            return partial(_in_lines, re2.compile(f"(?m){pattern}", options).search)
    except re2.error:
        return partial(_with_text, pattern.casefold())
    return partial(_in_each, search)


def _with_text(wanted: str, texts: Sequence[str]) -> list[int]:
    return [place for place, text in enumerate(texts) if wanted in text.casefold()]


def _in_each(search: Callable[[str], object], texts: Sequence[str]) -> list[int]:
    return [place for place, text in enumerate(texts) if search(text) is not None]


def _in_lines(search: Callable[..., Any], texts: Sequence[str]) -> Iterator[int]:
    """Yield the places of texts in which something is found, searched as the lines of one text."""
    whole = "\n".join(texts)
    starts = [0, *accumulate(len(text) + 1 for text in texts)]
    at, last = 0, len(texts) - 1
    while at <= len(whole) and (found := search(whole, at)) is not None:
        place = bisect_right(starts, found.start()) - 1
        yield place
        if place == last:
            return
        at = starts[place + 1]
