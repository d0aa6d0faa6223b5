"""On which terms a record is shared: its handling code, and the conditions that bind those who receive it."""

from typing import Annotated, Final
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
)

from shared.handling import Condition, Handling

HANDLING_HEADER: Final = "I247-Handling"


def _each_once(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(dict.fromkeys(conditions))


class Terms(BaseModel):
    """On which terms a record is shared."""

    handling: Handling = Field(Handling.OFFICIAL_USE, description="How those who receive it must handle it.")
    conditions: Annotated[tuple[Condition, ...], AfterValidator(_each_once)] = Field(
        (), max_length=len(Condition), description="What else binds those who receive it.", examples=[["H1"]]
    )
    other_condition: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="What `H3` stands for.",
        examples=[None, "Inform us before any act."],
    )

    @property
    def terms(self) -> str:
        """The value of the header `I247-Handling`, for an answer that is not a record; text as in RFC 8187."""
        listed = " ".join((self.handling, *self.conditions))
        other = self.other_condition
        return listed if other is None else f"{listed}; other_condition*=UTF-8''{quote(other, safe='')}"
