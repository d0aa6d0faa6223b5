"""Which records of missing persons and of bodies are valid, and which steps they allow."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.missing_persons import rules
from services.missing_persons.appearance import DentalChart
from services.missing_persons.criteria import Doubt, score
from services.missing_persons.models import (
    Body,
    BodyReport,
    BodySearch,
    BodyStatus,
    Evidence,
    Identification,
    MissingPerson,
    PersonReport,
    PersonSearch,
    PersonStatus,
)
from shared.dates import span_text
from shared.errors import IllegalStep, NotTheOwner, Refusal
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.services.missing_persons.samples import BODY, PERSON
from tests.support import caller

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
LATER = Revision(uuid7(NOW), NOW + timedelta(hours=1))
NETHERLANDS, GERMANY = caller("NL"), caller("DE")
BY_TEETH = Identification(evidence=(Evidence.DENTAL,))


def person_report(**changes: Any) -> PersonReport:
    return PersonReport.model_validate({**PERSON, **changes})


def missing_person(**changes: Any) -> MissingPerson:
    return rules.report_person(person_report(**changes), by=NETHERLANDS, revision=Revision(uuid7(NOW), NOW))


def unidentified_body(**changes: Any) -> Body:
    report = BodyReport.model_validate({**BODY, **changes})
    return rules.report_body(report, by=NETHERLANDS, revision=Revision(uuid7(NOW), NOW))


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


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"date_of_birth": "2026-03-15"}, rules.BornAfterLastSeen),
        ({"date_of_birth": "2026-04"}, rules.BornAfterLastSeen),
        ({"date_of_birth": "2027"}, rules.BornAfterLastSeen),
        ({"last_seen_date": "2026-06-03", "report_date": "2026-06-03"}, rules.LastSeenInFuture),
        ({"report_date": "2026-03-13"}, rules.ReportedTooEarly),
        ({"report_date": "2026-06-03"}, rules.ReportInFuture),
    ],
)
def test_contradictory_dates_are_refused(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    """A person is not seen before their birth or in the future, nor reported before they were last seen."""
    with pytest.raises(refusal, match=r"^(date_of_birth|last_seen_date|report_date): "):
        missing_person(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"date_of_birth": "2026-03-14"},
        {"date_of_birth": "2026-03"},
        {"date_of_birth": "2026"},
        {"date_of_birth": None},
        {"report_date": "2026-03-14"},
        {"last_seen_date": "2026-06-02", "report_date": "2026-06-02"},
    ],
)
def test_consistent_dates_are_accepted(changes: dict[str, Any]) -> None:
    """The birth may be on the day or in the year of the disappearance, and a date may be tomorrow's (time zones)."""
    assert missing_person(**changes).status is PersonStatus.MISSING


def test_a_body_found_in_the_future_is_refused() -> None:
    """Tomorrow is accepted, as it has already come in some time zone."""
    assert unidentified_body(found_date="2026-06-02").found_date == date(2026, 6, 2)
    with pytest.raises(rules.BodyFoundInFuture):
        unidentified_body(found_date="2026-06-03")


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
    assert (withdrawn.status, withdrawn.identified_by) == (BodyStatus.WITHDRAWN, (Evidence.DENTAL,))


def test_a_correction_replaces_the_whole_report() -> None:
    """Facts that the new report leaves out are removed; id, creation and expiry are kept."""
    person = missing_person()
    report = PersonReport.model_validate({**PERSON, "birth_name": None, "forename": "Julia", "marks": []})
    corrected = rules.correct(person, report, by=NETHERLANDS, revision=LATER)
    assert (corrected.birth_name, corrected.forename, corrected.marks) == (None, "Julia", ())
    assert (corrected.id, corrected.created, corrected.expires) == (person.id, person.created, person.expires)


def test_the_names_of_a_person_are_full_names() -> None:
    """The family name and the name at birth each with the forename, and other names as they are."""
    named = person_report(other_names=["Джулия Марлоу"])
    assert rules.names_of(named) == ["Julia Ann Marlowe", "Julia Ann Ostrander", "Джулия Марлоу"]
    assert rules.names_of(person_report(forename=None, birth_name=None)) == ["Marlowe"]


def test_places_are_compared_without_accents_case_and_punctuation() -> None:
    """The key of a place consists of words of lower-case letters and digits."""
    assert rules.place_key("São  Paulo, Estação da LUZ (3)") == "sao paulo estacao da luz 3"


@given(st.lists(st.sampled_from(Doubt)), st.sampled_from([Doubt.POSSIBLE, Doubt.UNKNOWN]))
def test_each_doubt_lowers_the_score(doubts: list[Doubt], another: Doubt) -> None:
    """A score lies between 0 and 1."""
    assert 0 < score([*doubts, another]) < score(doubts) <= 1


def test_a_range_is_written_in_words() -> None:
    """An open end is left out."""
    assert [span_text(30, 45), span_text(30, None), span_text(None, 45)] == ["30 to 45", "from 30", "to 45"]


@pytest.mark.parametrize("tooth", ["19", "00", "56", "90", "9", "111", "3６"])
def test_an_invalid_tooth_number_is_refused(tooth: str) -> None:
    """FDI numbers end at 8, the wisdom tooth, and for milk teeth at 5."""
    with pytest.raises(ValidationError):
        DentalChart.model_validate({"teeth": [{"tooth": tooth, "state": "sound"}]})


def test_two_findings_for_one_tooth_are_refused() -> None:
    """They contradict each other; the refusal names the tooth."""
    with pytest.raises(ValidationError, match="more than one finding for 36"):
        DentalChart.model_validate({"teeth": [{"tooth": "36", "state": "sound"}, {"tooth": "36", "state": "filled"}]})


@pytest.mark.parametrize(
    ("model", "given_values", "reason"),
    [
        (PersonSearch, {}, "at least one of"),
        (PersonSearch, {"age_min": 40, "age_max": 30}, "age_min is greater than age_max"),
        (PersonSearch, {"last_seen_from": "2026-02-01", "last_seen_to": "2026-01-01"}, "last_seen_from is greater"),
        (PersonSearch, {"place": "--"}, "a letter or a digit"),
        (PersonSearch, {"name": "!?"}, "a letter or a digit"),
        (PersonSearch, {"height": 170}, "Extra inputs"),
        (BodySearch, {}, "at least one of"),
        (BodySearch, {"height_min": 180, "height_max": 170}, "height_min is greater than height_max"),
        (BodyReport, {**BODY, "age_min": 50, "age_max": 40}, "age_min is greater than age_max"),
        (PersonReport, {**PERSON, "date_of_birth": "1987-02-29"}, "date_of_birth"),
        (PersonReport, {**PERSON, "last_seen_date": 1773446400}, "YYYY-MM-DD"),
        (PersonReport, {**PERSON, "last_seen_place": "Rotter\x00dam"}, "last_seen_place"),
        (PersonReport, {**PERSON, "nationalities": ["NL"] * 9}, "nationalities"),
        (Identification, {"evidence": []}, "evidence"),
    ],
)
def test_input_that_violates_the_schema_is_refused(model: Any, given_values: dict[str, Any], reason: str) -> None:
    """Empty and contradictory searches, impossible dates, control characters and long lists."""
    with pytest.raises(ValidationError, match=reason):
        model.model_validate(given_values)
