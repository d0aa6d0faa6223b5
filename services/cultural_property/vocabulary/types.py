"""Types of objects on two levels, such as pottery and portrait head jar, in `types.csv`, each with its synonyms.

The levels follow Object ID (ICOM); the synonyms are words of the four languages of INTERPOL, and of some more.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from shared.codes.word_list import WordList, folded, read_table, words_in

OTHER: Final = "other"
_ROWS: Final = tuple(read_table(Path(__file__).parent / "types.csv"))

TYPES: Final[Mapping[str, Sequence[str]]] = {row["name"]: words_in(row["synonyms"]) for row in _ROWS if not row["of"]}
SUBTYPES: Final[Mapping[str, Sequence[str]]] = {row["name"]: words_in(row["synonyms"]) for row in _ROWS if row["of"]}
TYPE_OF: Final[Mapping[str, str]] = {row["name"]: row["of"] for row in _ROWS if row["of"]}
"""The type of the first level of each of the second."""

TYPE_NAMES: Final = WordList(TYPES)
SUBTYPE_NAMES: Final = WordList(SUBTYPES)


def standard_type(text: str) -> str:
    """Return the standard name of a type of the first level. Raises ValueError, which says what to write instead."""
    if found := TYPE_NAMES.find(text):
        return found
    if detail := SUBTYPE_NAMES.find(text):
        raise ValueError(f"{detail} is a subtype: state it as subtype, and {TYPE_OF[detail]} as type")
    near = TYPE_NAMES.suggestion(text) or TYPE_OF.get(SUBTYPE_NAMES.suggestion(text) or "")
    hint = f"did you mean {near}?" if near else f"use {OTHER} if none fits"
    raise ValueError(f"must be a type of the list of codes: {hint}")


def standard_subtype(text: str) -> str:
    """Return the standard name of a type of the second level, or the text if it is not listed."""
    return SUBTYPE_NAMES.find(text) or text


def subtype_key(text: str) -> str:
    """Return the form in which types of the second level are compared."""
    return folded(standard_subtype(text))
