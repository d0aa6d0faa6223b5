"""What may be done to the record of a missing person or of an unidentified body, and which dates can be true."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import product
from typing import Final, TypeVar

from services.missing_persons.models import (
    Body,
    BodyReport,
    BodyStatus,
    Identification,
    MissingPerson,
    PersonReport,
    PersonStatus,
)
from services.missing_persons.queries import BodySearch, PersonSearch
from shared import names
from shared.dates import FUTURE_ALLOWED, certainly_before, last_day
from shared.errors import IllegalStep, Refusal
from shared.identity import Caller
from shared.names import fold
from shared.people import Sex
from shared.records import service_kit as kit

Case = TypeVar("Case", MissingPerson, Body)

OPEN: Final = frozenset({PersonStatus.MISSING, BodyStatus.UNIDENTIFIED})
# As long as the fingerprints and DNA taken from them.
BODY_KEPT_FOR: Final = timedelta(days=15 * 365)


class BornAfterLastSeen(Refusal, status=422, code="born-after-last-seen", title="Born after being last seen"):
    """No day that the date of birth may mean is on or before one on which the person may have been last seen."""


class LastSeenInFuture(Refusal, status=422, code="last-seen-in-future", title="Last seen in the future"):
    """Each day on which the person may have been last seen is after today."""


class ReportedTooEarly(Refusal, status=422, code="reported-too-early", title="Reported before being last seen"):
    """The police report is older than each day on which the person may have been last seen."""


class ReportInFuture(Refusal, status=422, code="report-in-future", title="The police report is in the future"):
    """The date of the police report is after today."""


class BodyFoundInFuture(Refusal, status=422, code="body-found-in-future", title="Found in the future"):
    """Each day on which the body may have been found is after today."""


class DiedAfterFound(Refusal, status=422, code="died-after-found", title="Died after being found"):
    """No day that the date of death may mean is on or before one on which the body may have been found."""


def report_person(report: PersonReport, by: Caller, revision: kit.Revision) -> MissingPerson:
    """Return the record of a person that a bureau reports missing. Raises what `require_possible_dates` raises."""
    require_possible_dates(report, today=revision.at.date())
    return kit.create_record(MissingPerson, report, by=by, revision=revision, status=PersonStatus.MISSING)


def report_body(report: BodyReport, by: Caller, revision: kit.Revision) -> Body:
    """Return the record of a body that a bureau cannot identify. Raises BodyFoundInFuture, DiedAfterFound."""
    require_possible_dates(report, today=revision.at.date())
    status = BodyStatus.UNIDENTIFIED
    return kit.create_record(Body, report, by=by, revision=revision, kept_for=BODY_KEPT_FOR, status=status)


def correct(case: Case, report: PersonReport | BodyReport, by: Caller, revision: kit.Revision) -> Case:
    """Return the record with a new report. Raises NotTheOwner, IllegalStep, and as `require_possible_dates`."""
    _require_open(case, by, "corrected")
    require_possible_dates(report, today=revision.at.date())
    return case.next_version(revision.at, **kit.input_fields(report))


def mark_found(person: MissingPerson, by: Caller, revision: kit.Revision) -> MissingPerson:
    """Return the record of a person who was found: from then on for its owner alone. Raises NotTheOwner, IllegalStep.

    How and where is not recorded: an adult who was found may not want that to be known.
    """
    _require_open(person, by, "found")
    return person.next_version(revision.at, status=PersonStatus.FOUND)


def mark_identified(body: Body, identification: Identification, by: Caller, revision: kit.Revision) -> Body:
    """Return the record of an identified body: from then on for its owner alone. Raises NotTheOwner, IllegalStep."""
    _require_open(body, by, "identified")
    return body.next_version(revision.at, status=BodyStatus.IDENTIFIED, identified_by=identification.evidence)


def withdraw(case: Case, by: Caller, revision: kit.Revision) -> Case:
    """Return the record as withdrawn: from then on for its owner alone. Raises NotTheOwner, IllegalStep."""
    kit.require_owner(case, by)
    withdrawn = PersonStatus.WITHDRAWN if isinstance(case, MissingPerson) else BodyStatus.WITHDRAWN
    if case.status is withdrawn:
        raise IllegalStep(f"record {case.id} is withdrawn already")
    return case.next_version(revision.at, status=withdrawn)


def audience(record: MissingPerson | Body) -> kit.Audience:
    """Return who besides the owner may know: all, until the case is solved or the record withdrawn."""
    return kit.Audience.ALL if record.status in OPEN else kit.Audience.OWNER


def is_solved(record: MissingPerson | Body) -> bool:
    """Return whether the person was found, as most are within days, or the body identified."""
    return record.status in {PersonStatus.FOUND, BodyStatus.IDENTIFIED}


def names_of(record: PersonReport) -> list[str]:
    """Return the full names under which a person is found: with the family name, with that at birth, and others."""
    families = filter(None, (record.family_name, record.birth_name))
    own = [f"{record.forename} {family}" if record.forename else family for family in families]
    return [*own, *record.other_names]


def query_terms(query: PersonSearch | BodySearch) -> Iterable[str]:
    """Return the terms under which a search is stored: those of its name, or else country and sex."""
    if isinstance(query, PersonSearch) and query.name is not None:
        return names.query_terms(query.name)
    return [_facts(query.country, query.sex)]


def record_terms(record: MissingPerson | Body) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a record might fit."""
    # Where the sex is not known it may be any that is asked for.
    sexes = (None, *Sex) if record.sex is Sex.UNKNOWN else (None, record.sex)
    country = record.found_country if isinstance(record, Body) else record.last_seen_country
    facts = {_facts(*asked) for asked in product((None, country), sexes)}
    return facts if isinstance(record, Body) else facts | names.record_terms(names_of(record))


def _facts(country: str | None, sex: Sex | None) -> str:
    # No name is spelled with these signs when it is compared.
    return f"{country or '?'} {sex or '?'}"


def place_key(place: str) -> str:
    """Return the form in which places are compared: words in lower case ASCII."""
    return " ".join(fold(place))


def require_possible_dates(report: PersonReport | BodyReport, *, today: date) -> None:
    """Require dates that can be true together: one day of each is enough.

    Raises BornAfterLastSeen, LastSeenInFuture, ReportedTooEarly, ReportInFuture, of a body BodyFoundInFuture,
    DiedAfterFound.
    """
    latest = today + FUTURE_ALLOWED
    if isinstance(report, BodyReport):
        _require_possible_death(report, latest)
        return
    seen, reported, born = report.last_seen_date, report.report_date, report.date_of_birth
    if certainly_before(latest, seen):
        raise LastSeenInFuture(f"{seen} is in the future: state a day up to today", at="/last_seen_date")
    if reported > latest:
        raise ReportInFuture(f"{reported} is in the future: state a day up to today", at="/report_date")
    if certainly_before(reported, seen):
        detail = f"{reported} is before {seen}, when the person was last seen"
        raise ReportedTooEarly(detail, at="/report_date")
    if born is not None and certainly_before(min(last_day(seen), reported), born):
        detail = f"{born} is after {seen}, when the person was last seen"
        raise BornAfterLastSeen(detail, at="/date_of_birth")


def _require_possible_death(report: BodyReport, latest: date) -> None:
    found, died = report.found_date, report.died
    if certainly_before(latest, found):
        raise BodyFoundInFuture(f"{found} is in the future: state a day up to today", at="/found_date")
    if died is not None and certainly_before(min(last_day(found), latest), died):
        raise DiedAfterFound(f"{died} is after {found}, when the body was found", at="/died")


def _require_open(case: MissingPerson | Body, by: Caller, done: str) -> None:
    kit.require_owner(case, by)
    if case.status not in OPEN:
        only = "a person who is missing" if isinstance(case, MissingPerson) else "an unidentified body"
        raise IllegalStep(f"record {case.id} is {case.status}: only {only} can be {done}")
