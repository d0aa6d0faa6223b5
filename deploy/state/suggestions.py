"""What was probably meant by a word that is not known."""

from collections.abc import Iterable
from typing import Final

MOST: Final = 2
# Of `difflib`, from 0 to 1: `vehicles` is like `stolen-vehicles`, `others` is not like `notices`.
LEAST_ALIKE: Final = 0.65


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest known words, with a space before it; nothing if none is near."""
    from difflib import get_close_matches

    words, small = list(known), word.lower()
    near = get_close_matches(small, words, n=MOST, cutoff=LEAST_ALIKE) or [
        each for each in words if len(small) > 1 and small in each
    ]
    return f" did you mean {' or '.join(near[:MOST])}?" if near else ""


def unknown(word: str, known: Iterable[str]) -> str:
    """Return a word that is not known, with what was probably meant, and all known ones."""
    words = list(known)
    return f"{word[:40]!r}:{did_you_mean(word, words)} use one of {', '.join(words)}"
