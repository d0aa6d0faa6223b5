"""Dental findings: a tooth by its FDI number (ISO 3950), and what a dentist found there."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.people import LongText, Text

ToothNumber = Annotated[
    str,
    Field(
        pattern="^([1-4][1-8]|[5-8][1-5])$",
        description="FDI notation (ISO 3950): quadrant and position. Quadrants 1 to 4 are permanent teeth, positions "
        "1 to 8; quadrants 5 to 8 are milk teeth, positions 1 to 5.",
        examples=["36"],
    ),
]


class ToothState(StrEnum):
    """What was found at the place of a tooth."""

    SOUND = "sound"
    DECAYED = "decayed"
    FILLED = "filled"
    ROOT_FILLED = "root-filled"
    CROWNED = "crowned"
    BRIDGED = "bridged"
    IMPLANT = "implant"
    UNERUPTED = "unerupted"
    MISSING = "missing"
    LOST_AFTER_DEATH = "lost-after-death"


class Surface(StrEnum):
    """A surface of a tooth."""

    MESIAL = "M"
    OCCLUSAL = "O"
    DISTAL = "D"
    BUCCAL = "B"
    LINGUAL = "L"


class ToothFinding(BaseModel):
    """What was found at the place of one tooth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tooth: ToothNumber
    state: ToothState = Field(examples=["filled"])
    surfaces: tuple[Surface, ...] = Field((), max_length=5, description="Those concerned.", examples=[["M", "O"]])
    material: Text | None = Field(None, examples=["amalgam"])


class DentalChart(BaseModel):
    """The teeth that were examined. A tooth that is not listed was not examined: it is not said to be sound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    teeth: tuple[ToothFinding, ...] = Field(
        (), max_length=52, description="At most one finding for each of 32 permanent and 20 milk teeth."
    )
    dentures: Text | None = Field(None, description="Removable ones.", examples=["upper full denture"])
    remarks: LongText | None = Field(None, examples=["gap between the upper front teeth"])

    @model_validator(mode="after")
    def _one_finding_a_tooth(self) -> Self:
        numbers = [finding.tooth for finding in self.teeth]
        repeated = sorted({number for number in numbers if numbers.count(number) > 1})
        if repeated:
            raise ValueError(f"teeth: more than one finding for {', '.join(repeated)}")
        return self
