"""Words of names that tell little: particles, titles, legal forms of companies, and short forms that are usual.

The phrases of legal forms are those of `rigour` (MIT, see data/LICENSE), written as plain words.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final


def _read(name: str) -> str:
    return files("shared.names").joinpath(f"data/{name}.txt").read_text(encoding="utf-8")


PARTICLES: Final = frozenset(_read("particles").split())
TITLES: Final = frozenset(_read("titles").split())
OWN_TITLES: Final = frozenset(_read("titles_of_other_scripts").split())
LEGAL_FORMS: Final = frozenset(_read("legal_forms").split())
# After them, `van` is a name.
VIETNAMESE_SURNAMES: Final = frozenset(_read("vietnamese_surnames").split())
# Surnames of two characters, as they are written now or were, by how they are written now.
SURNAMES_OF_TWO: Final[Mapping[str, str]] = dict(map(str.split, _read("surnames_of_two_characters").splitlines()))
# Too short to be told from a name, unless they stand at an end.
SHORT_LEGAL_FORMS: Final = frozenset(_read("short_legal_forms").split())
SHORT_FORMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("mohd", "muhd", "mohmd", "mhd"), "mohammed"),
    **dict.fromkeys(("intl", "int", "internat"), "international"),
    **dict.fromkeys(("mfg", "manuf"), "manufacturing"),
    "bros": "brothers",
    **dict.fromkeys(("ind", "inds"), "industries"),
    "tech": "technology",
    **dict.fromkeys(("assoc", "assn"), "association"),
    "univ": "university",
    "natl": "national",
    "govt": "government",
}


@cache
def legal_phrases() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Return the legal forms of several words, by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in map(str.split, _read("legal_phrases").splitlines()):
        found.setdefault(phrase[0], []).append(tuple(phrase))
    return {first: tuple(sorted(each, key=len, reverse=True)) for first, each in found.items()}


def _read_table(name: str) -> Iterator[tuple[list[str], list[str]]]:
    for line in _read(name).splitlines():
        first, others = line.split(":")
        yield first.split(), others.split()


def short_forms() -> Iterator[tuple[str, list[str]]]:
    """Yield given names, each with what is short for it, of languages other than English."""
    return ((full, shorts) for fulls, shorts in _read_table("short_forms") for full in fulls)


def southern_surnames() -> Iterator[tuple[str, list[str]]]:
    """Yield Chinese surnames in Pinyin, each with how Cantonese, Hokkien and others write it."""
    return ((pinyin, others) for (pinyin,), others in _read_table("southern_surnames"))


def inverted(words: Iterable[tuple[str, Iterable[str]]]) -> Mapping[str, frozenset[str]]:
    """Return by each of the other words those that it is given with."""
    found: dict[str, set[str]] = {}
    for word, others in words:
        for other in others:
            found.setdefault(other, set()).add(word)
    return {other: frozenset(each) for other, each in found.items()}
