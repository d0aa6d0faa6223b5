"""Screening through the application: what it does to a submission, a diffusion and an update."""

from typing import Any

import pytest

from services import notices
from shared.identity import Purpose
from tests.services.notices.examples import PERSON, complete, red_about
from tests.services.notices.steps import PATH, drafted, hits, issuer_of, published, take, under_review
from tests.support import ServiceClient, caller

INSULT = "He insulted the President of the Republic in a speech."


def codes(notice: dict[str, Any]) -> set[str]:
    return {each["code"] for each in notice["findings"] if each["weight"] == "stops"}


async def test_a_political_submission_is_received_with_its_finding_for_issuer_and_secretariat(
    service: ServiceClient,
) -> None:
    notice = await drafted(service, complete("red", facts=INSULT))
    submitted = await take(service, "FR", notice, "submission")
    assert (submitted["status"], codes(submitted)) == ("submitted", {"insult-of-head-of-state"})
    [stop] = [each for each in submitted["findings"] if each["weight"] == "stops"]
    assert (stop["reason"], stop["pointer"]) == ("article-3", "/facts")
    assert stop["words"] == "insulted the President"
    seen = (await service.officer("IPSG").get(f"{PATH}/{notice}")).json()
    assert seen["findings"] == submitted["findings"]
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).status_code == 404


async def test_the_findings_of_a_notice_in_force_are_hidden_from_other_bureaus(service: ServiceClient) -> None:
    notice = await published(service, complete("red"))
    assert (await service.officer("FR").get(f"{PATH}/{notice}")).json()["findings"]
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).json()["findings"] == []


async def test_a_diffusion_that_the_screening_stops_is_not_sent_but_waits_for_review(service: ServiceClient) -> None:
    diffusion = await drafted(service, complete("blue", facts=INSULT))
    waiting = await take(service, "FR", diffusion, "diffusion")
    assert (waiting["status"], waiting["diffused"], codes(waiting)) == ("waiting", None, {"insult-of-head-of-state"})
    assert (await service.officer("PL").get(f"{PATH}/{diffusion}")).status_code == 404
    assert await hits(service, "PL", name="Marvellier") == []
    overruled = {"overruled": [{"code": "insult-of-head-of-state", "remark": "It was a robbery."}]}
    assert (await take(service, "IPSG", diffusion, "release", overruled))["status"] == "diffused"


@pytest.mark.parametrize(("colour", "reach"), [("red", "publication"), ("blue", "diffusion")])
async def test_an_update_that_the_screening_stops_waits_and_the_former_version_stays(
    service: ServiceClient, colour: str, reach: str
) -> None:
    """Also that of a diffusion, which is otherwise made at once."""
    if reach == "publication":
        notice = await published(service, complete(colour))
    else:
        notice = await drafted(service, complete(colour))
        await take(service, "FR", notice, reach)
    updated = await service.officer("FR").put(f"{PATH}/{notice}", json=complete(colour, facts=INSULT))
    assert updated.status_code == 200, updated.text
    assert (updated.json()["facts"], codes(updated.json()["pending"])) == (
        complete(colour)["facts"],
        {"insult-of-head-of-state"},
    )
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).json()["facts"] == complete(colour)["facts"]


async def test_an_answer_to_a_finding_answers_no_later_words(service: ServiceClient) -> None:
    """Of a diffusion that was released the same finding in the same words passes; in others, or elsewhere, it waits."""
    notice = await drafted(service, complete("blue", facts=INSULT))
    await take(service, "FR", notice, "diffusion")
    overruled = {"overruled": [{"code": "insult-of-head-of-state", "remark": "It was a robbery."}]}
    await take(service, "IPSG", notice, "release", overruled)
    france = service.officer("FR")
    same = await france.put(f"{PATH}/{notice}", json=complete("blue", facts=INSULT, public=True))
    assert same.json()["pending"] is None
    other = "She insulted the Prime Minister of the country in a newspaper."
    translated = [{"language": "es", "facts": INSULT}]
    for later in (complete("blue", facts=other), complete("blue", facts=INSULT, translations=translated)):
        waits = (await france.put(f"{PATH}/{notice}", json=later)).json()
        assert (waits["facts"], codes(waits["pending"])) == (INSULT, {"insult-of-head-of-state"})
        assert waits["approvals"][0]["findings"] == []
    approved = (await service.officer("IPSG").get(f"{PATH}/{notice}")).json()["approvals"]
    assert [each["words"] for each in approved[0]["findings"]] == ["insulted the President"]


@pytest.mark.parametrize("reason", ["article-3", "other"])
async def test_what_was_refused_to_a_bureau_is_remembered_for_the_same_person(
    service: ServiceClient, reason: str
) -> None:
    """By name and birth, also in another spelling, and for that bureau alone."""
    refused = await under_review(service, complete("red"))
    await take(service, "IPSG", refused, "refusal", {"reason": reason})
    again = await drafted(service, red_about(name="Marvelier", forename="Etienne", date_of_birth="1980"))
    submitted = await take(service, "FR", again, "submission")
    [finding] = [each for each in submitted["findings"] if each["code"] == "earlier-refusal"]
    assert (finding["reason"], refused in finding["detail"]) == (reason, True)
    assert finding["weight"] == ("asks" if reason == "other" else "stops")
    for other in ({"date_of_birth": "1950"}, {"name": "Courtaine"}):
        notice = await drafted(service, red_about(**other))
        assert "earlier-refusal" not in str(await take(service, "FR", notice, "submission"))
    elsewhere = (await service.officer("PL").post(PATH, json=complete("red"))).json()["id"]
    assert "earlier-refusal" not in str(await take(service, "PL", elsewhere, "submission"))


@pytest.mark.parametrize("step", ["refusal", "cancellation"])
async def test_what_was_refused_or_cancelled_is_not_deleted_by_its_owner(service: ServiceClient, step: str) -> None:
    """Otherwise the same request would pass as a new one; the Commission deletes it, and its owner all else."""
    notice = await (under_review if step == "refusal" else published)(service, complete("red"))
    await take(service, "IPSG", notice, step, {"reason": "article-3"})
    refused = await service.officer("FR").delete(f"{PATH}/{notice}")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:illegal-step")
    assert "Ask the Commission" in refused.json()["detail"]
    again = await drafted(service, complete("red"))
    assert "earlier-refusal" in codes(await take(service, "FR", again, "submission"))
    assert (await service.officer("FR").delete(f"{PATH}/{again}")).status_code == 204
    commission = caller("CCF", *notices.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    decision = {"decision": "delete", "reference": "CCF/2026/12"}
    done = await service.calling(lambda: commission).post(f"{PATH}/{notice}/decision", json=decision)
    assert done.status_code == 200, done.text


async def test_a_diffusion_for_arrest_needs_neither_the_penalty_nor_the_description_of_a_red_notice(
    service: ServiceClient,
) -> None:
    """Its articles do not ask for them; a submission of the same content is refused with the article."""
    light = complete("red")
    light["warrants"] = [{**light["warrants"][0], "maximum_penalty_months": 12}]
    light["subject"] = {name: value for name, value in PERSON.items() if name != "height"}
    notice = await drafted(service, light)
    refused = (await service.officer("FR").post(f"{PATH}/{notice}/submission")).json()
    assert [error["pointer"] for error in refused["errors"]] == ["/subject", "/warrants/0/maximum_penalty_months"]
    wanted = "maximum penalty is 12 months; a red notice for prosecution needs at least 24 (RPD article 83(1)(b))"
    assert refused["errors"][1]["detail"] == wanted
    assert (await take(service, "FR", notice, "diffusion"))["status"] == "diffused"


async def test_a_notice_of_the_united_nations_is_never_sent_as_a_diffusion(service: ServiceClient) -> None:
    content = complete("un-special")
    notice = await drafted(service, content)
    refused = await issuer_of(service, content).post(f"{PATH}/{notice}/diffusion")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/colour")
