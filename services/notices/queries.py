"""What lists and searches of notices ask for."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from services.notices.colours import Colour
from services.notices.lifecycle import NoticeStatus
from services.notices.particulars import comparable_number
from shared.codes import Nationality
from shared.dates import OLDEST_AGE, PartialDate
from shared.patterns import in_words
from shared.people import SearchedName, Sex, StatusOfPerson, Text
from shared.records import service_kit as kit
from shared.validation import wrong


def _comparable_number(number: str) -> str:
    if not comparable_number(number):
        raise ValueError("must have a letter or a digit")
    return number


DocumentNumber = Annotated[Text, AfterValidator(_comparable_number)]
Age = Annotated[int, Field(ge=0, le=OLDEST_AGE, description="In whole years.", examples=[40])]
NUMBER_FORM: Final = in_words("^[0-9]{4}/[0-9]{1,7}$", "must be the number of a notice, such as 2026/52482")
NoticeNumber = Annotated[
    str,
    Field(pattern=NUMBER_FORM, description="The year and a random number, never given twice.", examples=["2026/52482"]),
]


class NoticeFilter(kit.RecordPageQuery):
    """Which notices a list shows."""

    status: NoticeStatus | None = Field(None, description="Only those in this state.", examples=["published"])
    colour: Colour | None = Field(None, description="Only those of this colour.", examples=["red"])
    number: NoticeNumber | None = Field(None, description="Only the one of this number.", examples=["2026/52482"])
    person_status: StatusOfPerson | None = Field(None, description="Only those about such a person.")


class NoticeQuery(kit.RecordQuery):
    """A search for notices in force that match all parameters; at least one is required."""

    name: SearchedName | None = Field(
        None,
        description="Names in any order, case and script, with or without accents, shortened, joined or misspelt: one "
        "typo in a word of 4 letters or more, two in a long one. The guide *Measure how names are matched* says what "
        "is met and what is not, such as the Polish official spelling of Russian names.",
        examples=["dupont jean"],
    )
    colour: Colour | None = Field(None, description="Only notices of this colour.", examples=["red"])
    nationality: Nationality | None = Field(None, description="One of several is enough.", examples=["FR"])
    sex: Sex | None = Field(None, description="`U` finds those whose sex is not known.", examples=["M"])
    person_status: StatusOfPerson | None = Field(None, description="Only notices about such a person.")
    date_of_birth: PartialDate | None = Field(
        None,
        description="A day, month, year or range that a date of birth in the notice allows, of any identity; or a day "
        "whose number and month are exchanged there.",
        examples=["1987"],
    )
    document_number: DocumentNumber | None = Field(
        None,
        description="Of a document of any identity, in any writing: case, spaces and signs do not matter.",
        examples=["19ak 00417"],
    )
    age_min: Age | None = Field(None, description="At least as old today, in years.", examples=[30])
    age_max: Age | None = Field(None, description="At most as old today, in years.", examples=[45])

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"give at least one of {', '.join(type(self).model_fields)}")
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise wrong("/age_min", "age_min is greater than age_max")
        return self
