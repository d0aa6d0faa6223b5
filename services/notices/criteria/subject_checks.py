"""What can be checked of the subject and the texts of a notice: each check yields what is missing, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from services.notices.entries import CommonEntry, GreenEntry, YellowEntry
from services.notices.subjects.models import Evidence, Person, names_of
from shared.people import Sex, StatusOfPerson
from shared.records import service_kit as kit

# By any of these members a person can be recognised: a description, evidence such as a photograph, or a document.
IDENTIFYING: Final = ("height", "weight", "eyes", "hair", "distinguishing_marks", "evidence", "documents")
MEANS_OF_IDENTIFICATION: Final = f"at least one of {', '.join(IDENTIFYING)}, or a photograph"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is missing or wrong, and where."""

    pointer: str
    detail: str


Check = Callable[[CommonEntry], Iterator[Fault]]


def needs(path: str, wanted: str) -> Check:
    """Return the check that there is a value at a path, such as `subject/name`."""
    names = path.split("/")

    def check(content: CommonEntry) -> Iterator[Fault]:
        value: Any = content
        for name in names:
            value = getattr(value, name, None)
        if not value:
            yield Fault(f"/{path}", wanted)

    return check


def needs_title(wanted: str) -> Check:
    """Return the check that the subject, whatever it is, has a name."""

    def check(content: CommonEntry) -> Iterator[Fault]:
        if not names_of(content.subject):
            yield Fault("/subject/name", wanted)

    return check


def subject_is(*kinds: str) -> Check:
    """Return the check that the subject is of one of these kinds."""

    def check(content: CommonEntry) -> Iterator[Fault]:
        if content.subject.kind not in kinds:
            yield Fault("/subject/kind", f"must be {' or '.join(kinds)}")

    return check


def needs_sex(content: CommonEntry) -> Iterator[Fault]:
    """Yield that the sex of a person is unknown."""
    if isinstance(content.subject, Person) and content.subject.sex is Sex.UNKNOWN:
        yield Fault("/subject/sex", "M or F")


def needs_status(content: CommonEntry) -> Iterator[Fault]:
    """Yield that a person has no status, and the colour does not say it."""
    if not isinstance(content.subject, Person):
        return
    statuses = content.fitting_statuses()
    if (content.subject.person_status or statuses.derived) is None:
        yield Fault("/subject/person_status", f"the status of the person: {kit.listed(statuses.fitting)}")


def needs_means_of_identification(content: CommonEntry) -> Iterator[Fault]:
    """Yield that nothing but the name tells who a person is."""
    if isinstance(content.subject, Person) and not _can_be_identified(content):
        yield Fault("/subject", f"a means of identification: {MEANS_OF_IDENTIFICATION}")


def _can_be_identified(content: CommonEntry) -> bool:
    return _has_photographs(content) or any(getattr(content.subject, member, None) for member in IDENTIFYING)


def _has_photographs(content: CommonEntry) -> bool:
    """Return whether a notice has photographs, which an entry has not."""
    return bool(getattr(content, "photographs", ()))


def needs_name_or_identification(content: CommonEntry) -> Iterator[Fault]:
    """Yield that a person has neither a name nor anything else to be recognised by."""
    subject = content.subject
    if isinstance(subject, Person) and not (subject.single_name or subject.name) and not _can_be_identified(content):
        yield Fault("/subject/name", f"the name, or a means of identification: {MEANS_OF_IDENTIFICATION}")


def needs_evidence(content: CommonEntry) -> Iterator[Fault]:
    """Yield that a body has neither photograph nor fingerprints nor DNA."""
    if isinstance(content.subject, Person) and not content.subject.evidence and not _has_photographs(content):
        yield Fault("/subject/evidence", f"one of {', '.join(Evidence)}")


def needs_full_name(content: CommonEntry) -> Iterator[Fault]:
    """Yield what lacks of the name of a person: a single name is whole, and has no forename."""
    if not isinstance(content.subject, Person) or content.subject.single_name:
        return
    if not content.subject.name:
        yield Fault("/subject/name", "the family name, or the single name (`single_name`) of a person with one name")
    elif not content.subject.forename:
        yield Fault("/subject/forename", "the forename, or the one name as `single_name` if the person has no other")


def needs_any_name(content: CommonEntry) -> Iterator[Fault]:
    """Yield that a person has no name at all."""
    if isinstance(content.subject, Person) and not content.subject.single_name and not content.subject.name:
        yield Fault("/subject/name", "the family name, or the single name (`single_name`) of a person with one name")


def needs_ground_of_warning(content: CommonEntry) -> Iterator[Fault]:
    """Yield that a warning rests neither on a conviction nor on an offence that is stated."""
    if not isinstance(content, GreenEntry) or content.offence:
        return
    if content.subject.person_status is not StatusOfPerson.CONVICTED:
        wanted = "the offence that the warning rests on, as the person is not convicted (`person_status`)"
        yield Fault("/offence", wanted)


def needs_last_seen(content: CommonEntry) -> Iterator[Fault]:
    """Yield what lacks of how a person went missing; of one who cannot identify themselves nothing is asked."""
    if not isinstance(content, YellowEntry):
        return
    if content.subject.person_status is StatusOfPerson.UNABLE_TO_IDENTIFY:
        return
    if not content.last_known_place:
        yield Fault("/last_known_place", "where the person was last known to be")
    if not content.circumstances:
        yield Fault("/circumstances", "how the person went missing")


def is_no_diffusion(content: CommonEntry) -> Iterator[Fault]:
    """Yield that what is sent as a diffusion can only be a notice."""
    yield Fault("/colour", f"another colour: a {content.colour} notice is never sent as a diffusion; submit it")
