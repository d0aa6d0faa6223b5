"""How a search matches a criminal file, and why; by what it is found. No input or output."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.notices.offences import OffenceCategory
from services.notices.persons.criminal_history import in_force
from services.notices.persons.entries import ACCUSED, PersonFile, PersonFileStatus
from services.notices.persons.queries import PersonFileQuery
from services.notices.subjects import matching as subject_matching
from services.notices.subjects.matching import Met, compare_subject, hit_in, met_by
from shared.people import StatusOfPerson
from shared.records import service_kit as kit

ANY_ACCUSED: Final = frozenset(ACCUSED)


def offences_of(file: PersonFile) -> list[OffenceCategory]:
    """Return the offences of the entries of which the person was not cleared, each once."""
    return list(dict.fromkeys(case.offence.category for case in in_force(file.history)))


def statuses_sought(query: PersonFileQuery) -> frozenset[StatusOfPerson]:
    """Return whose files a search finds: of the accused, and of witnesses and victims only if asked (article 44)."""
    return ANY_ACCUSED if query.person_status is None else frozenset({query.person_status})


def match(record: PersonFile, query: PersonFileQuery, at: datetime) -> kit.Hit[PersonFile] | None:
    """Return the hit of a search in one file, None if it does not fit or is not in force."""
    if record.status is not PersonFileStatus.IN_FORCE or not _facts_fit(record, query):
        return None
    met = met_by(record.subject, query, at)
    return hit(record, query, met) if met else None


def compare(record: PersonFile, query: PersonFileQuery, at: datetime) -> list[kit.Comparison]:
    """Return whether a file is in force, and how it meets each thing that a search asks for."""
    is_in_force, held = record.status is PersonFileStatus.IN_FORCE, record.subject.person_status
    comparisons = [kit.compared("status", "in force", record.status, is_met=is_in_force)]
    sought = statuses_sought(query)
    if query.person_status is not None or held not in sought:
        comparisons.append(kit.compared("person_status", ", ".join(sorted(sought)), held, is_met=held in sought))
    if query.offence is not None:
        offences = offences_of(record)
        is_met = query.offence in offences
        comparisons.append(kit.compared("offence", query.offence, ", ".join(offences), is_met=is_met))
    return [*comparisons, *compare_subject(record.subject, query, at)]


def _facts_fit(file: PersonFile, query: PersonFileQuery) -> bool:
    is_of_offence = query.offence in {None, *offences_of(file)}
    return is_of_offence and file.subject.person_status in statuses_sought(query)


def hit(record: PersonFile, query: PersonFileQuery, met: Met) -> kit.Hit[PersonFile]:
    """Return the hit in a file whose person meets a search."""
    return hit_in(record, record.subject, query, met, {"offence": ", ".join(offences_of(record))})


def query_terms(query: PersonFileQuery) -> Iterable[str]:
    """Return the terms under which a search is stored."""
    return subject_matching.query_terms(query, query.offence)


def record_terms(record: PersonFile) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a file might fit."""
    return subject_matching.record_terms(record.subject, offences_of(record))
