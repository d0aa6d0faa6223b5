"""What the patterns of texts ask for, in words: no caller is shown a regular expression."""

from typing import Final

_WORDS: Final[dict[str, str]] = {}


def in_words(pattern: str, words: str) -> str:
    """Return a pattern for a field or a constraint, whose refusal says `words`, such as "must be a time".

    Raises TypeError if the pattern has other words already.
    """
    if _WORDS.setdefault(pattern, words) != words:
        raise TypeError(f"{pattern!r} has two meanings: {_WORDS[pattern]!r} and {words!r}")
    return pattern


def words_of(pattern: str) -> str | None:
    """Return what a pattern asks for, or None for one that nobody has put in words."""
    return _WORDS.get(pattern)


NOT_BLANK: Final = in_words(r"\S", "must not be blank")
