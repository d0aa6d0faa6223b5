"""Makes the table of known names of the matcher, from `persons.txt` of `rigour`: anew once a rule of its keys changes.

    python -m deploy.evaluation.known_names persons.txt > shared/names/data/known_names.txt

Each line of the input states the spellings of one name: `Yusuf, Youcef, يوسف => Q12345`.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, count
from pathlib import Path
from typing import Final

from rapidfuzz.distance import OSA

from shared.names.scripts import is_own, latin, own_letters
from shared.names.spelling import spelling_key

# A shorter word is a part of too many names to tell anything.
LENGTHS: Final = range(4, 17)
# Further apart, two spellings of one name say nothing that tells a typing error from another name.
MAX_EDITS: Final = 3
_ARABIC_OR_HEBREW: Final = re.compile(r"[\u0590-\u08ff]")


def table_of(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of the table, sorted by their bytes: each word with the numbers of the names it is a spelling of.

    A name has a number with a word only if another of its spellings is near, or in another script.
    """
    numbers, new = defaultdict[str, list[str]](list), count()
    for line in lines:
        words = _words_of(line.rpartition("=>")[0].split(","))
        near = sorted({word for pair in combinations(sorted(words), 2) if _is_near(*pair) for word in pair})
        number = f"{next(new):x}" if near else ""
        for word in words:
            numbers[word] += [number] if word in near else []
    return (" ".join([word, *numbers[word]]) for word in sorted(numbers, key=str.encode))


def _words_of(spellings: Iterable[str]) -> frozenset[str]:
    """Return the spellings of one word, as names are compared: keys, or letters of Arabic and Hebrew."""
    words = filter(None, map(str.strip, spellings))
    return frozenset(key for word in words if " " not in word and (key := _compared(word)))


def _compared(word: str) -> str:
    if is_own(word):
        return own_letters(word) if _ARABIC_OR_HEBREW.match(word) else ""
    key = spelling_key(latin(word))
    return key if len(key) in LENGTHS else ""


def _is_near(one: str, other: str) -> bool:
    if one.isascii() != other.isascii():
        return True
    return one.isascii() and OSA.distance(one, other, score_cutoff=MAX_EDITS) <= MAX_EDITS


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as spellings:
        sys.stdout.writelines(f"{line}\n" for line in table_of(spellings))
