"""A list of standard names, each found by any of its synonyms, in any case, with or without accents and separators."""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from shared.suggestions import SIMILARITY

# One sign otherwise makes another name of these: MAN and MAZ.
_SHORT: Final = 3
_AS_NEAR: Final = 20
_between_words: Final = re.compile(r"[\s/,;+&-]+")


# Fleets describe thousands of vehicles by the same few words.
@lru_cache(maxsize=1 << 12)
def folded(text: str) -> str:
    """Return a text as it is compared: letters and figures alone, in small letters, without accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


class WordList:
    """Standard names with their synonyms."""

    def __init__(self, synonyms: Mapping[str, Iterable[str]]) -> None:
        """Take synonyms by name. Raises ValueError if a word stands for two names."""
        self.names: Final = tuple(synonyms)
        self._known: Final = dict[str, str]()
        for name, words in synonyms.items():
            for word in (name, *words):
                if self._known.setdefault(folded(word), name) != name:
                    raise ValueError(f"{word} stands for {self._known[folded(word)]} and for {name}")

    def find(self, text: str) -> str | None:
        """Return the standard name of what a text means, or None."""
        return self._known.get(folded(text))

    def suggestion(self, text: str) -> str | None:
        """Return the standard name that an unknown text was probably meant for, by its words or as a slip, or None."""
        words = _between_words.split(text)
        if named := {name for word in words if (name := self.find(word))}:
            begins = (" ".join(words[:count]) for count in range(len(words), 1, -1))
            return next(filter(None, map(self.find, begins)), named.pop() if len(named) == 1 else None)
        return self._slip_of(folded(text))

    def _slip_of(self, key: str) -> str | None:
        if len(key) <= _SHORT:
            return None
        # Only here, as most processes never need it.
        from rapidfuzz.distance import OSA, JaroWinkler
        from rapidfuzz.process import extract

        near = extract(
            key, self._known.keys(), scorer=OSA.normalized_similarity, score_cutoff=SIMILARITY, limit=_AS_NEAR
        )
        # Of those as many edits away, the one with the same letters in about the same order.
        best = max(near, key=lambda each: (each[1], JaroWinkler.similarity(key, each[0])), default=None)
        return None if best is None else self._known[best[0]]


def fits(asked: str, found: str, listed: Callable[[str], str | None]) -> bool | None:
    """Return whether two words mean the same, or None if they differ and not both are listed."""
    if folded(asked) == folded(found):
        return True
    one, other = listed(asked), listed(found)
    return one == other if one and other else None


def read_table(path: Path) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table, by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def unknown(written: str, listed: WordList, effect: str = "it stays as written") -> str:
    """Return what is said of a word that is not listed, without repeating it."""
    near = listed.suggestion(written)
    return f"is not listed: {effect}; did you mean {near}?" if near else f"is not listed: {effect}"


def words_in(cell: str) -> Sequence[str]:
    """Return the words of a cell."""
    return tuple(filter(None, cell.split("|")))
