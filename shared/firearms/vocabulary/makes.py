"""Makes of firearms, with the country of each maker and some of its models.

The country is that of the maker's seat, where a trace begins if the firearm states no other; licensed copies are made
elsewhere. Where a design is marked and no maker, as on a Tokarev of many countries, the design is listed as a make.
"""

from collections.abc import Mapping, Sequence
from operator import eq
from pathlib import Path
from typing import Final, NamedTuple

from shared.codes.word_list import WordList, fits, folded, read_table, words_in
from shared.firearms.vocabulary import UNSPECIFIC


class Make(NamedTuple):
    """A make, what else it is called, the country of its maker, and its models with their synonyms."""

    name: str
    synonyms: Sequence[str]
    country: str | None
    models: Mapping[str, Sequence[str]]


def _make(row: Mapping[str, str]) -> Make:
    named = (cell.split("=") for cell in words_in(row["models"]))
    models = {name: tuple(synonyms) for name, *synonyms in named}
    return Make(row["name"], words_in(row["synonyms"]), row["country"] or None, models)


MAKES: Final = tuple(map(_make, read_table(Path(__file__).with_name("makes.csv"))))
MAKE_NAMES: Final = WordList({make.name: make.synonyms for make in MAKES})
_MODEL_NAMES: Final = {make.name: WordList(make.models) for make in MAKES}
_NO_MODELS: Final = WordList({})


def is_specific(make: str | None) -> bool:
    """Return whether a make tells one maker from others."""
    return make is not None and make not in UNSPECIFIC


def fits_make(asked: str, found: str) -> bool | None:
    """Return whether two makes are the same; None if one of them tells nothing."""
    return fits(asked, found, _specific) if is_specific(found) else None


def fits_model(asked: str, found: str, make: str) -> bool | None:
    """Return whether one of two models of a make begins with the words of the other, or None if not both are listed."""
    one, other = (map(folded, standard_model(each, make).split()) for each in (asked, found))
    return all(map(eq, one, other)) or fits(asked, found, _models_of(make).find)


def standard_model(text: str, make: str) -> str:
    """Return the standard name of a model of a make, or the text if either is not listed."""
    return _models_of(make).find(text) or text


def _specific(text: str) -> str | None:
    name = MAKE_NAMES.find(text)
    return name if is_specific(name) else None


def _models_of(make: str) -> WordList:
    return _MODEL_NAMES.get(make) or _NO_MODELS
