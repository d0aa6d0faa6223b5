"""The list of codes as the service answers it: types on two levels, materials, techniques and makers of valuables."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, Field

from services.cultural_property.vocabulary.makes import MAKES
from services.cultural_property.vocabulary.materials import MATERIALS, TECHNIQUES
from services.cultural_property.vocabulary.types import SUBTYPES, TYPE_OF, TYPES


class ListedTerm(BaseModel):
    """A standard name, and what means the same."""

    name: str = Field(description="As records state it.", examples=["oil paint"])
    synonyms: tuple[str, ...] = Field(
        description="Accepted instead of it, in any case, with or without accents, spaces and dashes.",
        examples=[["oil", "huile", "óleo"]],
    )


class ListedType(ListedTerm):
    """A type of the first level, with its types of the second."""

    subtypes: tuple[ListedTerm, ...]


class PropertyCodes(BaseModel):
    """The types, materials, techniques and makers that have a standard name."""

    types: tuple[ListedType, ...]
    materials: tuple[ListedTerm, ...]
    techniques: tuple[ListedTerm, ...]
    valuable_makes: tuple[ListedTerm, ...] = Field(description="Of valuables.")


def _terms(listed: Mapping[str, Sequence[str]]) -> tuple[ListedTerm, ...]:
    return tuple(ListedTerm(name=name, synonyms=tuple(also)) for name, also in listed.items())


def _type(name: str) -> ListedType:
    subtypes = {each: also for each, also in SUBTYPES.items() if TYPE_OF[each] == name}
    return ListedType(name=name, synonyms=tuple(TYPES[name]), subtypes=_terms(subtypes))


CODES: Final = PropertyCodes(
    types=tuple(map(_type, TYPES)),
    materials=_terms(MATERIALS),
    techniques=_terms(TECHNIQUES),
    valuable_makes=_terms(MAKES),
)
