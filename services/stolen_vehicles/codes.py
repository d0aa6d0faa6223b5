"""The list of codes as the service answers it: makes with their models, and colours, each with its synonyms."""

from typing import Final

from pydantic import BaseModel, Field

from services.stolen_vehicles.vocabulary.colours import COLOURS
from services.stolen_vehicles.vocabulary.makes import MAKES
from services.stolen_vehicles.vocabulary.vessel_makes import SYNONYMS


class ListedName(BaseModel):
    """A standard name, and what means the same."""

    name: str = Field(description="As records state it.", examples=["grey"])
    synonyms: tuple[str, ...] = Field(
        description="Accepted instead of it, in any case, with or without accents, spaces and dashes.",
        examples=[["gray", "gris"]],
    )


class ListedMake(ListedName):
    """A make, and its models."""

    models: tuple[ListedName, ...]


class VehicleCodes(BaseModel):
    """The makes and colours that have a standard name."""

    makes: tuple[ListedMake, ...]
    vessel_makes: tuple[ListedName, ...] = Field(description="Of vessels and of their engines.")
    colours: tuple[ListedName, ...] = Field(description="Each of which may be `dark` or `light`, as in `dark red`.")


def _codes() -> VehicleCodes:
    makes = [
        ListedMake(
            name=make.name,
            synonyms=tuple(make.synonyms),
            models=tuple(ListedName(name=model, synonyms=tuple(also)) for model, also in make.models.items()),
        )
        for make in MAKES
    ]
    colours = [
        ListedName(
            name=colour.name, synonyms=tuple(dict.fromkeys(word for words in colour.words.values() for word in words))
        )
        for colour in COLOURS
    ]
    vessel_makes = [ListedName(name=name, synonyms=tuple(also)) for name, also in SYNONYMS.items()]
    return VehicleCodes(makes=tuple(makes), vessel_makes=tuple(vessel_makes), colours=tuple(colours))


CODES: Final = _codes()
