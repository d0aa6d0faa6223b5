"""Which earlier refusals are about the same subject as a notice. No input or output."""

from collections.abc import Iterable, Sequence

from services.notices.models import NoticeRecord
from services.notices.screening.particulars import EarlierRefusal
from services.notices.subjects import AnySubject, Person, names_of
from shared import names
from shared.dates import overlaps


def refusals_about(subject: AnySubject, refused: Iterable[NoticeRecord]) -> Sequence[EarlierRefusal]:
    """Return the refusals and cancellations about the same subject: a name that matches, and a birth that may be."""
    return [
        EarlierRefusal(notice.id, notice.decision.reason)
        for notice in refused
        if notice.decision is not None and _may_be_one(subject, notice.subject)
    ]


def _may_be_one(one: AnySubject, other: AnySubject) -> bool:
    known = names_of(other)
    return _births_agree(one, other) and any(
        names.match_names(name, known) is not None or names.match_names(each, [name]) is not None
        for name in names_of(one)
        for each in known
    )


def _births_agree(one: AnySubject, other: AnySubject) -> bool:
    """Return whether two subjects may have been born on one day; what is not known agrees with all."""
    births = [each.date_of_birth for each in (one, other) if isinstance(each, Person) and each.date_of_birth]
    return len(births) < len((one, other)) or overlaps(*births)
