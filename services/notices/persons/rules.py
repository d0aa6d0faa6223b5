"""What may be done to a criminal file, who sees it, and how long it is kept. Pure."""

from datetime import datetime, timedelta
from typing import Any, Final

from services.notices.persons.criminal_history import convictions, in_force
from services.notices.persons.entries import ACCUSED, PersonEntry, PersonFile, PersonFileStatus
from services.notices.persons.requirements import require_accused, require_complete
from services.notices.subjects.models import names_of
from shared.errors import IllegalStep
from shared.identity import Caller
from shared.people import StatusOfPerson
from shared.records import service_kit as kit

# RPD article 50: a person who is not convicted is reviewed each year, and the owner is asked half a year before.
REVIEWED_YEARLY: Final = timedelta(days=365)


def enter(entry: PersonEntry, by: Caller, revision: kit.Revision) -> PersonFile:
    """Return the file of a person. Raises FileIncomplete, StatusDoesNotFit, PurposeDoesNotFit."""
    in_force_now = PersonFileStatus.IN_FORCE
    term = _term_of(entry.subject.person_status)
    file = kit.create_record(PersonFile, entry, by=by, revision=revision, kept_for=term, status=in_force_now)
    require_complete(file, revision.at.date())
    require_accused(file)
    return file


def correct(file: PersonFile, entry: PersonEntry, by: Caller, revision: kit.Revision) -> PersonFile:
    """Return the file with another entry; it ends where that clears the person of all.

    Raises NotTheOwner, IllegalStep, FileIncomplete, StatusDoesNotFit, PurposeDoesNotFit.
    """
    kit.require_owner(file, by)
    if file.status is PersonFileStatus.WITHDRAWN:
        raise IllegalStep(f"file {file.id} is withdrawn: enter a new one")
    corrected = restated(file, entry, revision.at)
    require_complete(corrected, revision.at.date())
    return corrected


def withdraw(file: PersonFile, by: Caller, revision: kit.Revision) -> PersonFile:
    """Return the file as withdrawn: from then on for its owner alone. Raises NotTheOwner, IllegalStep."""
    kit.require_owner(file, by)
    if file.status is PersonFileStatus.WITHDRAWN:
        raise IllegalStep(f"file {file.id} is withdrawn already")
    return file.next_version(revision.at, status=PersonFileStatus.WITHDRAWN)


def add_photograph(file: PersonFile, photograph: kit.Photograph, by: Caller, revision: kit.Revision) -> PersonFile:
    """Return the file with one more photograph, at once. Raises NotTheOwner, IllegalStep, PhotographsFull."""
    require_photographable(file, by)
    added = kit.with_photograph(file, photograph).photographs
    return file.next_version(revision.at, photographs=added)


def remove_photograph(file: PersonFile, photograph_id: str, by: Caller, revision: kit.Revision) -> PersonFile:
    """Return the file without a photograph, in whatever state it is. Raises NotTheOwner, NotFound."""
    kit.require_owner(file, by)
    return file.next_version(revision.at, photographs=kit.without_photograph(file, photograph_id).photographs)


def require_photographable(file: PersonFile, by: Caller) -> None:
    """Require the owner, and a file in force: there is no ground for more about a person who was cleared.

    Raises NotTheOwner, IllegalStep.
    """
    kit.require_owner(file, by)
    if file.status is not PersonFileStatus.IN_FORCE:
        raise IllegalStep(f"file {file.id} is {file.status}: only one in force gets photographs")


def restated(file: PersonFile, entry: PersonEntry, at: datetime) -> PersonFile:
    """Return the next version of a file with another entry, with its state and its term. Raises DoesNotFit."""
    changed = file.next_version(at, **kit.input_fields(entry))
    changed = changed.model_copy(update=derived(changed))
    return changed.model_copy(update={"expires": _expires(file, changed, at)})


def derived(file: PersonFile) -> dict[str, Any]:
    """Return what follows from the history of a file: its state, and that it has no photographs once it has ended.

    There is no ground then to keep those of a person who was cleared of all (RPD article 51).
    """
    state = state_of(file)
    return {"status": state, "photographs": ()} if state is PersonFileStatus.ENDED else {"status": state}


def state_of(file: PersonFile) -> PersonFileStatus:
    """Return the state of a file: it ends when the person was cleared of all its entries (RPD article 51)."""
    if file.status is PersonFileStatus.WITHDRAWN:
        return file.status
    return PersonFileStatus.IN_FORCE if in_force(file.history) else PersonFileStatus.ENDED


def kept_for(file: PersonFile) -> timedelta:
    """Return the term of a file: 5 years for the convicted, a year for all others, and none once it has ended.

    RPD articles 49 and 50; what has ended is not renewed (article 51).
    """
    if file.status is PersonFileStatus.ENDED:
        return timedelta(0)
    return _term_of(file.subject.person_status)


def _term_of(status: StatusOfPerson) -> timedelta:
    return kit.DEFAULT_RETENTION if status is StatusOfPerson.CONVICTED else REVIEWED_YEARLY


def _expires(before: PersonFile, after: PersonFile, at: datetime) -> datetime:
    """Return until when a changed file is kept: a longer term starts anew, and none extends a shorter one.

    The convicted are kept for 5 years after the last conviction that was entered (RPD article 49).
    """
    if after.status is PersonFileStatus.ENDED:
        return min(before.expires, at + REVIEWED_YEARLY)
    former, term = kept_for(before), kept_for(after)
    if len(convictions(after.history)) > len(convictions(before.history)):
        return max(before.expires, at + term)
    if term == former:
        return before.expires
    return at + term if term > former else min(before.expires, at + term)


def audience(record: PersonFile) -> kit.Audience:
    """Return who besides the owner may know: all while it is in force, and nobody once it ended."""
    return kit.Audience.ALL if record.status is PersonFileStatus.IN_FORCE else kit.Audience.OWNER


def is_cleared(record: PersonFile) -> bool:
    """Return whether it ended because the person was cleared, so that this does not count as taking it back."""
    return record.status is PersonFileStatus.ENDED


def takes_back(before: PersonFile, after: PersonFile) -> bool:
    """Return whether others have an entry or a photograph that a version does not show, or a status that accuses more.

    Their copies are to be replaced then.
    """
    has_all = set(in_force(before.history)) <= set(in_force(after.history))
    has_photographs = set(before.photographs) <= set(after.photographs)
    return not (has_all and has_photographs) or _accusation(before) > _accusation(after)


def is_of_another(before: PersonFile, after: PersonFile) -> bool:
    """Return whether a version names another person, or another birth or sex."""
    return _person(before) != _person(after)


def _person(file: PersonFile) -> tuple[object, ...]:
    return (names_of(file.subject), file.subject.date_of_birth, file.subject.sex)


def _accusation(file: PersonFile) -> int:
    """Return how far a status accuses: a witness or victim of nothing, a convict most."""
    return ACCUSED.index(file.person_status) + 1 if file.person_status in ACCUSED else 0
