"""The criteria of notices of each colour and of diffusions, each with the article that it rests on (RPD, constitution).

Each check names what is missing by a JSON pointer, so that a form can show it at the field.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, NamedTuple

from services.notices.colours import Colour
from services.notices.criteria import contradictions, judicial_checks, subject_checks, translations
from services.notices.criteria.contradictions import DatedCheck
from services.notices.criteria.excess import MAX_CHARACTERS, MAX_CHARGES, is_not_excessive
from services.notices.criteria.subject_checks import IDENTIFYING, Check, Fault, needs
from services.notices.entries import CommonEntry
from services.notices.lifecycle import IN_FORCE, TO_REVIEW, NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.warrants import LEAST_MAXIMUM_PENALTY_MONTHS, LEAST_SENTENCE_MONTHS
from shared.errors import Refusal, fault

__all__ = ["CRITERIA", "IDENTIFYING", "Fault", "Incomplete", "faults_of", "require_complete", "require_plausible"]


class Incomplete(Refusal, status=422, code="notice-incomplete", title="The notice lacks what its colour requires"):
    """Something is missing or contradicts itself; `errors` names each thing by a JSON pointer, with its article."""


class Criterion(NamedTuple):
    """What a notice must have, the article that asks for it, and the check of it."""

    article: str
    asks: str
    check: Check
    of_notices: bool = True
    of_diffusions: bool = True
    applies: Callable[[CommonEntry], bool] = lambda _: True
    """Whether the content states what the check is about: without that nothing can be wrong with it yet."""

    def is_of(self, *, is_diffusion: bool) -> bool:
        """Return whether it is asked of a diffusion, or else of a notice."""
        return self.of_diffusions if is_diffusion else self.of_notices


class Consistency(NamedTuple):
    """What cannot be in a notice of any colour, and the check of it."""

    article: str
    asks: str
    check: DatedCheck


_A_PERSON = subject_checks.subject_is("person")
_ORDINARY_CRIME: Final = (
    Criterion(
        "constitution, article 3",
        "no offence of a political, military, religious or racial category",
        judicial_checks.is_ordinary_crime,
        applies=judicial_checks.has_offences,
    ),
    Criterion(
        "RPD article 83(1)(a)(i)",
        "no offence of behaviour, family or administrative category, unless it serves a serious crime",
        judicial_checks.is_serious_crime,
        applies=judicial_checks.has_offences,
    ),
)
_STATUS: Final = Criterion("RPD article 44", "the status of a person", subject_checks.needs_status)
# RPD articles 97 to 99: a diffusion for arrest needs the same, but for what article 83 asks of notices alone.
_RED: Final = (
    Criterion("RPD article 82", "a person as subject", _A_PERSON),
    Criterion(
        "RPD article 83(2)(a)",
        "family name and forename, or the single name of a person with one",
        subject_checks.needs_full_name,
    ),
    Criterion("RPD article 83(2)(a)", "the sex", subject_checks.needs_sex),
    Criterion(
        "RPD article 83(2)(a)",
        "the date of birth, as far as known",
        needs("subject/date_of_birth", "the date of birth, as far as known"),
    ),
    Criterion(
        "RPD article 83(2)(a)",
        "a description, photograph, fingerprints, DNA or a document",
        subject_checks.needs_means_of_identification,
        of_diffusions=False,
    ),
    Criterion(
        "RPD article 83(2)(b)",
        "a warrant or judgment with country and reference; of each charge words, law and category",
        judicial_checks.needs_warrants,
    ),
    Criterion(
        "RPD article 83(1)(b)",
        f"for prosecution a maximum penalty of {LEAST_MAXIMUM_PENALTY_MONTHS} months or more; to serve a sentence "
        f"{LEAST_SENTENCE_MONTHS} months or more, imposed or remaining; of one warrant at least",
        judicial_checks.needs_gravity,
        of_diffusions=False,
        applies=judicial_checks.has_warrants,
    ),
    Criterion(
        "RPD article 83(2)(b)",
        "a sentence only to be served, of which not more remains than was imposed",
        judicial_checks.sentences_agree,
        applies=judicial_checks.has_warrants,
    ),
    *_ORDINARY_CRIME,
    Criterion("RPD article 84(b)", "the statement that extradition will be sought", judicial_checks.needs_extradition),
    Criterion("RPD article 83(2)(b)", "the facts of the case", needs("facts", "the facts of the case")),
    Criterion("RPD article 83(2)(b)", "the time of the facts", needs("event/date", "when it was")),
    Criterion("RPD article 83(2)(b)", "the place of the facts", needs("event/place", "where it was")),
)
_BLUE: Final = (
    Criterion("RPD article 88", "a person as subject", _A_PERSON),
    *_ORDINARY_CRIME,
    Criterion(
        "RPD article 88(2)(c)", "the name, or a means of identification", subject_checks.needs_name_or_identification
    ),
    Criterion(
        "RPD article 88(2)(c)", "the facts of the investigation", needs("facts", "the facts of the investigation")
    ),
)
_GREEN: Final = (
    Criterion("RPD article 89", "a person as subject", _A_PERSON),
    *_ORDINARY_CRIME,
    Criterion("RPD article 89(2)(d)", "a name", subject_checks.needs_any_name),
    Criterion("RPD article 89(2)(d)", "a means of identification", subject_checks.needs_means_of_identification),
    Criterion(
        "RPD article 89(2)(b)",
        "the assessment that the person is a danger, and its grounds",
        needs("facts", "the assessment that the person is a danger, and its grounds"),
    ),
    Criterion(
        "RPD article 89(2)(c)",
        "a conviction (status `convicted`), or the offence that is another ground",
        subject_checks.needs_ground_of_warning,
    ),
)
_YELLOW: Final = (
    Criterion("RPD article 90", "a person as subject", _A_PERSON),
    Criterion(
        "RPD article 90(2)(d)", "the name, or a means of identification", subject_checks.needs_name_or_identification
    ),
    Criterion(
        "RPD article 90(2)(a)",
        "the reference of the police report",
        needs("police_report", "the reference of the police report"),
    ),
    Criterion(
        "RPD article 90(2)(d)",
        "of a missing person the last known place and the circumstances",
        subject_checks.needs_last_seen,
    ),
)
_BLACK: Final = (
    Criterion("RPD article 91", "a person as subject", _A_PERSON),
    Criterion("RPD article 91(2)(c)", "a photograph, fingerprints or DNA", subject_checks.needs_evidence),
    Criterion("RPD article 91(2)(a)", "the day on which the body was found", needs("event/date", "when it was")),
    Criterion("RPD article 91(2)(a)", "the place where it was found", needs("event/place", "where it was")),
)
_PURPLE: Final = (
    Criterion("RPD article 92", "an object or way of acting as subject", subject_checks.subject_is("object")),
    Criterion(
        "RPD article 92",
        "a name for the object or the way of acting",
        needs("subject/name", "a name for the object or the way of acting"),
    ),
    Criterion(
        "RPD article 92",
        "how it works, or how it is hidden",
        needs("subject/description", "how it works, or how it is hidden"),
    ),
)
_ORANGE: Final = (
    Criterion("RPD article 93", "a name for the threat", subject_checks.needs_title("a name for the threat")),
    *_ORDINARY_CRIME,
    Criterion("RPD article 93", "what the threat is", needs("facts", "what the threat is")),
)
_SILVER: Final = (
    Criterion(
        "silver pilot of 2025",
        "the name of the person or of the asset",
        subject_checks.needs_title("the name of the person or of the asset"),
    ),
    *_ORDINARY_CRIME,
    Criterion(
        "silver pilot of 2025",
        "the crime from which the assets come",
        needs("facts", "the crime from which the assets come"),
    ),
)
_UN_SPECIAL: Final = (
    Criterion("RPD article 95", "a person or entity as subject", subject_checks.subject_is("person", "entity")),
    Criterion("RPD article 95", "the listed name", subject_checks.needs_title("the listed name")),
    Criterion(
        "RPD article 95",
        "reference and resolution of the listing",
        needs("un_listing", "reference and resolution of the listing"),
    ),
    Criterion("RPD article 97", "never sent as a diffusion", subject_checks.is_no_diffusion, of_notices=False),
)
CRITERIA: Final[dict[Colour, tuple[Criterion, ...]]] = {
    Colour.RED: (*_RED, _STATUS),
    Colour.BLUE: (*_BLUE, _STATUS),
    Colour.GREEN: (*_GREEN, _STATUS),
    Colour.YELLOW: (*_YELLOW, _STATUS),
    Colour.BLACK: (*_BLACK, _STATUS),
    Colour.ORANGE: (*_ORANGE, _STATUS),
    Colour.PURPLE: _PURPLE,
    Colour.SILVER: (*_SILVER, _STATUS),
    Colour.UN_SPECIAL: (*_UN_SPECIAL, _STATUS),
}
CONSISTENCY: Final = (
    Consistency("RPD article 12", "an event that is past", contradictions.event_is_past),
    Consistency("RPD article 12", "a birth that is past, of each identity", contradictions.birth_is_past),
    Consistency("RPD article 12", "an event after the birth", contradictions.event_is_after_birth),
    Consistency("RPD article 12", "warrants that were issued", contradictions.warrants_are_past),
    Consistency(
        "RPD article 12", "a warrant issued after the event, one at least", contradictions.warrants_are_after_event
    ),
    Consistency(
        "RPD article 12",
        "translations of texts that it has, and of all its charges or none",
        translations.translations_agree,
    ),
    Consistency(
        "RPD article 12",
        f"at most {MAX_CHARACTERS:,} characters of text and {MAX_CHARGES} charges",
        is_not_excessive,
    ),
)
"""Of all colours: data must be accurate and not excessive (RPD article 12)."""


def require_complete(content: CommonEntry, today: date, *, is_diffusion: bool = False) -> None:
    """Require that a notice, or a diffusion, contains all that its colour requires. Raises Incomplete."""
    if faults := list(faults_of(content, today, is_diffusion=is_diffusion)):
        detail = "; ".join(f"{each.pointer.removeprefix('/')}: {each.detail}" for each in faults)
        what = f"{content.colour} {'diffusion' if is_diffusion else 'notice'}"
        raise Incomplete(f"a {what} lacks {detail}", errors=[fault(each.pointer, each.detail) for each in faults])


def require_plausible(notice: NoticeRecord, today: date) -> None:
    """Require of a corrected notice what it needed to be sent, if it was, and dates that can be. Raises Incomplete."""
    if notice.status in (*IN_FORCE, *TO_REVIEW):
        require_complete(notice, today, is_diffusion=notice.status in (NoticeStatus.DIFFUSED, NoticeStatus.WAITING))
    elif faults := list(_inconsistencies(notice, today)):
        raise Incomplete("the dates of the notice cannot be", errors=[fault(one.pointer, one.detail) for one in faults])


def faults_of(content: CommonEntry, today: date, *, is_diffusion: bool = False) -> Iterator[Fault]:
    """Yield what a notice or diffusion lacks for its colour, and what in it cannot be, each with its article."""
    for each in CRITERIA[content.colour]:
        if each.is_of(is_diffusion=is_diffusion):
            yield from (_citing(each.article, found) for found in each.check(content))
    yield from _inconsistencies(content, today)


def _inconsistencies(content: CommonEntry, today: date) -> Iterator[Fault]:
    for each in CONSISTENCY:
        yield from (_citing(each.article, found) for found in each.check(content, today))


def _citing(article: str, found: Fault) -> Fault:
    return Fault(found.pointer, f"{found.detail} ({article})")
