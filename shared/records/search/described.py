"""How the words by which a search describes a thing meet those of a record.

A description never hides what a number found, unless it contradicts the record, and only listed words can: what the
record does not state, and a word that is not listed, on either side, fits further down (ADR 99).
"""

from collections.abc import Callable, Iterable
from typing import Final

from shared.records.results import Comparison, FieldMatch, compared

_WORST_FIRST: Final = (False, None, True)


def compared_words(
    name: str, asked: str, stated: Iterable[str | None], fits: Callable[[str, str], bool | None]
) -> Comparison:
    """Return how a word meets any of those of a record; `fits` returns None of two that cannot be compared."""
    verdicts = {word: fits(asked, word) for word in stated if word}
    if not verdicts:
        return not_stated(name, asked)
    found = max(verdicts, key=lambda word: _WORST_FIRST.index(verdicts[word]))
    if verdicts[found] is None:
        return _fits_further_down(name, asked, found, f"asked {asked}, found {found}: not both are listed")
    return compared(name, asked, found, is_met=bool(verdicts[found]))


def not_stated(name: str, asked: str) -> Comparison:
    """Return how a record meets what it does not state."""
    return _fits_further_down(name, asked, None, "the record does not state it")


def _fits_further_down(name: str, asked: str, found: str | None, says: str) -> Comparison:
    return Comparison(FieldMatch(name, asked, found, 0.0), 0.0, is_met=True, says=says)
