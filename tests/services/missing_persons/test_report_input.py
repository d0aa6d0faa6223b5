"""What a report may state of teeth and of a body, and what violates the schema."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from services.missing_persons.appearance import DentalChart, ToothFinding, ToothState
from services.missing_persons.models import BodyReport, Identification, PersonReport
from services.missing_persons.queries import BodySearch, PersonSearch
from tests.services.missing_persons.samples import BODY, PERSON


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
        # Letters of which nothing is left to compare.
        (PersonSearch, {"place": "\u05d0\u05d0"}, "a letter or a digit"),
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
