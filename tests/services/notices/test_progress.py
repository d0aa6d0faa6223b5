"""What a form shows while a notice is drafted: which requirements of its colour are met."""

from typing import Any

import pytest

from services.notices.colours import Colour
from services.notices.criteria.progress import NoticeRequirements, RequirementsQuery, RequirementState, requirements_of
from services.notices.criteria.requirements import faults_of
from tests.conftest import NOW
from tests.services.notices.examples import WARRANT, complete, entry, red_about
from tests.services.notices.steps import PATH
from tests.support import ServiceClient

BARE = {"colour": "red", "subject": {"kind": "person", "name": "Marvellier"}}


def checked(content: dict[str, Any], **asked: bool) -> NoticeRequirements:
    return requirements_of(entry(content), RequirementsQuery(**asked), NOW.date())


def state_of(answer: NoticeRequirements, asks: str) -> RequirementState:
    return next(each.state for each in answer.requirements if each.asks.startswith(asks))


@pytest.mark.parametrize("colour", list(Colour))
def test_a_complete_notice_of_each_colour_lacks_nothing(colour: Colour) -> None:
    answer = checked(complete(colour))
    assert answer.complete
    assert {each.state for each in answer.requirements} <= {RequirementState.MET, RequirementState.NOTHING_YET}


@pytest.mark.parametrize("diffusion", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        BARE,
        red_about(sex="U"),
        complete("red", warrants=[{**WARRANT, "maximum_penalty_months": 3, "law": None}]),
        complete("yellow", police_report=None),
        complete("blue", event={"date": "2099"}),
    ],
)
def test_what_is_missing_is_what_a_submission_would_be_refused_for(content: dict[str, Any], *, diffusion: bool) -> None:
    answer = checked(content, diffusion=diffusion)
    missing = [(part.pointer, part.detail) for each in answer.requirements for part in each.missing]
    faults = faults_of(entry(content).resolved(), NOW.date(), is_diffusion=diffusion)
    assert missing == [(each.pointer, each.detail.rpartition(" (")[0]) for each in faults]
    assert answer.complete is not bool(missing)


def test_of_what_is_not_stated_nothing_is_said_to_be_met() -> None:
    """Without a warrant there is no penalty that would be high enough."""
    penalty = "for prosecution a maximum penalty"
    assert state_of(checked(BARE), penalty) is RequirementState.NOTHING_YET
    assert state_of(checked(complete("red")), penalty) is RequirementState.MET


def test_a_photograph_of_the_record_is_a_means_of_identification() -> None:
    identification = "a description, photograph"
    assert state_of(checked(BARE), identification) is RequirementState.MISSING
    assert state_of(checked(BARE, photograph=True), identification) is RequirementState.MET


async def test_a_check_of_the_requirements_stores_nothing_and_screens_nothing(service: ServiceClient) -> None:
    """A wording that the screening would stop is answered as any other."""
    france = service.officer("FR")
    content = complete("red", facts="He insulted the president of the republic at a rally of the opposition.")
    answer = await france.post(f"{PATH}/requirements", json=content)
    assert (answer.status_code, answer.json()["complete"]) == (200, True)
    assert "president" not in answer.text
    assert (await france.get(PATH)).json()["items"] == []


async def test_a_content_that_could_not_be_drafted_is_refused_with_its_faults(service: ServiceClient) -> None:
    answer = await service.officer("FR").post(f"{PATH}/requirements", json=red_about(person_status="witness"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/subject/person_status")
