"""What may be done to a criminal file, who sees it, and how long it is kept. Pure."""

from datetime import datetime, timedelta
from typing import Any, Final

from services.notices.criminal_history import in_force
from services.notices.person_entries import PersonEntry, PersonFile, PersonFileStatus
from services.notices.person_requirements import require_accused, require_complete
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


def restated(file: PersonFile, entry: PersonEntry, at: datetime) -> PersonFile:
    """Return the next version of a file with another entry, with its state and its term. Raises DoesNotFit."""
    changed = file.next_version(at, **kit.input_fields(entry))
    changes: dict[str, Any] = {"status": state_of(changed)}
    changed = changed.model_copy(update=changes)
    return changed.model_copy(update={"expires": _expires(file, changed, at)})


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
    """Return until when a changed file is kept: a longer term starts anew, and none extends a shorter one."""
    if after.status is PersonFileStatus.ENDED:
        return min(before.expires, at + REVIEWED_YEARLY)
    former, term = kept_for(before), kept_for(after)
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
    """Return whether a version no longer shows others an entry as they have it: their copies are to be replaced."""
    return not set(in_force(before.history)) <= set(in_force(after.history))
