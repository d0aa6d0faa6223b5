"""A standard name with what means the same, as a service answers with its lists of codes."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, Field


class ListedName(BaseModel):
    """A standard name, and what means the same."""

    name: str = Field(description="As records state it.", examples=["grey"])
    synonyms: tuple[str, ...] = Field(
        description="Accepted instead of it, in any case, with or without accents, spaces and dashes.",
        examples=[["gray", "gris"]],
    )


def listed_names(synonyms: Mapping[str, Iterable[str]]) -> tuple[ListedName, ...]:
    """Return names with their synonyms."""
    return tuple(ListedName(name=name, synonyms=tuple(also)) for name, also in synonyms.items())
