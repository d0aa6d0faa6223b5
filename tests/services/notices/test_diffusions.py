"""The documented notices and diffusions of each colour are accepted; a diffusion reaches its recipients alone."""

import pytest

from services.notices.colours import Colour
from services.notices.examples import DIFFUSIONS, EXAMPLES
from tests.services.notices.steps import PATH, drafted, take
from tests.support import ServiceClient


@pytest.mark.parametrize("colour", [*DIFFUSIONS])
async def test_the_documented_diffusion_of_a_colour_is_sent_to_its_recipients_alone(
    service: ServiceClient, colour: Colour
) -> None:
    """It is in force at once, without a number, and nothing in it stops it."""
    diffusion = await drafted(service, DIFFUSIONS[colour])
    sent = await take(service, "FR", diffusion, "diffusion")
    assert (sent["status"], sent["number"], sent["addressed"]) == ("diffused", None, ["DE", "PL"])
    assert sent["findings"] == []
    read = {bureau: await service.officer(bureau).get(f"{PATH}/{diffusion}") for bureau in ("DE", "PL", "KE", "PUBLIC")}
    statuses = {bureau: answer.status_code for bureau, answer in read.items()}
    assert statuses == {"DE": 200, "PL": 200, "KE": 404, "PUBLIC": 404}


def test_each_colour_but_that_of_the_security_council_has_a_documented_diffusion() -> None:
    assert {*EXAMPLES} == {*Colour}
    assert {*DIFFUSIONS} == {*Colour} - {Colour.UN_SPECIAL}


@pytest.mark.parametrize("colour", [*EXAMPLES])
async def test_the_documented_notice_of_a_colour_is_submitted(service: ServiceClient, colour: Colour) -> None:
    """It has all that its colour requires, and no finding that stops it."""
    by = "IPSG" if colour is Colour.UN_SPECIAL else "FR"
    notice = await service.officer(by).post(PATH, json=EXAMPLES[colour])
    submitted = await take(service, by, notice.json()["id"], "submission")
    assert submitted["status"] == "submitted"
    assert [each for each in submitted["findings"] if each["weight"] == "stops"] == []


async def test_a_documented_diffusion_for_arrest_is_too_light_for_a_notice(service: ServiceClient) -> None:
    """It states no penalty and no means of identification, which red notices need (RPD article 83)."""
    diffusion = await drafted(service, DIFFUSIONS[Colour.RED])
    refused = await service.officer("FR").post(f"{PATH}/{diffusion}/submission")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/subject", "/warrants/0/maximum_penalty_months"]


async def test_a_notice_of_the_security_council_is_never_a_diffusion(service: ServiceClient) -> None:
    notice = await service.officer("IPSG").post(PATH, json=EXAMPLES[Colour.UN_SPECIAL])
    refused = await service.officer("IPSG").post(f"{PATH}/{notice.json()['id']}/diffusion")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/colour"]
