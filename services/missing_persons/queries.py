"""The lists and searches of missing persons and of bodies."""

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from services.missing_persons.models import Age, BodyStatus, PersonStatus, Ranges, require_order
from shared.codes import Country, Nationality
from shared.dates import FromDay, PartialDate, ToDay
from shared.names import fold
from shared.people import Centimetres, SearchedName, Sex, StatusOfPerson, Text
from shared.records import service_kit as kit


def _require_letter(place: str) -> str:
    """Require what is compared: without any letter or figure, a place would fit wherever a person is missing."""
    if not fold(place):
        raise ValueError("must have a letter or a digit")
    return place


PlacePart = Annotated[Text, Field(min_length=2), AfterValidator(_require_letter)]


class AgeAt(StrEnum):
    """The day for which the age of a missing person is computed."""

    EVENT = "event"
    TODAY = "today"


class PersonFilter(kit.RecordPageQuery):
    """Which records of persons a list shows."""

    status: PersonStatus | None = Field(None, description="Found and withdrawn ones are listed to their owner alone.")
    person_status: StatusOfPerson | None = Field(None, description="Only those about such a person.")


class _Search(kit.RecordQuery):
    ranges: ClassVar[Ranges]

    sex: Sex | None = Field(
        None, description="`F` and `M` also find records whose sex is not known, with a lower score.", examples=["F"]
    )
    person_status: StatusOfPerson | None = Field(None, description="Only such persons.")
    place: PlacePart | None = Field(None, description="Part of the place, in any writing.", examples=["rotterdam"])
    country: Country | None = Field(None, description="Of the place.", examples=["NL"])

    @model_validator(mode="after")
    def _has_a_criterion(self) -> Self:
        criteria = [name for name in type(self).model_fields if name != "age_at"]
        if all(getattr(self, name) is None for name in criteria):
            raise ValueError(f"give at least one of {', '.join(criteria)}")
        require_order(self, self.ranges)
        return self


class PersonSearch(_Search):
    """A search for missing persons who match all parameters; at least one is required."""

    ranges = (("age_min", "age_max"), ("last_seen_from", "last_seen_to"))

    name: SearchedName | None = Field(None, description="Family name, forename or both.", examples=["julia marlow"])
    nationality: Nationality | None = Field(None, description="One of several is enough.", examples=["NL"])
    age_min: Age | None = Field(None, description="At least as old, see `age_at`.", examples=[30])
    age_max: Age | None = Field(None, description="At most as old, see `age_at`.", examples=[45])
    age_at: AgeAt = Field(
        AgeAt.EVENT,
        description="Which age is meant: `event` when the person was last seen, as in a report; `today` on the day of "
        "the search, for a person met now.",
        examples=["event"],
    )
    date_of_birth: PartialDate | None = Field(
        None, description="A day, month, year or range that the date of birth allows.", examples=["1987"]
    )
    last_seen: PartialDate | None = Field(
        None, description="A day, month, year or range in which the person was last seen.", examples=["2026-03"]
    )
    last_seen_from: FromDay | None = Field(
        None, description="Last seen on this day or later; a month or year too.", examples=["2026-01-01"]
    )
    last_seen_to: ToDay | None = Field(
        None, description="Last seen on this day or earlier; a month or year too.", examples=["2026-04-30"]
    )

    @model_validator(mode="after")
    def _age_is_given(self) -> Self:
        if "age_at" in self.model_fields_set and self.age_min is None and self.age_max is None:
            raise ValueError("age_at needs age_min or age_max")
        return self


class BodyFilter(kit.RecordPageQuery):
    """Which records of bodies a list shows."""

    status: BodyStatus | None = Field(None, description="Closed cases are listed to their owner alone.")
    person_status: StatusOfPerson | None = Field(None, description="`deceased` finds all, any other none.")


class BodySearch(_Search):
    """A search for unidentified bodies that match all parameters; at least one is required."""

    ranges = (("age_min", "age_max"), ("height_min", "height_max"), ("found_from", "found_to"))

    age_min: Age | None = Field(None, description="At least as old at death.", examples=[30])
    age_max: Age | None = Field(None, description="At most as old at death.", examples=[45])
    height_min: Centimetres | None = Field(None, examples=[165])
    height_max: Centimetres | None = Field(None, examples=[175])
    died: PartialDate | None = Field(
        None, description="A day, month, year or range in which the person may have died.", examples=["2026-02"]
    )
    found: PartialDate | None = Field(
        None, description="A day, month, year or range in which the body was found.", examples=["2026-04"]
    )
    found_from: FromDay | None = Field(
        None, description="Found on this day or later; a month or year too.", examples=["2026-03-14"]
    )
    found_to: ToDay | None = Field(
        None, description="Found on this day or earlier; a month or year too.", examples=["2026-04-30"]
    )
