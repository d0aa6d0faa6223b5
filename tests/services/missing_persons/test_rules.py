"""The life of a record: who may take which step in which state, and how long it is kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.missing_persons import rules
from services.missing_persons.models import (
    Body,
    BodyReport,
    BodyStatus,
    Identification,
    IdentificationEvidence,
    MissingPerson,
    PersonReport,
    PersonStatus,
)
from shared.errors import IllegalStep, NotTheOwner
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.services.missing_persons.records import (
    GERMANY,
    NETHERLANDS,
    NOW,
    missing_person,
    person_report,
    unidentified_body,
)
from tests.services.missing_persons.samples import BODY, PERSON

LATER = Revision(uuid7(NOW), NOW + timedelta(hours=1))
BY_TEETH = Identification(evidence=(IdentificationEvidence.DENTAL,))


def test_a_reported_person_is_missing_and_kept_for_five_years() -> None:
    """The record belongs to the reporting bureau, and starts at version 1."""
    person = missing_person()
    assert (person.status, person.owner, person.version) == (PersonStatus.MISSING, "NL", 1)
    assert person.expires == NOW + timedelta(days=5 * 365)


def test_a_reported_body_is_unidentified_and_kept_for_fifteen_years() -> None:
    """The record belongs to the reporting bureau."""
    body = unidentified_body()
    assert (body.status, body.owner) == (BodyStatus.UNIDENTIFIED, "NL")
    assert body.expires == NOW + timedelta(days=15 * 365)


PERSON_STEPS: dict[str, Callable[..., MissingPerson]] = {
    "found": rules.mark_found,
    "withdrawn": rules.withdraw,
    "corrected": lambda person, **how: rules.correct(person, person_report(), **how),
}
BODY_STEPS: dict[str, Callable[..., Body]] = {
    "identified": lambda body, **how: rules.mark_identified(body, BY_TEETH, **how),
    "withdrawn": rules.withdraw,
    "corrected": lambda body, **how: rules.correct(body, BodyReport.model_validate(BODY), **how),
}


@pytest.mark.parametrize("step", PERSON_STEPS.values(), ids=PERSON_STEPS)
def test_only_the_owner_changes_the_record_of_a_person(step: Callable[..., MissingPerson]) -> None:
    """Another bureau can neither close, withdraw nor correct it; each step of the owner makes a new version."""
    with pytest.raises(NotTheOwner):
        step(missing_person(), by=GERMANY, revision=LATER)
    changed = step(missing_person(), by=NETHERLANDS, revision=LATER)
    assert (changed.version, changed.updated) == (2, LATER.at)


@pytest.mark.parametrize("step", BODY_STEPS.values(), ids=BODY_STEPS)
def test_only_the_owner_changes_the_record_of_a_body(step: Callable[..., Body]) -> None:
    """Another bureau can neither close, withdraw nor correct it; each step of the owner makes a new version."""
    with pytest.raises(NotTheOwner):
        step(unidentified_body(), by=GERMANY, revision=LATER)
    changed = step(unidentified_body(), by=NETHERLANDS, revision=LATER)
    assert (changed.version, changed.updated) == (2, LATER.at)


@pytest.mark.parametrize(
    ("before", "step"),
    [("found", "found"), ("found", "corrected"), ("withdrawn", "found"), ("withdrawn", "withdrawn")],
)
def test_a_closed_case_of_a_person_refuses_further_steps(before: str, step: str) -> None:
    """A person is found once, and a withdrawn record remains withdrawn."""
    closed = PERSON_STEPS[before](missing_person(), by=NETHERLANDS, revision=LATER)
    with pytest.raises(IllegalStep):
        PERSON_STEPS[step](closed, by=NETHERLANDS, revision=LATER)


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ("identified", "identified"),
        ("identified", "corrected"),
        ("withdrawn", "identified"),
        ("withdrawn", "withdrawn"),
    ],
)
def test_a_closed_case_of_a_body_refuses_further_steps(before: str, step: str) -> None:
    """A body is identified once, and a withdrawn record remains withdrawn."""
    closed = BODY_STEPS[before](unidentified_body(), by=NETHERLANDS, revision=LATER)
    with pytest.raises(IllegalStep):
        BODY_STEPS[step](closed, by=NETHERLANDS, revision=LATER)


def test_a_closed_case_can_be_withdrawn() -> None:
    """The owner may withdraw the record of a person found and of a body identified."""
    found = rules.mark_found(missing_person(), by=NETHERLANDS, revision=LATER)
    identified = rules.mark_identified(unidentified_body(), BY_TEETH, by=NETHERLANDS, revision=LATER)
    assert rules.withdraw(found, by=NETHERLANDS, revision=LATER).status is PersonStatus.WITHDRAWN
    withdrawn = rules.withdraw(identified, by=NETHERLANDS, revision=LATER)
    assert (withdrawn.status, withdrawn.identified_by) == (BodyStatus.WITHDRAWN, (IdentificationEvidence.DENTAL,))


def test_a_correction_replaces_the_whole_report() -> None:
    """Facts that the new report leaves out are removed; id, creation and expiry are kept."""
    person = missing_person()
    report = PersonReport.model_validate({**PERSON, "birth_name": None, "forename": "Julia", "marks": []})
    corrected = rules.correct(person, report, by=NETHERLANDS, revision=LATER)
    assert (corrected.birth_name, corrected.forename, corrected.marks) == (None, "Julia", ())
    assert (corrected.id, corrected.created, corrected.expires) == (person.id, person.created, person.expires)
