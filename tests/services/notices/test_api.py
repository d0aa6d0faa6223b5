"""Notices through the application, as the systems of a bureau and of the Secretariat see them."""

from typing import Any

import pytest

from shared.clock import FixedClock
from shared.records.policy import DEFAULT_RETENTION
from tests.services.notices.examples import PERSON, complete, red_about
from tests.services.notices.steps import PATH, UNKNOWN_ID, drafted, hits, publish, published, take, under_review
from tests.support import ServiceClient


@pytest.mark.thorough
async def test_a_notice_passes_through_its_life_cycle_from_draft_to_withdrawal(service: ServiceClient) -> None:
    """Drafted, submitted, questioned, published, found abroad by a misspelt name, updated and withdrawn."""
    france, poland = service.officer("FR"), service.officer("PL")
    notice = await drafted(service, {"colour": "red", "subject": PERSON})
    assert (await france.put(f"{PATH}/{notice}", json=complete("red"))).json()["version"] == 2
    assert (await take(service, "FR", notice, "submission"))["status"] == "submitted"
    assert (await poland.get(f"{PATH}/{notice}")).status_code == 404
    assert (await take(service, "IPSG", notice, "review"))["status"] == "under-review"
    await take(service, "IPSG", notice, "question", {"text": "Which court?"})
    await take(service, "FR", notice, "answer", {"text": "That of Vernbourg."})
    number = (await publish(service, notice))["number"]
    assert await hits(service, "PL", name="marvelier etienne") == [notice]
    updated = await france.put(f"{PATH}/{notice}", json=red_about(name="Courtaine"))
    assert updated.json()["pending"]["status"] == "submitted"
    await take(service, "IPSG", notice, "review")
    assert (await publish(service, notice))["status"] == "updated"
    assert await hits(service, "PL", name="Courtaine", colour="red", age_min=40) == [notice]
    assert (await take(service, "FR", notice, "withdrawal"))["status"] == "withdrawn"
    assert await hits(service, "PL", name="Courtaine") == []
    assert (await poland.get(f"{PATH}/{notice}")).status_code == 404
    assert (await france.get(f"{PATH}/{notice}")).json()["number"] == number


@pytest.mark.parametrize(("step", "status"), [("refusal", "refused"), ("cancellation", "cancelled")])
async def test_the_secretariat_refuses_and_cancels_a_notice_with_a_coded_reason(
    service: ServiceClient, step: str, status: str
) -> None:
    """The issuer reads the reason, and not which officer decided; for other bureaus the notice does not exist."""
    notice = await (under_review if step == "refusal" else published)(service, complete("blue"))
    decision = {"reason": "article-3", "remark": "Predominantly political."}
    unreasoned = await service.officer("IPSG").post(f"{PATH}/{notice}/{step}", json={"reason": "because"})
    assert unreasoned.status_code == 422
    await take(service, "IPSG", notice, step, decision)
    seen = (await service.officer("FR").get(f"{PATH}/{notice}")).json()
    taken = {**decision, "bureau": "IPSG", "at": seen["updated"]}
    assert (seen["status"], seen["decision"]) == (status, {**taken, "officer": None})
    by_reviewers = (await service.officer("IPSG").get(f"{PATH}/{notice}")).json()
    assert by_reviewers["decision"] == {**taken, "officer": "ipsg.officer"}
    assert (await service.officer("DE").get(f"{PATH}/{notice}")).status_code == 404


async def test_a_diffusion_is_found_at_once_and_cancelled_afterwards(service: ServiceClient) -> None:
    """Without review before; it can be updated, and the Secretariat cancels it with a coded reason."""
    diffusion = await drafted(service, complete("blue"))
    sent = await take(service, "FR", diffusion, "diffusion")
    assert (sent["status"], sent["diffused"], sent["number"]) == ("diffused", sent["updated"], None)
    assert await hits(service, "PL", name="Marvellier") == [diffusion]
    updated = await service.officer("FR").put(f"{PATH}/{diffusion}", json=complete("blue"))
    assert updated.json()["status"] == "diffused"
    await take(service, "IPSG", diffusion, "cancellation", {"reason": "article-3"})
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await service.officer("PL").get(f"{PATH}/{diffusion}")).status_code == 404


@pytest.mark.parametrize(("step", "body", "found"), [("release", None, True), ("refusal", {"reason": "other"}, False)])
async def test_the_diffusion_of_a_supervised_bureau_waits_for_the_secretariat(
    service: ServiceClient, step: str, body: Any, found: bool
) -> None:
    """Until it is released, other bureaus do not learn of it; the issuer cannot release it."""
    diffusion = await drafted(service, complete("blue"))
    france = service.measured("FR", "supervised")
    waiting = (await france.post(f"{PATH}/{diffusion}/diffusion")).json()
    assert (waiting["status"], waiting["diffused"]) == ("waiting", None)
    for bureau, status in (("IPSG", 200), ("FR", 200), ("PL", 404)):
        assert (await service.officer(bureau).get(f"{PATH}/{diffusion}")).status_code == status
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await france.post(f"{PATH}/{diffusion}/release")).status_code == 403
    await take(service, "IPSG", diffusion, step, body)
    assert await hits(service, "PL", name="Marvellier") == ([diffusion] if found else [])


async def test_the_questions_of_a_review_are_visible_to_issuer_and_secretariat_only(service: ServiceClient) -> None:
    """Other bureaus read the published notice without them."""
    notice = await under_review(service, complete("blue"))
    await take(service, "IPSG", notice, "question", {"text": "Which court?"})
    await take(service, "FR", notice, "answer", {"text": "That of Vernbourg."})
    await take(service, "IPSG", notice, "publication")
    for bureau, count in (("FR", 1), ("IPSG", 1), ("PL", 0)):
        assert len((await service.officer(bureau).get(f"{PATH}/{notice}")).json()["exchanges"]) == count


@pytest.mark.parametrize("step", ["submission", "withdrawal"])
async def test_another_bureau_cannot_act_for_the_issuer(service: ServiceClient, step: str) -> None:
    """If it may see the notice, it gets 403 not-the-owner."""
    notice = await published(service, complete("blue"))
    refused = await service.officer("PL").post(f"{PATH}/{notice}/{step}")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:not-the-owner")
    assert (await service.officer("PL").put(f"{PATH}/{notice}", json=complete("blue"))).status_code == 403


@pytest.mark.parametrize("step", ["review", "publication", "refusal", "question"])
async def test_a_bureau_cannot_review_its_own_notice(service: ServiceClient, step: str) -> None:
    """Even with the scope to review it gets 403 secretariat-only."""
    notice = await drafted(service, complete("blue"))
    body = {"reason": "other"} if step == "refusal" else {"text": "Well?"} if step == "question" else None
    refused = await service.officer("FR").post(f"{PATH}/{notice}/{step}", json=body)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:secretariat-only")


async def test_a_review_needs_the_scope_to_review(service: ServiceClient) -> None:
    """The scopes to read and to write are not enough, even for an officer of the Secretariat."""
    notice = await drafted(service, complete("blue"))
    await take(service, "FR", notice, "submission")
    clerk = service.officer("IPSG", "notices:read", "notices:write")
    assert (await clerk.post(f"{PATH}/{notice}/review")).json()["type"] == "urn:i247:problem:scope-missing"


async def test_a_barred_bureau_cannot_distinguish_a_notice_from_a_missing_one(service: ServiceClient) -> None:
    """It gets the same answer to a search, a list and a step as if the notice did not exist."""
    notice = await published(service, complete("blue", restricted=["PL"]))
    poland = service.officer("PL")
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await poland.get(PATH)).json() == {"items": [], "next": None, "withheld": 0}
    known = (await poland.post(f"{PATH}/{notice}/withdrawal")).json()
    unknown = (await poland.post(f"{PATH}/{UNKNOWN_ID}/withdrawal")).json()
    assert known["detail"].replace(notice, UNKNOWN_ID) == unknown["detail"]


async def test_a_step_that_the_state_does_not_allow_is_refused(service: ServiceClient) -> None:
    """The refusal states the state of the notice, and in which states the step would be allowed."""
    notice = await drafted(service, complete("blue"))
    refused = await service.officer("FR").post(f"{PATH}/{notice}/withdrawal")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:illegal-step")
    assert (
        refused.json()["detail"]
        == "the notice is draft: only one that is published or updated or diffused can be withdrawn"
    )


async def test_the_secretariat_sees_submitted_notices_in_lists_but_no_drafts(service: ServiceClient) -> None:
    await drafted(service, complete("blue"))
    submitted = await drafted(service, complete("yellow"))
    await take(service, "FR", submitted, "submission")
    listed = (await service.officer("IPSG").get(PATH, params={"status": "submitted", "owner": "FR"})).json()
    assert [item["id"] for item in listed["items"]] == [submitted]
    assert len((await service.officer("IPSG").get(PATH)).json()["items"]) == 1


async def test_a_notice_is_visible_to_no_bureau_after_its_retention(service: ServiceClient, clock: FixedClock) -> None:
    """Five years after its publication, not even to its issuer."""
    notice = await published(service, complete("blue"))
    clock.advance(DEFAULT_RETENTION)
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await service.officer("FR").get(f"{PATH}/{notice}")).status_code == 404


async def test_a_notice_is_found_listed_and_kept_with_the_status_of_its_person(service: ServiceClient) -> None:
    """Found by the status, and shown with the one that it had in each version."""
    convicted = {"person_status": "convicted"}
    notice = await published(service, complete("red"))
    assert await hits(service, "PL", person_status="wanted") == [notice]
    await service.officer("FR").put(f"{PATH}/{notice}", json=red_about(**convicted))
    await take(service, "IPSG", notice, "review")
    assert (await publish(service, notice))["subject"]["person_status"] == "convicted"
    assert await hits(service, "PL", person_status="wanted") == []
    assert await hits(service, "PL", name="Marvellier", **convicted) == [notice]
    listed = (await service.officer("PL").get(PATH, params=convicted)).json()["items"]
    assert [each["id"] for each in listed] == [notice]
    versions = (await service.officer("FR").get(f"{PATH}/{notice}/versions")).json()["items"]
    statuses = [each["record"]["subject"]["person_status"] for each in versions]
    assert (statuses[0], set(statuses[1:])) == ("convicted", {"wanted"})
