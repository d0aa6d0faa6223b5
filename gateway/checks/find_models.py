"""What a FIND client asks, and what it is answered.

Known of FIND are its origins, the codes 0 and 1, the ids of items and the second call for details. The names of
members, the other codes, and JSON are ours: no document of FIND is public (ADR 117).
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.checks.models import CheckedRecord, DocumentKind, Number
from gateway.checks.registers import ISSUER, NUMBER, TYPE, Inputs
from shared.codes import PrintedIssuer
from shared.ids import UUID_PATTERN
from shared.patterns import in_words


class Origin(StrEnum):
    """Where an answer of FIND comes from."""

    SLTD = "IPSG"
    """Stolen and lost travel documents."""
    NOMINAL = "IPSG.NOMTD"
    """Documents that a notice states of its person, with its colour."""


_ITEM: Final = in_words(
    f"^(IPSG|IPSG\\.NOMTD):{UUID_PATTERN.strip('^$')}$", "must be the `item_id` of an entry, as a search answered it"
)
ItemId = Annotated[
    str,
    Field(
        pattern=_ITEM,
        description="An entry of an origin, for the second call.",
        examples=["IPSG.NOMTD:0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"],
    ),
]


_CODES: Final = (
    "0 `NO_ERROR`: there are entries. 1 `NO_ANSWER`: each origin answered, and has none. Not of FIND, but of i247: 901 "
    "`ORIGIN_NOT_ALLOWED`, the officer may not ask it; 902 `ORIGIN_TIMEOUT`, it did not answer in time; 903 "
    "`ORIGIN_UNREACHABLE`, it could not be asked or failed; 904 `ORIGIN_INCOMPLETE`, it has entries that this officer "
    "is not shown, or did not compare all. With these nothing is known of what it has."
)
Code = Annotated[int, Field(description=_CODES, examples=[0])]
Status = Annotated[str, Field(description="The code as a word.", examples=["NO_ERROR"])]


class FindSearch(BaseModel):
    """A search for one travel document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Number = Field(description="As printed.", examples=["19AK00417"])
    country: PrintedIssuer
    type: DocumentKind
    origins: list[Origin] | None = Field(
        None, min_length=1, max_length=len(Origin), description="Only these; by default all.", examples=[None]
    )

    def inputs(self) -> Inputs:
        """Return what is stated, by its names in the table of registers."""
        return {NUMBER: self.number, ISSUER: self.country, TYPE: self.type}


class FindEntry(BaseModel):
    """A possible match: compare it, and ask for its details."""

    item_id: ItemId
    number: str | None = Field(description="As the record has it.", examples=["19AK00417"])
    country: str | None = Field(description="Of issue, as the record has it.", examples=["FR"])
    type: str | None = Field(description="Of the document, as the record has it.", examples=["passport"])
    status: str | None = Field(description="Of the record.", examples=["diffused"])
    colour: str | None = Field(description="Of the notice; null for a stolen or lost document.", examples=["red"])
    owner: str = Field(description="The bureau to ask for confirmation.", examples=["FR"])
    score: float = Field(ge=0, le=1, description="How well it fits: 1 is exact.", examples=[1.0])
    near: bool = Field(description="Whether a sign has to be read otherwise.", examples=[False])


class FindOrigin(BaseModel):
    """What one origin answered."""

    origin: Origin
    code: Code
    status: Status
    detail: str | None = Field(description="Why there is no answer; null if there is one.", examples=[None])
    entries: list[FindEntry]


class FindAnswer(BaseModel):
    """The answer to a search: that of each origin, and a code for all."""

    code: Code
    status: Status
    complete: bool = Field(description="Whether each origin has said all that it has.", examples=[True])
    origins: list[FindOrigin] = Field(description="Each origin answers for itself.")


class FindDetails(BaseModel):
    """The answer to a second call: the whole record of an entry."""

    code: Code
    status: Status
    item_id: ItemId
    origin: Origin
    detail: str | None = Field(description="Why there is no answer; null if there is one.", examples=[None])
    record: CheckedRecord | None = Field(
        description="As the register shows it to this officer; null if there is none.", examples=[{"colour": "red"}]
    )
