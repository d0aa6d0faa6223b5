"""What anyone asks of the public register of works of art. The service judges the values."""

from typing import Annotated, Final
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

ROOT: Final = "/works-of-art/v1"
STATEMENTS: Final = f"{ROOT}/statements"
SERVICE: Final = "cultural-property"
PATH: Final = f"/api/{SERVICE}"

_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Size = Annotated[float, Field(gt=0, le=100_000_000, description="Fits what is within 10 %.")]
EXAMPLE_TITLE: Final = "harbour in a storm"


class PublicQuestion(BaseModel):
    """What is known of an object; all of it must fit, and at least one member is required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Text | None = Field(
        None,
        description="In any order, spelling and script.",
        examples=[EXAMPLE_TITLE],
        json_schema_extra={"example": EXAMPLE_TITLE},
    )
    maker: _Text | None = Field(None, description="As `title`.", examples=["van nergens"])
    words: _Text | None = Field(
        None,
        description="Words of inscriptions, markings, features, subject and description.",
        examples=["repaired tear mast"],
    )
    type: _Text | None = Field(None, description="Of either level of the list of codes.", examples=["painting"])
    material: _Text | None = Field(None, description="One of several.", examples=["oil paint"])
    made: _Text | None = Field(None, description="A year or a range of two.", examples=["1625/1640"])
    height_mm: _Size | None = Field(None, examples=[625])
    width_mm: _Size | None = Field(None, examples=[925])
    depth_mm: _Size | None = Field(None, examples=[30])
    length_mm: _Size | None = Field(None, examples=[925])
    diameter_mm: _Size | None = Field(None, examples=[300])
    weight_g: _Size | None = Field(None, examples=[2500])
    status: _Text | None = Field(None, description="`stolen` or `origin-sought` alone.", examples=["stolen"])

    def as_query(self) -> str:
        """Return the question as the query of a search."""
        return urlencode(self.model_dump(exclude_none=True))
