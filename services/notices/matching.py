"""How a search matches a notice, and why; by what it is found. No input or output."""

from collections.abc import Iterable
from datetime import datetime

from services.notices.lifecycle import IN_FORCE
from services.notices.models import Notice, NoticeRecord
from services.notices.queries import NoticeQuery
from services.notices.subjects import matching as subject_matching
from services.notices.subjects.matching import Met, compare_subject, hit_in, met_by
from services.notices.subjects.models import Person
from shared.people import StatusOfPerson
from shared.records import service_kit as kit


def match(record: Notice, query: NoticeQuery, at: datetime) -> kit.Hit[Notice] | None:
    """Return the hit of a search in one notice, None if it does not fit or is not in force."""
    if record.status not in IN_FORCE or not _facts_fit(record, query):
        return None
    met = met_by(record.subject, query, at)
    return hit(record, query, met) if met else None


def compare(record: Notice, query: NoticeQuery, at: datetime) -> list[kit.Comparison]:
    """Return whether a notice is in force, and how it meets each thing that a search asks for."""
    is_in_force = record.status in IN_FORCE
    comparisons = [kit.compared("status", "in force", record.status, is_met=is_in_force)]
    if query.colour is not None:
        is_met = record.colour == query.colour
        comparisons.append(kit.compared("colour", query.colour, record.colour, is_met=is_met))
    if query.person_status is not None:
        held = _person_status(record)
        is_met = held == query.person_status
        comparisons.append(kit.compared("person_status", query.person_status, held, is_met=is_met))
    return [*comparisons, *compare_subject(record.subject, query, at)]


def _person_status(notice: Notice) -> StatusOfPerson | None:
    return notice.subject.person_status if isinstance(notice.subject, Person) else None


def _facts_fit(notice: Notice, query: NoticeQuery) -> bool:
    return query.colour in {None, notice.colour} and query.person_status in {None, _person_status(notice)}


def hit(record: Notice, query: NoticeQuery, met: Met) -> kit.Hit[Notice]:
    """Return the hit in a notice whose subject meets a search."""
    return hit_in(record, record.subject, query, met, {"colour": record.colour})


def query_terms(query: NoticeQuery) -> Iterable[str]:
    """Return the terms under which a search is stored."""
    return subject_matching.query_terms(query, query.colour)


def record_terms(record: NoticeRecord) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a notice might fit."""
    return subject_matching.record_terms(record.subject, [record.colour])
