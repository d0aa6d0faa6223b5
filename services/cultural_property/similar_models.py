"""What a search by a picture answers."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field

from services.cultural_property.models import Work
from shared.ids import RecordId
from shared.records import service_kit as kit

ASKED: Final = "the picture sent"


class ComparedPhotograph(BaseModel):
    """A photograph that a hit rests on, and in how many points it agrees with the picture that was sent."""

    record_id: RecordId
    photograph_id: kit.PhotographId
    agreeing: int = Field(
        ge=0, description="Points of which one view of a plane explains where they are.", examples=[41]
    )
    paired: int = Field(ge=0, description="Points that are each other's most alike.", examples=[60])
    is_mirrored: bool = Field(description="Whether the mirror image of what was sent agrees.", examples=[False])
    side_by_side: str = Field(
        description="The path of both pictures with a line for each point that agrees: a PNG, or with `?form=svg` an "
        "SVG. For 72 hours, for your bureau alone.",
        examples=["/api/cultural-property/similar/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192/"],
    )


class SimilarWorks(kit.Hits[Work]):
    """The works whose photographs show what a picture shows, the surest first."""

    picture_id: RecordId = Field(description="Of the picture that was sent.")
    compared: tuple[ComparedPhotograph, ...] = Field(description="A photograph for each hit, in the same order.")


class PictureForm(StrEnum):
    """In which form two pictures are shown side by side."""

    PNG = "png"
    SVG = "svg"
