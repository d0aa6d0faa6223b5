"""The firearm of a trace: as an officer states it, as it is shown, and whether it is that of a hit.

Makes and calibres are those of the service of firearms, so that both bureaus of a request mean the same by one word.
"""

from typing import Final, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.codes import Country
from shared.errors import Invalid
from shared.firearms.markings import is_same_number
from shared.firearms.vocabulary.makes import fits_make
from shared.firearms.words import EARLIEST_YEAR, Calibre, Kind, Make, Marks, Model, Text, require_marked
from shared.numbers.stated import Number
from shared.personal_data import require_no_personal_data
from shared.protocol.payloads import TracedFirearm

_FREE_TEXT: Final = ("make_marked", "model", "calibre_marked", "import_mark", "other_markings")


class TracedFirearmInput(BaseModel):
    """A firearm as it is marked, in the words of the lists of firearms. No person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    make: Make = Field(examples=["Walther"])
    make_marked: Text | None = Field(
        None, description="What is marked in place of a listed make; required with `Other`.", examples=[None]
    )
    serial_number: Number = Field(description="As it is marked, with its letters.", examples=["DEM 204881"])
    model: Model | None = Field(None, examples=["P99"])
    calibre: Calibre | None = Field(None, examples=["9x19"])
    calibre_marked: Text | None = Field(
        None, description="What is marked in place of a listed calibre; required with `Other`.", examples=[None]
    )
    kind: Kind | None = Field(None, description="In any of the listed writings.", examples=["pistol"])
    country_of_manufacture: Country | None = Field(None, examples=["DE"])
    import_mark: Marks | None = Field(None, examples=["ES 19"])
    import_country: Country | None = Field(None, description="Of the last legal import.", examples=["ES"])
    year: int | None = Field(None, ge=EARLIEST_YEAR, le=2100, description="Of manufacture.", examples=[2019])
    other_markings: Marks | None = Field(None, examples=["proof mark of Ulm"])

    @model_validator(mode="after")
    def _states_what_is_marked(self) -> Self:
        require_marked(self)
        return self


class ShownFirearm(BaseModel):
    """A firearm as the requester states it: another bureau may use words that no list has."""

    make: str = Field(examples=["Walther"])
    make_marked: str | None = Field(None, examples=[None])
    serial_number: str = Field(examples=["DEM 204881"])
    model: str | None = Field(None, examples=["P99"])
    calibre: str | None = Field(None, examples=["9 mm Luger"])
    calibre_marked: str | None = Field(None, examples=[None])
    kind: str | None = Field(None, examples=["pistol"])
    country_of_manufacture: str | None = Field(None, examples=["DE"])
    import_mark: str | None = Field(None, examples=["ES 19"])
    import_country: str | None = Field(None, examples=["ES"])
    year: int | None = Field(None, description="Of manufacture.", examples=[2019])
    other_markings: str | None = Field(None, examples=["proof mark of Ulm"])


def firearm_of(stated: TracedFirearmInput) -> TracedFirearm:
    """Return the firearm of a trace. Raises PersonalData."""
    texts = {f"/firearm/{member}": getattr(stated, member) for member in _FREE_TEXT}
    advice = "state what is marked on the firearm alone; no person, address or number to call"
    require_no_personal_data(texts, advice, {"/firearm/serial_number": stated.serial_number})
    return TracedFirearm(**stated.model_dump(mode="json"))


def shown_firearm(firearm: TracedFirearm) -> ShownFirearm:
    """Return a firearm as officers see it."""
    return ShownFirearm(**msgspec.structs.asdict(firearm))


class _RecordedFirearm(msgspec.Struct):
    """What a record of a firearm is compared by."""

    make: str
    serial_number: str


def require_same_firearm(firearm: TracedFirearm, record: bytes) -> None:
    """Require that the record of a hit is of the firearm that is traced, by number and make. Raises Invalid.

    Signs that look alike, and letters that one of both leaves out, make no other number: as in a search.
    """
    found = msgspec.json.decode(record, type=_RecordedFirearm)
    if not is_same_number(firearm.serial_number, found.serial_number):
        raise Invalid(
            "is a hit on a firearm with another number than /firearm/serial_number: cite the hit on this one, or none",
            at="/hit",
        )
    if fits_make(firearm.make, found.make) is False:
        raise Invalid(
            "is a hit on a firearm of another make than /firearm/make: cite the hit on this one, or none", at="/hit"
        )
