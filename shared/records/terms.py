"""On which terms a record is shared: its handling code, and the conditions that bind those who receive it."""

from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
)


class Handling(StrEnum):
    """How a record is to be handled by those who receive it (RPD article 112)."""

    OFFICIAL_USE = "OFFICIAL_USE"
    RESTRICTED = "RESTRICTED"
    CONFIDENTIAL = "CONFIDENTIAL"


class Condition(StrEnum):
    """What else binds those who receive a record, after Europol's handling codes.

    `H0` for police use alone; `H1` not in court without the owner's permission; `H2` not to be passed on without it;
    `H3` as `other_condition` says.
    """

    H0 = "H0"
    H1 = "H1"
    H2 = "H2"
    H3 = "H3"


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
