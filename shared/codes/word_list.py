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
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extractOne

        found = extractOne(key, self._known.keys(), scorer=OSA.normalized_similarity, score_cutoff=SIMILARITY)
        return self._known[found[0]] if found else None


def fits(asked: str, found: str, listed: Callable[[str], str | None]) -> bool | None:
    """Return whether two words mean the same, or None if they differ and not both are listed."""
    if folded(asked) == folded(found):
        return True
    one, other = listed(asked), listed(found)
    return one == other if one and other else None


def unknown(written: str, listed: WordList, effect: str = "it stays as written") -> str:
    """Return what is said of a word that is not listed, without repeating it."""
    near = listed.suggestion(written)
    return f"is not listed: {effect}{f'; did you mean {near}?' if near else ''}"


def read_table(file: Path) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table, by the names of its columns, which semicolons separate."""
    with file.open(encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened, delimiter=";")


def words_in(cell: str) -> Sequence[str]:
    """Return the words of a cell."""
    return tuple(filter(None, cell.split("|")))
