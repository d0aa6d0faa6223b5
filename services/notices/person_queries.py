"""What lists and searches of criminal files ask for."""

from typing import Self

from pydantic import Field, model_validator

from services.notices.offences import OffenceCategory
from services.notices.person_entries import PersonFileStatus
from services.notices.queries import DocumentNumber
from shared.codes import Nationality
from shared.dates import PartialDate
from shared.people import SearchedName, Sex, StatusOfPerson
from shared.records import service_kit as kit


class PersonFileFilter(kit.RecordPageQuery):
    """Which criminal files a list shows."""

    status: PersonFileStatus | None = Field(None, description="Only those in this state.", examples=["in-force"])
    person_status: StatusOfPerson | None = Field(None, description="Only those about such a person.")


class PersonFileQuery(kit.RecordQuery):
    """A search for criminal files in force that match all parameters; at least one is required."""

    name: SearchedName | None = Field(
        None,
        description="Names in any order, case and script, with or without accents, shortened, joined or misspelt: one "
        "typo in a word of 4 letters or more, two in a long one. The guide *Measure how names are matched* says what "
        "is met and what is not, such as the Polish official spelling of Russian names.",
        examples=["delacroisiere etienne"],
    )
    date_of_birth: PartialDate | None = Field(
        None,
        description="A day, month, year or range that a date of birth of the person allows; or a day whose number and "
        "month are exchanged there.",
        examples=["1979"],
    )
    nationality: Nationality | None = Field(None, description="In any of the identities.", examples=["FR"])
    sex: Sex | None = Field(None, description="`U` finds those whose sex is not known.", examples=["M"])
    person_status: StatusOfPerson | None = Field(
        None,
        description="Only files about such a person. Without it suspects, charged and convicted: witnesses and "
        "victims are found only if they are asked for.",
        examples=["convicted"],
    )
    document_number: DocumentNumber | None = Field(
        None, description="Of a document in any of the identities; letters and digits count.", examples=["19AK00417"]
    )
    offence: OffenceCategory | None = Field(
        None, description="Of an entry of the history of which the person was not cleared.", examples=["robbery"]
    )

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"give at least one of {', '.join(type(self).model_fields)}")
        return self
