"""What a notice of each colour must contain before it can be submitted (RPD articles 82 to 95).

Each check names what is missing by a JSON pointer, so that a form can show it at the field.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import starmap
from typing import Any, Final

from services.notices.colours import Colour
from services.notices.lifecycle import IN_FORCE, TO_REVIEW
from services.notices.models import Notice, NoticeContent, Stage, Warrant
from services.notices.subjects import Evidence, Person
from shared.dates import FUTURE_ALLOWED, certainly_before
from shared.errors import Refusal, fault
from shared.people import Sex
from shared.records import service_kit as kit

# Red, RPD article 83: the gravity of the crime, in months.
LEAST_MAXIMUM_PENALTY_MONTHS: Final = 24
LEAST_SENTENCE_MONTHS: Final = 6
# By any of these members a person can be recognised: a description, evidence such as a photograph, or a document.
IDENTIFYING: Final = ("height", "weight", "eyes", "hair", "distinguishing_marks", "evidence", "documents")
MEANS_OF_IDENTIFICATION: Final = f"at least one of {', '.join(IDENTIFYING)}"


class Incomplete(Refusal, status=422, code="notice-incomplete", title="The notice lacks what its colour requires"):
    """Something is missing or contradicts itself; `errors` names each thing by a JSON pointer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is missing or wrong, and where."""

    pointer: str
    detail: str


Check = Callable[[NoticeContent], Iterator[Fault]]


def require_complete(content: NoticeContent, today: date) -> None:
    """Require that a notice contains all that its colour requires. Raises Incomplete."""
    if faults := list(faults_of(content, today)):
        detail = "; ".join(f"{each.pointer.removeprefix('/')}: {each.detail}" for each in faults)
        raise Incomplete(
            f"a {content.colour} notice lacks {detail}", errors=[fault(each.pointer, each.detail) for each in faults]
        )


def require_plausible(notice: Notice, today: date) -> None:
    """Require of a corrected notice what it needed to be sent, if it was, and dates that can be. Raises Incomplete."""
    if notice.status in (*IN_FORCE, *TO_REVIEW):
        require_complete(notice, today)
    elif faults := list(_contradictions(notice, today)):
        raise Incomplete("the dates of the notice cannot be", errors=[fault(one.pointer, one.detail) for one in faults])


def faults_of(content: NoticeContent, today: date) -> Iterator[Fault]:
    """Return what a notice lacks for its colour, and what in it cannot be."""
    for check in (*REQUIRED[content.colour], _needs_status):
        yield from check(content)
    yield from _contradictions(content, today)


def _needs(path: str, wanted: str) -> Check:
    """Return the check that there is a value at a path, such as `subject/name`."""
    names = path.split("/")

    def check(content: NoticeContent) -> Iterator[Fault]:
        value: Any = content
        for name in names:
            value = getattr(value, name, None)
        if not value:
            yield Fault(f"/{path}", wanted)

    return check


def _subject_is(*kinds: str) -> Check:
    def check(content: NoticeContent) -> Iterator[Fault]:
        if content.subject.kind not in kinds:
            yield Fault("/subject/kind", f"must be {' or '.join(kinds)}")

    return check


def _needs_sex(content: NoticeContent) -> Iterator[Fault]:
    if isinstance(content.subject, Person) and content.subject.sex is Sex.UNKNOWN:
        yield Fault("/subject/sex", "M or F")


def _needs_status(content: NoticeContent) -> Iterator[Fault]:
    statuses = content.fitting_statuses()
    if isinstance(content.subject, Person) and (content.subject.person_status or statuses.derived) is None:
        yield Fault("/subject/person_status", f"the status of the person: {kit.listed(statuses.fitting)}")


def _needs_means_of_identification(content: NoticeContent) -> Iterator[Fault]:
    if isinstance(content.subject, Person) and not _can_be_identified(content.subject):
        yield Fault("/subject", f"a means of identification: {MEANS_OF_IDENTIFICATION}")


def _can_be_identified(person: Person) -> bool:
    return any(getattr(person, member) for member in IDENTIFYING)


def _needs_name_or_identification(content: NoticeContent) -> Iterator[Fault]:
    subject = content.subject
    if isinstance(subject, Person) and not subject.name and not _can_be_identified(subject):
        yield Fault("/subject/name", f"the name, or a means of identification: {MEANS_OF_IDENTIFICATION}")


def _needs_evidence(content: NoticeContent) -> Iterator[Fault]:
    if isinstance(content.subject, Person) and not content.subject.evidence:
        yield Fault("/subject/evidence", f"one of {', '.join(Evidence)}")


def _needs_warrants(content: NoticeContent) -> Iterator[Fault]:
    if not content.warrants:
        yield Fault("/warrants", "a warrant of arrest or a judgment")
    for position, warrant in enumerate(content.warrants):
        for name in ("issuing_country", "reference", "charge", "law"):
            if not getattr(warrant, name):
                yield Fault(f"/warrants/{position}/{name}", "its " + name.replace("_", " "))
    faults = [fault for fault in starmap(_too_light, enumerate(content.warrants)) if fault is not None]
    if content.warrants and len(faults) == len(content.warrants):
        yield faults[0]


def _too_light(position: int, warrant: Warrant) -> Fault | None:
    if warrant.stage is Stage.SENTENCE:
        months, least, name = warrant.sentence_months, LEAST_SENTENCE_MONTHS, "sentence_months"
        wanted = f"a sentence of {least} months or more to serve"
    else:
        months, least, name = warrant.maximum_penalty_months, LEAST_MAXIMUM_PENALTY_MONTHS, "maximum_penalty_months"
        wanted = f"a maximum penalty of {least} months or more"
    return None if (months or 0) >= least else Fault(f"/warrants/{position}/{name}", wanted)


_needs_time_and_place: Final = (_needs("event/date", "when it was"), _needs("event/place", "where it was"))

REQUIRED: Final[dict[Colour, tuple[Check, ...]]] = {
    Colour.RED: (
        _subject_is("person"),
        _needs("subject/name", "the family name"),
        _needs("subject/forename", "the forename"),
        _needs_sex,
        _needs("subject/date_of_birth", "the date of birth, as far as known"),
        _needs_means_of_identification,
        _needs_warrants,
        _needs("facts", "the facts of the case"),
        *_needs_time_and_place,
    ),
    Colour.BLUE: (
        _subject_is("person"),
        _needs_name_or_identification,
        _needs("facts", "the facts of the investigation"),
    ),
    Colour.GREEN: (
        _subject_is("person"),
        _needs("subject/name", "the family name"),
        _needs_means_of_identification,
        _needs("facts", "the assessment that the person is a danger, and its grounds"),
    ),
    Colour.YELLOW: (
        _subject_is("person"),
        _needs_name_or_identification,
        _needs("police_report", "the reference of the police report"),
        _needs("last_known_place", "where the person was last known to be"),
        _needs("circumstances", "how the person went missing"),
    ),
    Colour.BLACK: (_subject_is("person"), _needs_evidence, *_needs_time_and_place),
    Colour.ORANGE: (_needs("subject/name", "a name for the threat"), _needs("facts", "what the threat is")),
    Colour.PURPLE: (
        _subject_is("object"),
        _needs("subject/name", "a name for the object or the way of acting"),
        _needs("subject/description", "how it works, or how it is hidden"),
    ),
    Colour.SILVER: (
        _needs("subject/name", "the name of the person or of the asset"),
        _needs("facts", "the crime from which the assets come"),
    ),
    Colour.UN_SPECIAL: (
        _subject_is("person", "entity"),
        _needs("subject/name", "the listed name"),
        _needs("un_listing", "reference and resolution of the listing"),
    ),
}


def _contradictions(content: NoticeContent, today: date) -> Iterator[Fault]:
    latest = today + FUTURE_ALLOWED
    happened = content.event.date if content.event else None
    if happened and certainly_before(latest, happened):
        yield Fault("/event/date", "a date that is not in the future")
    born = content.subject.date_of_birth if isinstance(content.subject, Person) else None
    if born and certainly_before(latest, born):
        yield Fault("/subject/date_of_birth", "a date that is not in the future")
    if born and happened and certainly_before(happened, born):
        yield Fault("/event/date", "a date after the birth")
