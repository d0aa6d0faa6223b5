"""What may be done to the record of a work of art."""

from datetime import datetime
from typing import Any, Final

from services.cultural_property.entry_warnings import entry_warnings
from services.cultural_property.measurements import as_compared
from services.cultural_property.models import Work, WorkDescription, WorkStatus
from shared.errors import Refusal
from shared.identity import Caller
from shared.personal_data import require_no_personal_data
from shared.records import service_kit as kit

SOUGHT: Final = frozenset({WorkStatus.STOLEN, WorkStatus.ORIGIN_SOUGHT})
ADVICE: Final = "describe the object or the place alone; no holder, victim or insurer, no address or number to call"
UNTIL_ENDED: Final = kit.SoughtUntilEnded[Work](
    "a work that is sought",
    member="status",
    is_sought=lambda work: work.status in SOUGHT,
    recovered=WorkStatus.RECOVERED,
    withdrawn=WorkStatus.WITHDRAWN,
)
recover = UNTIL_ENDED.recover
withdraw = UNTIL_ENDED.withdraw


class NotIdentifiable(
    Refusal, status=409, code="not-identifiable", title="Nothing would tell the object from all others"
):
    """It has no marking or feature with two measurements: add these before its last photograph goes."""


def enter(description: WorkDescription, by: Caller, revision: kit.Revision) -> Work:
    """Return the record of a work that a bureau enters. Raises EventInFuture, PersonalData."""
    kit.require_past_event(description.event_date, today=revision.at.date())
    require_acceptable(description)
    status = status_of(description)
    derived = derived_from(description)
    return kit.create_record(Work, description, by=by, revision=revision, status=status, **derived)


def correct(work: Work, description: WorkDescription, by: Caller, revision: kit.Revision) -> Work:
    """Return the record with a new description. Raises NotTheOwner, IllegalStep and what `enter` raises."""
    kit.require_owner(work, by)
    UNTIL_ENDED.require_sought(work, "corrected")
    kit.require_past_event(description.event_date, today=revision.at.date())
    return restate(work, description, at=revision.at)


def restate(work: Work, description: WorkDescription, *, at: datetime) -> Work:
    """Return the record with a new description and what follows from it. Raises PersonalData."""
    require_acceptable(description)
    status = status_of(description) if work.status in SOUGHT else work.status
    return work.next_version(at, **kit.input_fields(description), status=status, **derived_from(description))


def status_of(description: WorkDescription) -> WorkStatus:
    """Return the state of a work that is sought."""
    return WorkStatus.ORIGIN_SOUGHT if description.origin_sought else WorkStatus.STOLEN


def derived_from(description: WorkDescription) -> dict[str, Any]:
    """Return the fields of a record that follow from its entry."""
    return {"compared": as_compared(description.measurements), "warnings": entry_warnings(description)}


def require_acceptable(description: WorkDescription) -> None:
    """Require no personal data in free texts. Raises PersonalData."""
    require_no_personal_data(description.free_texts(), ADVICE, quoted=description.quoted_texts())


def is_sought(work: Work) -> bool:
    """Return whether a work is still sought, and told from all others by words or a photograph."""
    return work.status in SOUGHT and is_told_apart(work)


def is_told_apart(work: Work) -> bool:
    """Return whether words or a photograph tell a work from all others."""
    return work.is_described or bool(work.photographs)


def audience(record: Work) -> kit.Audience:
    """Return who besides the owner may know of a work: all while it is sought, everybody if it is public."""
    if not is_sought(record):
        return kit.Audience.OWNER
    return kit.Audience.PUBLIC if record.public else kit.Audience.ALL


def add_photograph(work: Work, photograph: kit.Photograph, by: Caller, revision: kit.Revision) -> Work:
    """Return the work with one more photograph, at once. Raises NotTheOwner, IllegalStep, PhotographsFull."""
    require_photographable(work, by)
    return work.next_version(revision.at, photographs=kit.with_photograph(work, photograph).photographs)


def remove_photograph(work: Work, photograph_id: str, by: Caller, revision: kit.Revision) -> Work:
    """Return the work without a photograph. Raises NotTheOwner, NotFound, NotIdentifiable."""
    kit.require_owner(work, by)
    left = kit.without_photograph(work, photograph_id).photographs
    if is_sought(work) and not left and not work.is_described:
        raise NotIdentifiable(
            f"record {work.id} has no marking or feature with two measurements: add these before its last photograph "
            "goes, or withdraw it"
        )
    return work.next_version(revision.at, photographs=left)


def require_photographable(work: Work, by: Caller) -> None:
    """Require the owner, and a work that is still sought. Raises NotTheOwner, IllegalStep."""
    kit.require_owner(work, by)
    UNTIL_ENDED.require_sought(work, "photographed")
