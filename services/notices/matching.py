"""How a search matches a notice, and why; by what it is found. No input or output."""

from collections.abc import Iterable
from datetime import datetime

from services.notices.lifecycle import IN_FORCE
from services.notices.models import Notice, NoticeRecord
from services.notices.queries import NoticeQuery
from services.notices.subjects import matching as subject_matching
from services.notices.subjects.matching import Met, hit_in, met_by
from services.notices.subjects.models import Person
from shared.records import service_kit as kit


def match(record: Notice, query: NoticeQuery, at: datetime) -> kit.Hit[Notice] | None:
    """Return the hit of a search in one notice, None if it does not fit or is not in force."""
    if record.status not in IN_FORCE or not _facts_fit(record, query):
        return None
    met = met_by(record.subject, query, at)
    return hit(record, query, met) if met else None


def _facts_fit(notice: Notice, query: NoticeQuery) -> bool:
    status = notice.subject.person_status if isinstance(notice.subject, Person) else None
    return query.colour in {None, notice.colour} and query.person_status in {None, status}


def hit(record: Notice, query: NoticeQuery, met: Met) -> kit.Hit[Notice]:
    """Return the hit in a notice whose subject meets a search."""
    return hit_in(record, record.subject, query, met, {"colour": record.colour})


def query_terms(query: NoticeQuery) -> Iterable[str]:
    """Return the terms under which a search is stored."""
    return subject_matching.query_terms(query, query.colour)


def record_terms(record: NoticeRecord) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a notice might fit."""
    return subject_matching.record_terms(record.subject, [record.colour])
