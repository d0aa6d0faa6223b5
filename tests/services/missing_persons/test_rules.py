"""Which records of missing persons and of bodies are valid, and which steps they allow."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.missing_persons import rules
from services.missing_persons.appearance import DentalChart, ToothFinding, ToothState
from services.missing_persons.criteria import Doubt, score
from services.missing_persons.matching import match
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
from services.missing_persons.queries import AgeAt, BodySearch, PersonSearch
from shared.dates import overlaps, span_text
from shared.errors import IllegalStep, NotTheOwner, Refusal
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.services.missing_persons.samples import BODY, PERSON
from tests.support import caller

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
LATER = Revision(uuid7(NOW), NOW + timedelta(hours=1))
NETHERLANDS, GERMANY = caller("NL"), caller("DE")
BY_TEETH = Identification(evidence=(IdentificationEvidence.DENTAL,))


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
        ({"date_of_birth": "2026-03-16", "last_seen_date": "2026-03"}, rules.BornAfterLastSeen),
        ({"date_of_birth": "2026-04/2027", "last_seen_date": "2026-03"}, rules.BornAfterLastSeen),
        ({"last_seen_date": "2026-06-03", "report_date": "2026-06-03"}, rules.LastSeenInFuture),
        ({"last_seen_date": "2026-07/2026-08"}, rules.LastSeenInFuture),
        ({"last_seen_date": "2026-03-16/2026-03-20"}, rules.ReportedTooEarly),
        ({"last_seen_date": "2026-04"}, rules.ReportedTooEarly),
        ({"report_date": "2026-03-13"}, rules.ReportedTooEarly),
        ({"report_date": "2026-06-03"}, rules.ReportInFuture),
    ],
)
def test_contradictory_dates_are_refused(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    """A person is not seen before their birth or in the future, nor reported before they were last seen."""
    with pytest.raises(refusal, match=r"^(date_of_birth|last_seen_date|report_date): ") as refused:
        missing_person(**changes)
    [fault] = refused.value.members["errors"]
    assert fault["pointer"] == "/" + refused.value.detail.partition(":")[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"date_of_birth": "2026-03-14"},
        {"date_of_birth": "2026-03"},
        {"date_of_birth": "2026"},
        {"date_of_birth": None},
        {"report_date": "2026-03-14"},
        {"last_seen_date": "2026-06-02", "report_date": "2026-06-02"},
        {"last_seen_date": "2026-03-13/2026-03-20"},
        {"last_seen_date": "2026"},
        {"last_seen_date": "2026-06", "report_date": "2026-06-01"},
        {"date_of_birth": "2026-03-15/2026-04", "last_seen_date": "2026-03"},
    ],
)
def test_consistent_dates_are_accepted(changes: dict[str, Any]) -> None:
    """The birth may be on the day or in the year of the disappearance, and a date may be tomorrow's (time zones)."""
    assert missing_person(**changes).status is PersonStatus.MISSING


# So few days that all that they may mean together can be tried.
FEW_DAYS = [date(2026, 5, 27) + timedelta(days=number) for number in range(12)]
few_days = (
    st.lists(st.sampled_from(FEW_DAYS), min_size=2, max_size=2).map(sorted).map(lambda ends: "/".join(map(str, ends)))
)


def few(known: str) -> list[date]:
    return [day for day in FEW_DAYS if overlaps(day, known)]


def is_refused(record: Callable[..., Any], **dates: str) -> bool:
    try:
        record(**dates)
    except Refusal:
        return True
    return False


@given(few_days, few_days, st.sampled_from(FEW_DAYS))
def test_a_report_is_refused_exactly_if_no_days_of_its_dates_are_possible_together(
    born: str, seen: str, reported: date
) -> None:
    """Born, seen and reported in this order, and no later than tomorrow."""
    latest = TODAY + timedelta(days=1)
    possible = any(first <= then <= reported <= latest for first, then in product(few(born), few(seen)))
    refused = is_refused(missing_person, date_of_birth=born, last_seen_date=seen, report_date=str(reported))
    assert refused is not possible


@given(few_days, few_days)
def test_a_body_is_refused_exactly_if_no_days_of_its_dates_are_possible_together(died: str, found: str) -> None:
    """Dead before it is found, and found no later than tomorrow."""
    latest = TODAY + timedelta(days=1)
    possible = any(first <= then <= latest for first, then in product(few(died), few(found)))
    assert is_refused(unidentified_body, died=died, found_date=found) is not possible


def test_a_body_found_in_the_future_is_refused() -> None:
    """Tomorrow is accepted, as it has already come in some time zone."""
    assert unidentified_body(found_date="2026-06-02").found_date == "2026-06-02"
    assert unidentified_body(found_date="2026").found_date == "2026"
    with pytest.raises(rules.BodyFoundInFuture):
        unidentified_body(found_date="2026-06-03")


def test_a_death_after_the_body_was_found_is_refused() -> None:
    """It may be on the same day, or in a range that begins before."""
    assert unidentified_body(died="2026-04-02").died == "2026-04-02"
    assert unidentified_body(died="2026-03/2026-05").died == "2026-03/2026-05"
    with pytest.raises(rules.DiedAfterFound) as refused:
        unidentified_body(died="2026-04-03")
    assert refused.value.members["errors"][0]["pointer"] == "/died"


YEAR_OF_SEARCH = st.integers(2026, 2090)


@given(YEAR_OF_SEARCH)
def test_the_age_of_a_person_is_that_when_they_were_last_seen_whatever_today_is(year: int) -> None:
    """Born 2010 and last seen 2012: one or two years old, and no other age."""
    person, at = missing_person(date_of_birth="2010", last_seen_date="2012"), NOW.replace(year=year)
    found = {age for age in range(131) if match(person, PersonSearch(age_min=age, age_max=age), at)}
    assert found == {1, 2}
    today = {age for age in range(131) if match(person, PersonSearch(age_min=age, age_max=age, age_at=AgeAt.TODAY), at)}
    assert today == {year - 2011, year - 2010}


@pytest.mark.parametrize(
    ("born", "seen", "wanted", "score"),
    [
        ("2010-05-01", "2012-04-30", 1, 1.0),
        ("2010-05-01", "2012-05-01", 2, 1.0),
        ("2010-05-01", "2012-04-30", 2, None),
        ("2010-05-01", "2012-04-30/2012-05-01", 2, 0.8),
        ("2010", "2012-12-31", 2, 1.0),
        ("2010", "2012-12-30", 2, 0.8),
        (None, "2012", 2, 0.64),
    ],
)
def test_a_date_known_in_part_leaves_a_doubt_about_the_age(
    born: str | None, seen: str, wanted: int, score: float | None
) -> None:
    """Unless the person had this age on each day that the dates allow."""
    person = missing_person(date_of_birth=born, last_seen_date=seen)
    hit = match(person, PersonSearch(age_min=wanted, age_max=wanted), NOW)
    assert (hit and hit.score) == score


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"last_seen": "2026-03-14"}, (0.8, "last seen 2026-03-14 possible")),
        ({"last_seen": "2026-03"}, (1.0, "last seen 2026-03")),
        ({"last_seen": "2026-03-16/2026-04"}, (0.8, "last seen 2026-03-16/2026-04 possible")),
        ({"last_seen": "2026-03-17"}, None),
        ({"last_seen_from": "2026-03-13"}, (1.0, "last seen from 2026-03-13")),
        ({"last_seen_to": "2026-03-13"}, (0.8, "last seen to 2026-03-13 possible")),
        ({"last_seen_to": "2026-03-12"}, None),
        ({"date_of_birth": "1987"}, (1.0, "date of birth 1987")),
        ({"date_of_birth": "1987-04-19"}, (0.8, "date of birth 1987-04-19 possible")),
        ({"date_of_birth": "1988"}, None),
    ],
)
def test_a_range_is_found_by_each_day_that_it_may_mean(wanted: dict[str, str], expected: tuple[float, str]) -> None:
    """With a doubt where it only may; a date wholly within what is asked for leaves none."""
    person = missing_person(date_of_birth="1987-04", last_seen_date="2026-03-13/2026-03-16", report_date="2026-03-17")
    hit = match(person, PersonSearch.model_validate(wanted), NOW)
    assert (hit and (hit.score, hit.match)) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"died": "2026-02"}, (0.8, "died 2026-02 possible")),
        ({"died": "2026-01/2026-03"}, (1.0, "died 2026-01/2026-03")),
        ({"died": "2026-04"}, None),
        ({"found": "2026-04"}, (1.0, "found 2026-04")),
        ({"found": "2026-04-02"}, (0.8, "found 2026-04-02 possible")),
        ({"found_from": "2026-04-30"}, (0.8, "found from 2026-04-30 possible")),
        ({"found_from": "2026-05-01"}, None),
    ],
)
def test_a_body_is_found_by_when_it_may_have_died_and_been_found(
    wanted: dict[str, str], expected: tuple[float, str]
) -> None:
    """An estimate over two months is found by each of them."""
    body = unidentified_body(died="2026-02/2026-03", found_date="2026-04")
    hit = match(body, BodySearch.model_validate(wanted), NOW)
    assert (hit and (hit.score, hit.match)) == expected


def test_a_body_whose_death_is_not_dated_may_fit_any_date() -> None:
    """As any estimate that is not known."""
    hit = match(unidentified_body(), BodySearch(died="1999"), NOW)
    assert (hit and (hit.score, hit.match)) == (0.64, "died 1999 not known")


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


def faults_of(model: Any, content: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(json.dumps(content), strict=True)
    return [("/".join(map(str, fault["loc"])), fault["msg"]) for fault in refused.value.errors()]


LOST_AFTER_DEATH = {"teeth": [{"tooth": "36", "state": "sound"}, {"tooth": "11", "state": "lost-after-death"}]}


def test_a_tooth_lost_after_death_is_found_on_bodies_alone() -> None:
    """The refusal points at the finding in the chart of a missing person."""
    body = BodyReport.model_validate({**BODY, "dental": LOST_AFTER_DEATH})
    assert body.dental is not None
    assert body.dental.teeth[1].state is ToothState.LOST_AFTER_DEATH
    [(pointer, detail)] = faults_of(PersonReport, {**PERSON, "dental": LOST_AFTER_DEATH})
    assert pointer == "dental/teeth/1/state"
    assert "lost-after-death is found on bodies alone" in detail


@pytest.mark.parametrize(
    ("teeth", "surfaces"),
    [
        (("11", "13", "21", "51", "63"), "MDBIP"),
        (("14", "18", "25", "54", "65"), "MDBOP"),
        (("31", "43", "71", "83"), "MDBIL"),
        (("34", "48", "74", "85"), "MDBOL"),
    ],
)
def test_a_tooth_has_the_five_surfaces_of_its_place(teeth: tuple[str, ...], surfaces: str) -> None:
    """Front teeth are incisal, back teeth occlusal; upper ones palatal, lower ones lingual. No other is accepted."""
    for tooth in teeth:
        finding = {"tooth": tooth, "state": "filled"}
        assert ToothFinding.model_validate({**finding, "surfaces": list(surfaces)}).surfaces == tuple(surfaces)
        for wrong in {"M", "O", "I", "D", "B", "L", "P"} - set(surfaces):
            [(pointer, detail)] = faults_of(ToothFinding, {**finding, "surfaces": ["M", wrong]})
            assert pointer == "surfaces"
            assert f"tooth {tooth} has no surface {wrong}: " in detail


def test_a_surface_is_stated_once() -> None:
    [(pointer, detail)] = faults_of(ToothFinding, {"tooth": "36", "state": "filled", "surfaces": ["M", "M"]})
    assert (pointer, detail) == ("surfaces", "Value error, state each surface once")


def test_an_invalid_tooth_number_is_one_fault() -> None:
    """Its surfaces are not checked against it."""
    [(pointer, _)] = faults_of(ToothFinding, {"tooth": "99", "state": "filled", "surfaces": ["O"]})
    assert pointer == "tooth"


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (["burnt", "incomplete"], None),
        (["intact"], None),
        (["intact", "burnt"], "a body that is intact has no other condition"),
        (["burnt", "burnt"], "state each condition once"),
        ([], "state at least one condition"),
        ("burnt", "valid array"),
        (["frozen"], "Input should be"),
    ],
)
def test_the_condition_of_a_body_may_be_several(condition: Any, reason: str | None) -> None:
    """Each once, and none beside intact."""
    content = {**BODY, "condition": condition}
    if reason is None:
        assert BodyReport.model_validate(content).condition == tuple(condition)
    else:
        [(pointer, detail)] = faults_of(BodyReport, content)
        assert pointer.startswith("condition")
        assert reason in detail


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
        (PersonReport, {**PERSON, "last_seen_date": 1773446400}, "valid string"),
        (PersonReport, {**PERSON, "report_date": 1773446400}, "YYYY-MM-DD"),
        (PersonReport, {**PERSON, "report_date": "2026-03"}, "YYYY-MM-DD"),
        (PersonSearch, {"age_at": "today"}, "give at least one of"),
        (PersonSearch, {"age_at": "today", "sex": "F"}, "age_at needs age_min or age_max"),
        (BodySearch, {"age_min": 30, "age_at": "today"}, "Extra inputs"),
        (PersonReport, {**PERSON, "last_seen_place": "Rotter\x00dam"}, "last_seen_place"),
        (PersonReport, {**PERSON, "nationalities": ["NL"] * 9}, "nationalities"),
        (Identification, {"evidence": []}, "evidence"),
    ],
)
def test_input_that_violates_the_schema_is_refused(model: Any, given_values: dict[str, Any], reason: str) -> None:
    """Empty and contradictory searches, impossible dates, control characters and long lists."""
    with pytest.raises(ValidationError, match=reason):
        model.model_validate(given_values)


def test_the_scores_of_doubts_are_rounded() -> None:
    """Not 0.6400000000000001, which means nothing to a reader."""
    assert [score([doubt]) for doubt in Doubt] == [1.0, 0.8, 0.64]
