"""A list of standard names, each found by any of its synonyms, in any case, with or without accents and separators."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from shared.suggestions import nearest

_FOLDER: Final = Path(__file__).parent


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
        """Return the standard name nearest to a text that is not known, or None if none is near."""
        return nearest(text, self.names)


def read_table(name: str) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table of this folder, by the names of its columns."""
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def words_in(cell: str) -> Sequence[str]:
    """Return the words of a cell."""
    return tuple(filter(None, cell.split("|")))
