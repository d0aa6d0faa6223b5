"""The search for works of art."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.cultural_property.measurements import MOST
from services.cultural_property.models import WorkStatus
from services.cultural_property.periods import MadeIn
from services.cultural_property.words import LISTED, Material, Word
from shared.people import SearchedName
from shared.records import service_kit as kit

SIZES: Final = ("height_mm", "width_mm", "depth_mm", "length_mm", "diameter_mm", "weight_g")


def _has_a_word(text: str) -> str:
    if not kit.words_of(text):
        raise ValueError("must have a letter or a figure")
    return text


SearchedWords = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_has_a_word)
]
Size = Annotated[float, Field(gt=0, le=MOST * 1000, description="Fits what is within 10 %.", examples=[625])]


class WorkCriteria(BaseModel):
    """What a search for works of art may ask for; all of it must be met, and at least one is required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: SearchedName | None = Field(
        None, description="In any order, spelling and script.", examples=["harbour in the storm"]
    )
    maker: SearchedName | None = Field(None, description="As `title`.", examples=["jan van nergens"])
    words: SearchedWords | None = Field(
        None,
        description="Words of markings, features, subject, period and description, each of which must be in the record "
        "as written, but for case and accents.",
        examples=["repaired tear mast"],
    )
    type: Word | None = Field(
        None,
        description=f"Of either level, in any of the writings that {LISTED} lists.",
        examples=["painting"],
    )
    material: Material | None = Field(
        None, description="One of several. A record without any fits further down.", examples=["oil paint"]
    )
    made: MadeIn | None = Field(
        None, description="A year or a range, of which the object may be. One without a date fits further down."
    )
    height_mm: Size | None = None
    width_mm: Size | None = None
    depth_mm: Size | None = None
    length_mm: Size | None = None
    diameter_mm: Size | None = None
    weight_g: Size | None = None
    status: WorkStatus | None = Field(
        None, description="`stolen` or `origin-sought` alone; others are no hits.", examples=[None, "stolen"]
    )

    @model_validator(mode="after")
    def _has_a_criterion(self) -> Self:
        # Not those of a line of a list, which has a name that is no criterion.
        criteria = WorkCriteria.model_fields
        if all(getattr(self, name, None) is None for name in (*criteria, "reference", "points")):
            raise ValueError(f"give at least one of {', '.join(criteria)}")
        return self


class WorkQuery(WorkCriteria, kit.RecordQuery):
    """A search for works of art that meet all parameters; at least one is required."""
