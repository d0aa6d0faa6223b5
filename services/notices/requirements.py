"""What a notice of each colour must contain before it can be submitted (RPD articles 82 to 95).

Each check names what is missing by a JSON pointer, so that a form can show it at the field.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import starmap
from typing import Any, Final

from services.notices.colours import Colour
from services.notices.entries import CommonEntry, RedEntry, YellowEntry
from services.notices.lifecycle import IN_FORCE, TO_REVIEW
from services.notices.models import NoticeRecord
from services.notices.offences import EXCLUDED, FORBIDDEN, Offence
from services.notices.subjects import Evidence, Part, Person, names_of
from services.notices.warrants import Charge, Stage, Warrant
from shared.dates import FUTURE_ALLOWED, certainly_before
from shared.errors import Refusal, fault
from shared.people import Sex, StatusOfPerson
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


Check = Callable[[CommonEntry], Iterator[Fault]]


def require_complete(content: CommonEntry, today: date) -> None:
    """Require that a notice contains all that its colour requires. Raises Incomplete."""
    if faults := list(faults_of(content, today)):
        detail = "; ".join(f"{each.pointer.removeprefix('/')}: {each.detail}" for each in faults)
        raise Incomplete(
            f"a {content.colour} notice lacks {detail}", errors=[fault(each.pointer, each.detail) for each in faults]
        )


def require_plausible(notice: NoticeRecord, today: date) -> None:
    """Require of a corrected notice what it needed to be sent, if it was, and dates that can be. Raises Incomplete."""
    if notice.status in (*IN_FORCE, *TO_REVIEW):
        require_complete(notice, today)
    elif faults := list(_contradictions(notice, today)):
        raise Incomplete("the dates of the notice cannot be", errors=[fault(one.pointer, one.detail) for one in faults])


def faults_of(content: CommonEntry, today: date) -> Iterator[Fault]:
    """Return what a notice lacks for its colour, and what in it cannot be."""
    for check in (*REQUIRED[content.colour], _needs_status):
        yield from check(content)
    yield from _contradictions(content, today)


def _needs(path: str, wanted: str) -> Check:
    """Return the check that there is a value at a path, such as `subject/name`."""
    names = path.split("/")

    def check(content: CommonEntry) -> Iterator[Fault]:
        value: Any = content
        for name in names:
            value = getattr(value, name, None)
        if not value:
            yield Fault(f"/{path}", wanted)

    return check


def _needs_title(wanted: str) -> Check:
    """Return the check that the subject, whatever it is, has a name."""

    def check(content: CommonEntry) -> Iterator[Fault]:
        if not names_of(content.subject):
            yield Fault("/subject/name", wanted)

    return check


def _subject_is(*kinds: str) -> Check:
    def check(content: CommonEntry) -> Iterator[Fault]:
        if content.subject.kind not in kinds:
            yield Fault("/subject/kind", f"must be {' or '.join(kinds)}")

    return check


def _needs_sex(content: CommonEntry) -> Iterator[Fault]:
    if isinstance(content.subject, Person) and content.subject.sex is Sex.UNKNOWN:
        yield Fault("/subject/sex", "M or F")


def _needs_status(content: CommonEntry) -> Iterator[Fault]:
    if not isinstance(content.subject, Person):
        return
    statuses = content.fitting_statuses()
    if (content.subject.person_status or statuses.derived) is None:
        yield Fault("/subject/person_status", f"the status of the person: {kit.listed(statuses.fitting)}")


def _needs_means_of_identification(content: CommonEntry) -> Iterator[Fault]:
    if isinstance(content.subject, Person) and not _can_be_identified(content.subject):
        yield Fault("/subject", f"a means of identification: {MEANS_OF_IDENTIFICATION}")


def _can_be_identified(person: Person) -> bool:
    return any(getattr(person, member) for member in IDENTIFYING)


def _needs_name_or_identification(content: CommonEntry) -> Iterator[Fault]:
    subject = content.subject
    if isinstance(subject, Person) and not (subject.single_name or subject.name) and not _can_be_identified(subject):
        yield Fault("/subject/name", f"the name, or a means of identification: {MEANS_OF_IDENTIFICATION}")


def _needs_evidence(content: CommonEntry) -> Iterator[Fault]:
    if isinstance(content.subject, Person) and not content.subject.evidence:
        yield Fault("/subject/evidence", f"one of {', '.join(Evidence)}")


def _needs_full_name(content: CommonEntry) -> Iterator[Fault]:
    """Yield what lacks of the name of a person: a single name is whole, and has no forename beside it."""
    if not isinstance(content.subject, Person) or content.subject.single_name:
        return
    if not content.subject.name:
        yield Fault("/subject/name", "the family name, or the single name (`single_name`) of a person with one name")
    elif not content.subject.forename:
        yield Fault("/subject/forename", "the forename, or the one name as `single_name` if the person has no other")


def _needs_any_name(content: CommonEntry) -> Iterator[Fault]:
    if isinstance(content.subject, Person) and not content.subject.single_name and not content.subject.name:
        yield Fault("/subject/name", "the family name, or the single name (`single_name`) of a person with one name")


def _needs_warrants(content: CommonEntry) -> Iterator[Fault]:
    if not isinstance(content, RedEntry):
        return
    if not content.warrants:
        yield Fault("/warrants", "a warrant of arrest or a judgment")
    for position, warrant in enumerate(content.warrants):
        yield from _missing(warrant, f"/warrants/{position}", "issuing_country", "reference")
        for pointer, charge in _charges(position, warrant):
            yield from _missing(charge, pointer, "charge", "law", "offence")
    faults = [fault for fault in starmap(_too_light, enumerate(content.warrants)) if fault is not None]
    if content.warrants and len(faults) == len(content.warrants):
        yield faults[0]


def _missing(part: Part, pointer: str, *names: str) -> Iterator[Fault]:
    for name in names:
        if not getattr(part, name):
            yield Fault(f"{pointer}/{name}", "its " + name.replace("_", " "))


def _charges(position: int, warrant: Warrant) -> Iterator[tuple[str, Charge]]:
    """Yield the charges of a warrant, each with its pointer."""
    pointer = f"/warrants/{position}"
    yield pointer, warrant
    for place, charge in enumerate(warrant.further_charges):
        yield f"{pointer}/further_charges/{place}", charge


def _too_light(position: int, warrant: Warrant) -> Fault | None:
    if warrant.stage is Stage.SENTENCE:
        months = max(warrant.sentence_imposed_months or 0, warrant.sentence_remaining_months or 0)
        least, name = LEAST_SENTENCE_MONTHS, "sentence_imposed_months"
        wanted = f"a sentence of {least} months or more, imposed or remaining"
    else:
        months = max(charge.maximum_penalty_months or 0 for charge in warrant.charges)
        least, name = LEAST_MAXIMUM_PENALTY_MONTHS, "maximum_penalty_months"
        wanted = f"a maximum penalty of {least} months or more"
    return None if months >= least else Fault(f"/warrants/{position}/{name}", wanted)


def _needs_extradition(content: CommonEntry) -> Iterator[Fault]:
    if isinstance(content, RedEntry) and not content.extradition_sought:
        yield Fault("/extradition_sought", "true: the statement that extradition will be sought")


def _needs_last_seen(content: CommonEntry) -> Iterator[Fault]:
    if not isinstance(content, YellowEntry):
        return
    if content.subject.person_status is StatusOfPerson.UNABLE_TO_IDENTIFY:
        return
    if not content.last_known_place:
        yield Fault("/last_known_place", "where the person was last known to be")
    if not content.circumstances:
        yield Fault("/circumstances", "how the person went missing")


def _needs_lawful_offence(content: CommonEntry) -> Iterator[Fault]:
    """Yield offences that may not be the ground of a notice (RPD article 83; constitution, article 3)."""
    for pointer, offence in _offences(content):
        if what := FORBIDDEN.get(offence.category):
            yield Fault(f"{pointer}/category", f"an offence under ordinary law: {what} is never the ground of a notice")
        elif (what := EXCLUDED.get(offence.category)) and not offence.serves_serious_crime:
            wanted = (
                f"a serious crime under ordinary law: {what} is not, unless serves_serious_crime says which it serves"
            )
            yield Fault(f"{pointer}/category", wanted)


def _offences(content: CommonEntry) -> Iterator[tuple[str, Offence]]:
    if isinstance(content, RedEntry):
        for position, warrant in enumerate(content.warrants):
            yield from (
                (f"{pointer}/offence", charge.offence)
                for pointer, charge in _charges(position, warrant)
                if charge.offence is not None
            )
    elif isinstance(offence := getattr(content, "offence", None), Offence):
        yield "/offence", offence


_needs_time_and_place: Final = (_needs("event/date", "when it was"), _needs("event/place", "where it was"))

REQUIRED: Final[dict[Colour, tuple[Check, ...]]] = {
    Colour.RED: (
        _subject_is("person"),
        _needs_full_name,
        _needs_sex,
        _needs("subject/date_of_birth", "the date of birth, as far as known"),
        _needs_means_of_identification,
        _needs_warrants,
        _needs_lawful_offence,
        _needs_extradition,
        _needs("facts", "the facts of the case"),
        *_needs_time_and_place,
    ),
    Colour.BLUE: (
        _subject_is("person"),
        _needs_lawful_offence,
        _needs_name_or_identification,
        _needs("facts", "the facts of the investigation"),
    ),
    Colour.GREEN: (
        _subject_is("person"),
        _needs_lawful_offence,
        _needs_any_name,
        _needs_means_of_identification,
        _needs("facts", "the assessment that the person is a danger, and its grounds"),
    ),
    Colour.YELLOW: (
        _subject_is("person"),
        _needs_name_or_identification,
        _needs("police_report", "the reference of the police report"),
        _needs_last_seen,
    ),
    Colour.BLACK: (_subject_is("person"), _needs_evidence, *_needs_time_and_place),
    Colour.ORANGE: (
        _needs_title("a name for the threat"),
        _needs_lawful_offence,
        _needs("facts", "what the threat is"),
    ),
    Colour.PURPLE: (
        _subject_is("object"),
        _needs("subject/name", "a name for the object or the way of acting"),
        _needs("subject/description", "how it works, or how it is hidden"),
    ),
    Colour.SILVER: (
        _needs_title("the name of the person or of the asset"),
        _needs_lawful_offence,
        _needs("facts", "the crime from which the assets come"),
    ),
    Colour.UN_SPECIAL: (
        _subject_is("person", "entity"),
        _needs_title("the listed name"),
        _needs("un_listing", "reference and resolution of the listing"),
    ),
}


def _contradictions(content: CommonEntry, today: date) -> Iterator[Fault]:
    latest = today + FUTURE_ALLOWED
    happened = content.event.date if content.event else None
    if happened and certainly_before(latest, happened):
        yield Fault("/event/date", "a date that is not in the future")
    born = content.subject.date_of_birth if isinstance(content.subject, Person) else None
    if born and certainly_before(latest, born):
        yield Fault("/subject/date_of_birth", "a date that is not in the future")
    if born and happened and certainly_before(happened, born):
        yield Fault("/event/date", "a date after the birth")
