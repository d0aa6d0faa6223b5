"""What lists and searches of criminal files ask for."""

from pydantic import Field

from services.notices.offences import OffenceCategory
from services.notices.persons.entries import PersonFileStatus
from services.notices.subjects.queries import SubjectQuery
from shared.people import StatusOfPerson
from shared.records import service_kit as kit


class PersonFileFilter(kit.RecordPageQuery):
    """Which criminal files a list shows."""

    status: PersonFileStatus | None = Field(None, description="Only those in this state.", examples=["in-force"])
    person_status: StatusOfPerson | None = Field(None, description="Only those about such a person.")


class PersonFileQuery(SubjectQuery):
    """A search for criminal files in force that match all parameters; at least one is required."""

    person_status: StatusOfPerson | None = Field(
        None,
        description="Only files about such a person. Without it suspects, charged and convicted: witnesses and "
        "victims are found only if they are asked for.",
        examples=["convicted"],
    )
    offence: OffenceCategory | None = Field(
        None, description="Of an entry of the history of which the person was not cleared.", examples=["robbery"]
    )
