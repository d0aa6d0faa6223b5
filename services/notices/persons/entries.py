"""What a bureau enters of a person: identities, status, criminal history; and the criminal file that it becomes."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field

from services.notices.entries import names_by_pointer, require_one_kind_of_name
from services.notices.persons.criminal_history import HistoryEntry, in_force
from services.notices.persons.example import EXAMPLE
from services.notices.subjects.models import Person
from shared.identity import Caller, Purpose, examines
from shared.people import LongText, StatusOfPerson, require_visible
from shared.records import service_kit as kit

MAX_HISTORY: Final = 100

# RPD article 10(2): on criminal history and activities first, then to recognise the person.
PURPOSES: Final = (Purpose.CRIMINAL_INVESTIGATION, Purpose.IDENTIFICATION, Purpose.CRIME_ANALYSIS)
# A victim or witness is no object of analyses of crime.
PURPOSES_OF_THE_PROTECTED: Final = (Purpose.CRIMINAL_INVESTIGATION, Purpose.IDENTIFICATION)
ACCUSED: Final = (StatusOfPerson.SUSPECT, StatusOfPerson.CHARGED, StatusOfPerson.CONVICTED)
PROTECTED: Final = (StatusOfPerson.WITNESS, StatusOfPerson.VICTIM)
STATUSES: Final = kit.FittingStatuses((*ACCUSED, *PROTECTED), None)


class PersonFileStatus(StrEnum):
    """The state of a criminal file; all but `in-force` hide it from all but its owner."""

    IN_FORCE = "in-force"
    ENDED = "ended"
    """The person was cleared of all its entries."""

    WITHDRAWN = "withdrawn"


class PersonOnFile(Person):
    """A person, as far as known."""

    kind: Literal["person"] = Field("person", description="A person.", examples=["person"])
    person_status: StatusOfPerson = Field(
        description=f"{kit.STATUS_DESCRIPTION} A search finds witnesses and victims only if it asks for them.",
        examples=["convicted"],
    )


class PersonEntry(kit.RecordInput):
    """What the owner enters in a criminal file."""

    subject: PersonOnFile = Field(description="The person, with all their identities.", examples=[EXAMPLE["subject"]])
    history: tuple[HistoryEntry, ...] = Field(
        max_length=MAX_HISTORY,
        description="The cases of which the person is suspected, charged or convicted, or, of a witness or victim, in "
        "which they are one: one at the least.",
        examples=[EXAMPLE["history"]],
        json_schema_extra={"minItems": 1},
    )
    remarks: LongText | None = Field(
        None, description="How the person acts, and what officers should know.", examples=["Works with two others."]
    )

    def require_sound(self) -> None:
        """Require visible names, and one name or two. Raises PydanticCustomError."""
        super().require_sound()
        require_visible(names_by_pointer(self.subject))
        require_one_kind_of_name(self.subject)

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes of a criminal file, by the status of the person."""
        return PURPOSES if self.subject.person_status in ACCUSED else PURPOSES_OF_THE_PROTECTED

    def fitting_statuses(self) -> kit.FittingStatuses:
        """Return the statuses of a person in a criminal file."""
        return STATUSES

    def resolved(self) -> Self:
        """Return the entry with its purpose. Raises StatusDoesNotFit, PurposeDoesNotFit."""
        kit.status_of(self.subject.person_status, self.fitting_statuses(), "/subject/person_status")
        return super().resolved()


class PersonFile(PersonEntry, kit.Record):
    """A criminal file as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: PersonFileStatus
    photographs: kit.Photographs = ()

    @property
    def person_status(self) -> StatusOfPerson:
        """The status of the person."""
        return self.subject.person_status

    def shown_to(self, caller: Caller) -> Self:
        """Return the file as a caller may see it: to others without what the person was cleared of."""
        shown = super().shown_to(caller)
        if caller.bureau == self.owner or examines(caller.bureau, caller.purpose):
            return shown
        return shown.model_copy(update={"history": in_force(self.history)})
