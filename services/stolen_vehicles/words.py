"""The types of words that describe a vehicle or vessel: a listed one is replaced by its standard name."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

from services.stolen_vehicles.vocabulary.colours import standard_colour
from services.stolen_vehicles.vocabulary.makes import standard_make, standard_model

LISTED: Final = "`GET /api/stolen-vehicles/codes`"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


def _of_its_make(model: str, info: ValidationInfo) -> str:
    return standard_model(model, info.data.get("make") or "")


Make = Annotated[
    Text,
    AfterValidator(standard_make),
    Field(
        description=f"In any of the writings that {LISTED} lists, as `VW`: the record states the standard name. One "
        "that is not listed is accepted as written, with a warning."
    ),
]
Model = Annotated[
    Text,
    AfterValidator(_of_its_make),
    Field(
        description="The standard name, if the make has it in its list; any other is accepted as written, without a "
        "warning."
    ),
]
Colour = Annotated[
    Text,
    AfterValidator(standard_colour),
    Field(
        description=f"In one of nine languages, `dark` or `light`, as {LISTED} lists: the record states the standard "
        "name. One that is not listed is accepted as written, with a warning."
    ),
]


class BodyStyle(StrEnum):
    """The form of the body of a vehicle."""

    SALOON = "saloon"
    HATCHBACK = "hatchback"
    ESTATE = "estate"
    COUPE = "coupe"
    CONVERTIBLE = "convertible"
    OFF_ROAD = "off-road"
    PEOPLE_CARRIER = "people-carrier"
    PICKUP = "pickup"
    PANEL_VAN = "panel-van"
    BOX = "box"
    CURTAIN_SIDER = "curtain-sider"
    FLATBED = "flatbed"
    TIPPER = "tipper"
    TANKER = "tanker"
    REFRIGERATED = "refrigerated"
    TRACTOR_UNIT = "tractor-unit"
    SCOOTER = "scooter"
    QUAD = "quad"
    EXCAVATOR = "excavator"
    LOADER = "loader"
    FORKLIFT = "forklift"
    CRANE = "crane"
    OTHER = "other"
