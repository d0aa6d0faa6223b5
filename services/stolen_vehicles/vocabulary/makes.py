"""Makes and models of vehicles, and the world manufacturer identifiers of each make.

The identifiers are facts of the list that the NHTSA publishes (vPIC, vpic.nhtsa.dot.gov), and for makers who do not
sell in North America of the tables of ISO 3780 codes in public encyclopaedias. Where two makes share an identifier,
each has it: Renault builds Dacias under VF1. A maker of fewer than 1,000 vehicles a year has a 9 in the third place and
shares its identifier with many; those are not listed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import eq
from pathlib import Path
from typing import Final, NamedTuple

from shared.codes.word_list import WordList, fits, folded, read_table, words_in


class Make(NamedTuple):
    """A make, what else it is called, the first three characters of its VINs, and its models with their synonyms."""

    name: str
    synonyms: Sequence[str]
    wmis: Sequence[str]
    models: Mapping[str, Sequence[str]]


def _make(row: Mapping[str, str]) -> Make:
    named = (cell.split("=") for cell in words_in(row["models"]))
    models = {name: tuple(synonyms) for name, *synonyms in named}
    return Make(row["name"], words_in(row["synonyms"]), tuple(row["wmis"].split()), models)


MAKES: Final = tuple(map(_make, read_table(Path(__file__).with_name("makes.csv"))))
MAKE_NAMES: Final = WordList({make.name: make.synonyms for make in MAKES})
_MODEL_NAMES: Final = {make.name: WordList(make.models) for make in MAKES}
_NO_MODELS: Final = WordList({})


def _makes_by_wmi() -> Mapping[str, tuple[str, ...]]:
    makes = defaultdict[str, tuple[str, ...]](tuple)
    for make in MAKES:
        for wmi in make.wmis:
            makes[wmi] += (make.name,)
    return dict(makes)


_BY_WMI: Final = _makes_by_wmi()


def makes_of(wmi: str) -> tuple[str, ...]:
    """Return the makes whose VINs begin with three characters; none if these are not listed."""
    return _BY_WMI.get(wmi, ())


def fits_make(asked: str, found: str) -> bool | None:
    """Return whether two makes are the same, or None if not both are listed."""
    return fits(asked, found, MAKE_NAMES.find)


def fits_model(asked: str, found: str, make: str) -> bool | None:
    """Return whether one of two models of a make begins with the words of the other, or None if not both are listed."""
    one, other = (map(folded, standard_model(each, make).split()) for each in (asked, found))
    return all(map(eq, one, other)) or fits(asked, found, _models_of(make).find)


def standard_make(text: str) -> str:
    """Return the standard name of a make, or the text if it is not listed."""
    return MAKE_NAMES.find(text) or text


def standard_model(text: str, make: str) -> str:
    """Return the standard name of a model of a make, or the text if either is not listed."""
    return _models_of(make).find(text) or text


def _models_of(make: str) -> WordList:
    return _MODEL_NAMES.get(make) or _NO_MODELS
