"""What every search of this service asks of a subject: of notices and of criminal files alike."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from services.notices.subjects.particulars import compared_number
from shared.codes import Nationality
from shared.dates import OLDEST_AGE, Day, PartialDate
from shared.people import SearchedName, Sex, Text
from shared.records import service_kit as kit
from shared.validation import wrong

AGES: Final = frozenset({"age_min", "age_max", "age_on"})


def _require_sign(number: str) -> str:
    if not compared_number(number).signs:
        raise ValueError("must have a letter or a digit")
    return number


DocumentNumber = Annotated[Text, AfterValidator(_require_sign)]
Age = Annotated[int, Field(ge=0, le=OLDEST_AGE, description="In whole years.", examples=[40])]


class SubjectQuery(kit.RecordQuery):
    """A search by what is known of a subject, in any of their identities; a kind adds its criteria."""

    name: SearchedName | None = Field(
        None,
        description="Names in any order, case and script, with or without accents, shortened, joined or misspelt: one "
        "typo in a word of 4 letters or more, two in a long one. The guide *Measure how names are matched* says what "
        "is met and what is not, such as the Polish official spelling of Russian names.",
        examples=["dupont jean"],
    )
    nationality: Nationality | None = Field(None, description="One of several is enough.", examples=["FR"])
    sex: Sex | None = Field(None, description="`U` finds those whose sex is not known.", examples=["M"])
    date_of_birth: PartialDate | None = Field(
        None,
        description="A day, month, year or range that a date of birth in the record allows, of any identity; or a day "
        "whose number and month are exchanged there.",
        examples=["1987"],
    )
    document_number: DocumentNumber | None = Field(
        None,
        description="Of a document of any identity, in any writing: case, spaces and signs do not matter. Signs that "
        "are taken for each other, such as I and 1, are one: `why` says which were read otherwise.",
        examples=["19ak 00417"],
    )
    age_min: Age | None = Field(None, description="At least as old, in years: today, or on `age_on`.", examples=[30])
    age_max: Age | None = Field(None, description="At most as old, in years: today, or on `age_on`.", examples=[45])
    age_on: Day | None = Field(
        None,
        description="The day on which the person had that age, instead of today: that of a crime, of which witnesses "
        "estimate how old the person was. Needs `age_min` or `age_max`.",
        examples=["2019-06-14"],
    )

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"give at least one of {', '.join(type(self).model_fields)}")
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise wrong("/age_min", "age_min is greater than age_max")
        if self.age_on is not None and not self.asks_age:
            raise wrong("/age_on", "age_on needs age_min or age_max")
        return self

    @property
    def asks_age(self) -> bool:
        """Whether it asks for an age."""
        return self.age_min is not None or self.age_max is not None
