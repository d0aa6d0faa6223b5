"""What may be done to the record of a missing person or of an unidentified body, and which dates can be true."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import product
from typing import Final

from services.missing_persons.models import (
    Body,
    BodyReport,
    BodySearch,
    BodyStatus,
    Identification,
    MissingPerson,
    PersonReport,
    PersonSearch,
    PersonStatus,
)
from shared import names
from shared.dates import FUTURE_ALLOWED, earliest_of
from shared.errors import IllegalStep, Refusal
from shared.identity import Caller
from shared.names import fold
from shared.people import Sex
from shared.records.service_kit import Revision, create_record, entry_fields, require_owner

# As long as the fingerprints and DNA taken from them.
BODY_KEPT_FOR: Final = timedelta(days=15 * 365)


class BornAfterLastSeen(Refusal, status=422, code="born-after-last-seen", title="Born after being last seen"):
    """No day that the date of birth may mean is on or before the day on which the person was last seen."""


class LastSeenInFuture(Refusal, status=422, code="last-seen-in-future", title="Last seen in the future"):
    """The day on which the person was last seen is after today."""


class ReportedTooEarly(Refusal, status=422, code="reported-too-early", title="Reported before being last seen"):
    """The police report is older than the day on which the person was last seen."""


class ReportInFuture(Refusal, status=422, code="report-in-future", title="The police report lies in the future"):
    """The date of the police report is after today."""


class BodyFoundInFuture(Refusal, status=422, code="body-found-in-future", title="Found in the future"):
    """The day on which the body was found is after today."""


def report_person(report: PersonReport, *, by: Caller, revision: Revision) -> MissingPerson:
    """Return the record of a person that a bureau reports missing. Raises what `require_possible_dates` raises."""
    require_possible_dates(report, today=revision.at.date())
    return create_record(MissingPerson, report, by=by, revision=revision, status=PersonStatus.MISSING)


def correct_person(person: MissingPerson, report: PersonReport, *, by: Caller, revision: Revision) -> MissingPerson:
    """Return the record with a new report. Raises NotTheOwner, IllegalStep, and what `report_person` raises."""
    require_owner(person, by)
    _require_missing(person, "corrected")
    require_possible_dates(report, today=revision.at.date())
    return person.next_version(revision.at, **entry_fields(report))


def mark_found(person: MissingPerson, *, by: Caller, revision: Revision) -> MissingPerson:
    """Return the record of a person who was found: from then on for its owner alone. Raises NotTheOwner, IllegalStep.

    How and where is not recorded: an adult who was found may not want that to be known.
    """
    require_owner(person, by)
    _require_missing(person, "found")
    return person.next_version(revision.at, status=PersonStatus.FOUND)


def withdraw_person(person: MissingPerson, *, by: Caller, revision: Revision) -> MissingPerson:
    """Return the record as withdrawn: from then on for its owner alone. Raises NotTheOwner, IllegalStep."""
    require_owner(person, by)
    if person.status is PersonStatus.WITHDRAWN:
        raise IllegalStep(f"record {person.id} is withdrawn already")
    return person.next_version(revision.at, status=PersonStatus.WITHDRAWN)


def report_body(report: BodyReport, *, by: Caller, revision: Revision) -> Body:
    """Return the record of a body that a bureau cannot identify. Raises BodyFoundInFuture."""
    _require_found_before(report, today=revision.at.date())
    return create_record(Body, report, by=by, revision=revision, kept_for=BODY_KEPT_FOR, status=BodyStatus.UNIDENTIFIED)


def correct_body(body: Body, report: BodyReport, *, by: Caller, revision: Revision) -> Body:
    """Return the record with a new report. Raises NotTheOwner, IllegalStep, BodyFoundInFuture."""
    require_owner(body, by)
    _require_unidentified(body, "corrected")
    _require_found_before(report, today=revision.at.date())
    return body.next_version(revision.at, **entry_fields(report))


def mark_identified(body: Body, identification: Identification, *, by: Caller, revision: Revision) -> Body:
    """Return the record of a body that was identified: from then on for its owner alone.

    Raises NotTheOwner, IllegalStep.
    """
    require_owner(body, by)
    _require_unidentified(body, "identified")
    return body.next_version(revision.at, status=BodyStatus.IDENTIFIED, identified_by=identification.evidence)


def withdraw_body(body: Body, *, by: Caller, revision: Revision) -> Body:
    """Return the record as withdrawn: from then on for its owner alone. Raises NotTheOwner, IllegalStep."""
    require_owner(body, by)
    if body.status is BodyStatus.WITHDRAWN:
        raise IllegalStep(f"record {body.id} is withdrawn already")
    return body.next_version(revision.at, status=BodyStatus.WITHDRAWN)


def names_of(person: PersonReport) -> list[str]:
    """Return the full names under which a person is found: with the family name, with that at birth, and others."""
    families = filter(None, (person.family_name, person.birth_name))
    own = [f"{person.forename} {family}" if person.forename else family for family in families]
    return [*own, *person.other_names]


def person_query_terms(search: PersonSearch) -> Iterable[str]:
    """Return the words under which a search for a person is kept: those of its name, or else country and sex."""
    return names.query_terms(search.name) if search.name is not None else [_facts(search.country, search.sex)]


def person_record_terms(person: MissingPerson) -> Iterable[str]:
    """Return the words under which the searches are looked up that a person might fit."""
    return names.record_terms(names_of(person)) | _facts_met(person.last_seen_country, person.sex)


def body_query_terms(search: BodySearch) -> Iterable[str]:
    """Return the words under which a search for a body is kept: country and sex."""
    return [_facts(search.country, search.sex)]


def body_record_terms(body: Body) -> Iterable[str]:
    """Return the words under which the searches are looked up that a body might fit."""
    return _facts_met(body.found_country, body.sex)


def _facts_met(country: str, sex: Sex) -> set[str]:
    # Where the sex is not known it may be any that is asked for.
    sexes = (None, *Sex) if sex is Sex.UNKNOWN else (None, sex)
    return {_facts(*asked) for asked in product((None, country), sexes)}


def _facts(country: str | None, sex: Sex | None) -> str:
    # No name is spelled with these signs when it is compared.
    return f"{country or '?'} {sex or '?'}"


def place_key(place: str) -> str:
    """Return the form in which places are compared: words in lower case ASCII."""
    return " ".join(fold(place))


def require_possible_dates(report: PersonReport, *, today: date) -> None:
    """Require dates that can be true together.

    Raises BornAfterLastSeen, LastSeenInFuture, ReportedTooEarly, ReportInFuture.
    """
    seen, reported, born = report.last_seen_date, report.report_date, report.date_of_birth
    if born is not None and earliest_of(born) > seen:
        raise BornAfterLastSeen(f"date_of_birth: {born} is after {seen}, when the person was last seen")
    if seen > today + FUTURE_ALLOWED:
        raise LastSeenInFuture(f"last_seen_date: {seen} has not come yet")
    if reported < seen:
        raise ReportedTooEarly(f"report_date: {reported} is before {seen}, when the person was last seen")
    if reported > today + FUTURE_ALLOWED:
        raise ReportInFuture(f"report_date: {reported} has not come yet")


def _require_found_before(report: BodyReport, *, today: date) -> None:
    if report.found_date > today + FUTURE_ALLOWED:
        raise BodyFoundInFuture(f"found_date: {report.found_date} has not come yet")


def _require_missing(person: MissingPerson, done: str) -> None:
    if person.status is not PersonStatus.MISSING:
        raise IllegalStep(f"record {person.id} is {person.status}: only a person who is missing can be {done}")


def _require_unidentified(body: Body, done: str) -> None:
    if body.status is not BodyStatus.UNIDENTIFIED:
        raise IllegalStep(f"record {body.id} is {body.status}: only an unidentified body can be {done}")
