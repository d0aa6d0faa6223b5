"""Materials and techniques, in `materials.csv` and `techniques.csv`, each with its synonyms in several languages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from shared.codes.word_list import WordList, folded, read_table, words_in


def _listed(name: str) -> Mapping[str, Sequence[str]]:
    return {row["name"]: words_in(row["synonyms"]) for row in read_table(Path(__file__).parent / name)}


MATERIALS: Final = _listed("materials.csv")
TECHNIQUES: Final = _listed("techniques.csv")
MATERIAL_NAMES: Final = WordList(MATERIALS)
TECHNIQUE_NAMES: Final = WordList(TECHNIQUES)


def standard_material(text: str) -> str:
    """Return the standard name of a material, or the text if it is not listed."""
    return MATERIAL_NAMES.find(text) or text


def standard_technique(text: str) -> str:
    """Return the standard name of a technique, or the text if it is not listed."""
    return TECHNIQUE_NAMES.find(text) or text


def material_key(text: str) -> str:
    """Return the form in which materials are compared."""
    return folded(standard_material(text))
