"""The list of codes as the service answers it: makes with their models, and colours, each with its synonyms."""

from typing import Final

from pydantic import BaseModel, Field

from services.stolen_vehicles.vocabulary.colours import COLOURS
from services.stolen_vehicles.vocabulary.makes import MAKES
from services.stolen_vehicles.vocabulary.vessel_makes import SYNONYMS
from shared.codes.listed_names import ListedName, listed_names


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
            models=listed_names(make.models),
        )
        for make in MAKES
    ]
    colours = [
        ListedName(
            name=colour.name, synonyms=tuple(dict.fromkeys(word for words in colour.words.values() for word in words))
        )
        for colour in COLOURS
    ]
    return VehicleCodes(makes=tuple(makes), vessel_makes=listed_names(SYNONYMS), colours=tuple(colours))


CODES: Final = _codes()
