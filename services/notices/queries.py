"""What lists and searches of notices ask for."""

from typing import Annotated, Final

from pydantic import Field

from services.notices.colours import Colour
from services.notices.lifecycle import NoticeStatus
from services.notices.subjects.queries import SubjectQuery
from shared.patterns import in_words
from shared.people import StatusOfPerson
from shared.records import service_kit as kit

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


class NoticeQuery(SubjectQuery):
    """A search for notices in force that match all parameters; at least one is required."""

    colour: Colour | None = Field(None, description="Only notices of this colour.", examples=["red"])
    person_status: StatusOfPerson | None = Field(None, description="Only notices about such a person.")
