"""Records of missing persons and of bodies, as reports make them."""

from datetime import UTC, datetime
from typing import Any

from services.missing_persons import rules
from services.missing_persons.models import Body, BodyReport, MissingPerson, PersonReport
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.services.missing_persons.samples import BODY, PERSON
from tests.support import caller

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NETHERLANDS, GERMANY = caller("NL"), caller("DE")


def person_report(**changes: Any) -> PersonReport:
    return PersonReport.model_validate({**PERSON, **changes})


def missing_person(**changes: Any) -> MissingPerson:
    return rules.report_person(person_report(**changes), by=NETHERLANDS, revision=Revision(uuid7(NOW), NOW))


def unidentified_body(**changes: Any) -> Body:
    report = BodyReport.model_validate({**BODY, **changes})
    return rules.report_body(report, by=NETHERLANDS, revision=Revision(uuid7(NOW), NOW))
