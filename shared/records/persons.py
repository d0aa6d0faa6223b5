"""Records about a person: each states the status of the person (RPD article 44)."""

from abc import abstractmethod
from typing import Annotated, Final, Self

from pydantic import Field

from shared.people import StatusOfPerson
from shared.records.fitting import FittingStatuses, required_status
from shared.records.policy import RecordInput

STATUS_DESCRIPTION: Final = "The status of the person in the case (RPD article 44)."
PersonStatusMember = Annotated[StatusOfPerson, Field(description=STATUS_DESCRIPTION)]


class PersonInput(RecordInput):
    """What the owner enters with a record about one person."""

    person_status: StatusOfPerson | None = Field(
        None,
        description=f"{STATUS_DESCRIPTION} Without it, the only one or the usual one that fits, if there is one.",
        examples=[None],
    )

    @abstractmethod
    def fitting_statuses(self) -> FittingStatuses:
        """Return the statuses that the person may have in this record."""

    def resolved(self) -> Self:
        """Return the entry with its status and its purpose. Raises StatusDoesNotFit, PurposeDoesNotFit."""
        status = required_status(self.person_status, self.fitting_statuses(), "/person_status")
        return super(PersonInput, self.model_copy(update={"person_status": status})).resolved()
