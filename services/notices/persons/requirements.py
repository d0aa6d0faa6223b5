"""What a criminal file must state, and what in it cannot be. Each rule names its article, and what to change.

Articles are of INTERPOL's Rules on the Processing of Data (RPD), or of the constitution.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from services.notices.criteria.excess import excess_of
from services.notices.criteria.requirements import Fault
from services.notices.offences import EXCLUDED, FORBIDDEN
from services.notices.persons.criminal_history import CaseOutcome, HistoryEntry, in_force
from services.notices.persons.entries import PROTECTED, PersonEntry
from services.notices.persons.screening import barred_provisions, barred_texts, texts_of
from services.notices.subjects.models import names_of
from shared.dates import FUTURE_ALLOWED, ages_at, certainly_before
from shared.errors import Refusal, fault
from shared.people import StatusOfPerson

# A younger child is held responsible in hardly any country, so the date or the birth is mistyped.
LEAST_AGE: Final = 7

Check = Callable[[PersonEntry, date], Iterator[Fault]]


class FileIncomplete(Refusal, status=422, code="person-file-incomplete", title="The criminal file cannot be so"):
    """Something is missing, contradicts itself or may not be in a criminal file; `errors` says what to change."""


def require_complete(entry: PersonEntry, today: date) -> None:
    """Require what a criminal file needs while it is in force. Raises FileIncomplete."""
    if faults := list(faults_of(entry, today)):
        detail = "; ".join(f"{each.pointer.removeprefix('/')}: {each.detail}" for each in faults)
        raise FileIncomplete(f"the file needs {detail}", errors=[fault(each.pointer, each.detail) for each in faults])


def require_accused(entry: PersonEntry) -> None:
    """Require an entry of which the person was not cleared, of a new file (article 51). Raises FileIncomplete."""
    if not in_force(entry.history):
        detail = "an entry of which the person was not cleared: after an acquittal there is no ground for a file"
        raise FileIncomplete(f"the file needs {detail}", at="/history")


def faults_of(entry: PersonEntry, today: date) -> Iterator[Fault]:
    """Yield what a file lacks, and what in it cannot be; of one with too much text, which is not read, only that."""
    if excess := list(excess_of(texts_of(entry))):
        yield from excess
        return
    for check in CHECKS:
        yield from check(entry, today)


def _needs_name(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield a missing name: a file must lead to one person (article 12, quality)."""
    if not names_of(entry.subject):
        yield Fault("/subject/name", "the family name, or the single name (`single_name`) of a person with one name")


def _needs_history(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield a missing ground: data are kept for a case, not for a person (article 35)."""
    if not entry.history:
        yield Fault("/history", "at least one entry: the case for which the file is kept")


def _needs_sentence(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield convictions without sentence, and the reverse (article 12: accurate, complete)."""
    for pointer, case in _cases(entry):
        is_conviction = case.outcome is CaseOutcome.CONVICTED
        if is_conviction and not (case.sentence and case.sentence.is_stated):
            yield Fault(f"{pointer}/sentence", "the sentence; state the outcome `pending` until it is known")
        if case.sentence is not None and not is_conviction:
            yield Fault(f"{pointer}/sentence", f"no sentence, as the outcome is `{case.outcome}`")
        if case.sentence and case.sentence.suspended and not case.sentence.imprisonment_months:
            yield Fault(f"{pointer}/sentence/imprisonment_months", "the imprisonment that is suspended")
        if is_conviction and case.court is None:
            yield Fault(f"{pointer}/court", "the court that convicted")


def _needs_decision(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield outcomes without a date, and the reverse (article 12)."""
    for pointer, case in _cases(entry):
        is_pending = case.outcome is CaseOutcome.PENDING
        if not is_pending and case.decided is None:
            yield Fault(f"{pointer}/decided", f"when it was decided: the outcome is `{case.outcome}`")
        if is_pending and case.decided is not None:
            yield Fault(f"{pointer}/outcome", "the outcome that was decided, or no `decided`")


def _forbids_article_3(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield political, military, religious and racial offences (constitution, article 3; article 34)."""
    for pointer, case in _cases(entry):
        if what := FORBIDDEN.get(case.offence.category):
            yield Fault(f"{pointer}/offence/category", f"an offence under ordinary law: {what} is never a ground")


def _needs_serious_ground(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield a file that rests on excluded offences alone (articles 35 and 83)."""
    kept = [(pointer, case) for pointer, case in _cases(entry) if case.is_in_force]
    if kept and all(_is_excluded(case) for _, case in kept):
        pointer, case = kept[0]
        what = EXCLUDED[case.offence.category]
        yield Fault(
            f"{pointer}/offence/category",
            f"another entry that is a crime under ordinary law: {what} is not the only ground of a file, unless "
            "serves_serious_crime says which it serves",
        )


def _points_at_no_bar(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield texts and laws that point at a bar of the constitution (articles 2 and 3; article 34)."""
    yield from barred_texts(entry)
    yield from barred_provisions(entry)


def _is_excluded(case: HistoryEntry) -> bool:
    return case.offence.category in EXCLUDED and not case.offence.serves_serious_crime


def _accuses_no_witness(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield outcomes in the file of a witness or victim (article 44: the status says what the data are)."""
    if entry.subject.person_status in PROTECTED:
        for pointer, case in _cases(entry):
            if case.outcome is not CaseOutcome.PENDING:
                wanted = f"`pending`: the file of a {entry.subject.person_status} says in which case they are one"
                yield Fault(f"{pointer}/outcome", wanted)


def _status_is_that_of_the_history(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield a status that contradicts the history (article 44)."""
    kept, status = in_force(entry.history), entry.subject.person_status
    if not kept or status in PROTECTED:
        return
    is_convicted = any(case.outcome is CaseOutcome.CONVICTED for case in kept)
    if status is StatusOfPerson.CONVICTED and not is_convicted:
        yield Fault("/subject/person_status", "`suspect` or `charged`: no conviction in the history stands")
    if status is not StatusOfPerson.CONVICTED and is_convicted:
        yield Fault("/subject/person_status", "`convicted`: the history has a conviction")


def _is_stated_once(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield cases that repeat another (article 12: two entries are read as two crimes)."""
    first = dict[HistoryEntry, str]()
    for pointer, case in _cases(entry):
        if (before := first.setdefault(case, pointer)) != pointer:
            yield Fault(pointer, f"another case, or none: it is that of {before}")


def _births_are_possible(entry: PersonEntry, today: date) -> Iterator[Fault]:
    """Yield births in the future, in any identity (article 12)."""
    births = {"/subject": entry.subject.date_of_birth}
    births |= {f"/subject/identities/{at}": each.date_of_birth for at, each in enumerate(entry.subject.identities)}
    for pointer, born in births.items():
        if born and certainly_before(today + FUTURE_ALLOWED, born):
            yield Fault(f"{pointer}/date_of_birth", "a date that is not in the future")


def _dates_are_possible(entry: PersonEntry, today: date) -> Iterator[Fault]:
    """Yield dates in the future, before the birth, and decisions before the offence (article 12)."""
    latest, born = today + FUTURE_ALLOWED, entry.subject.date_of_birth
    for pointer, case in _cases(entry):
        for name, when in (("date", case.date), ("decided", case.decided)):
            if when and certainly_before(latest, when):
                yield Fault(f"{pointer}/{name}", "a date that is not in the future")
            if when and born and certainly_before(when, born):
                yield Fault(f"{pointer}/{name}", "a date after the birth")
        if case.decided and certainly_before(case.decided, case.date):
            yield Fault(f"{pointer}/decided", "a date that is not before the offence")


def _accuses_no_small_child(entry: PersonEntry, _: date) -> Iterator[Fault]:
    """Yield offences of which a small child would be accused: one of the two dates is wrong (article 12)."""
    born = entry.subject.date_of_birth
    if born is None or entry.subject.person_status in PROTECTED:
        return
    for pointer, case in _cases(entry):
        if not certainly_before(case.date, born) and ages_at(born, case.date)[1] < LEAST_AGE:
            yield Fault(f"{pointer}/date", f"a date on which the person was {LEAST_AGE} at the least, or another birth")


def _cases(entry: PersonEntry) -> Iterator[tuple[str, HistoryEntry]]:
    return ((f"/history/{place}", case) for place, case in enumerate(entry.history))


CHECKS: Final[tuple[Check, ...]] = (
    _needs_name,
    _needs_history,
    _needs_sentence,
    _needs_decision,
    _forbids_article_3,
    _points_at_no_bar,
    _needs_serious_ground,
    _accuses_no_witness,
    _status_is_that_of_the_history,
    _is_stated_once,
    _births_are_possible,
    _dates_are_possible,
    _accuses_no_small_child,
)
