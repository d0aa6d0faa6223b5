"""Hits on a record of a suspended owner: it cannot confirm them, and requests go to the Secretariat."""

import pytest

from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest
from tests.conftest import NOW
from tests.gateway.hits.actors import Bureau, Service, is_
from tests.gateway.hits.conftest import Pass
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import refusal_of


@pytest.fixture
async def hit_id(service: Service, mesh: Mesh, germany: Bureau, secretariat: Bureau, france: Bureau) -> str:
    """Have Germany find a record of France, which is suspended afterwards."""
    found = await service.finds()
    await germany.sees(found.id)
    mesh.change_entries("FR", standing="suspended")
    return found.id


async def test_a_hit_shows_whether_its_owner_can_confirm(mesh: Mesh, germany: Bureau, hit_id: str) -> None:
    """In the list and alone, until the owner is a member again; a supervised or restricted owner can confirm."""
    for standing, can_confirm in (("suspended", False), ("restricted", True), ("supervised", True), ("member", True)):
        mesh.change_entries("FR", standing=standing)
        assert (await germany.hit(hit_id))["owner_can_confirm"] is can_confirm
        assert [hit["owner_can_confirm"] for hit in await germany.listed()] == [can_confirm]


@pytest.mark.thorough
async def test_a_request_goes_to_the_secretariat_which_answers(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, hit_id: str
) -> None:
    """With the proof of the hit; both sides show who was asked."""
    await germany.asks(hit_id, remark="The driver is held.")
    asked = await secretariat.sees(hit_id, is_("requested"), side="owner")
    assert (asked["owner"], asked["finder"], asked["owner_can_confirm"]) == ("FR", "DE", False)
    assert asked["other_condition"] is None
    assert (await secretariat.answer(hit_id, "not-confirmed", remark="The owner cannot say.")).status_code == 202
    answered = await germany.sees(hit_id, is_("not-confirmed"))
    [confirmation] = answered["confirmations"]
    assert (confirmation["asked"], confirmation["answers"][0]["officer"]) == ("IPSG", "ipsg.officer")


@pytest.mark.thorough
async def test_a_request_to_the_secretariat_is_not_escalated_to_it(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, france: Bureau, hit_id: str, passing: Pass
) -> None:
    """Its deadline passes on both sides; once the owner is back, the next request goes to the owner."""
    await germany.asks(hit_id)
    await passing(minutes=10)
    await germany.sees(hit_id, is_("expired"))
    assert await secretariat.listed(side="secretariat") == []
    mesh.change_entries("FR", standing="member")
    await germany.asks(hit_id)
    await france.sees(hit_id, is_("requested"))
    assert [each["asked"] for each in (await germany.hit(hit_id))["confirmations"]] == ["IPSG", "FR"]


async def test_the_secretariat_is_not_asked_in_the_place_of_a_member(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, hit_id: str
) -> None:
    """A finder cannot pass the owner over: the Secretariat refuses the request, whatever the finder states."""
    mesh.change_entries("FR", standing="restricted")
    proof = await germany.proof((await germany.hit(hit_id))["thread"])
    due = NOW.timestamp() + 600
    forms = {
        "not-proven-parties": ConfirmationRequest(
            hit=hit_id, number=1, urgency="urgent", due=due, proof=proof, instead_of_owner=True
        ),
        "not-proven-hit": ConfirmationRequest(hit=hit_id, number=1, urgency="urgent", due=due, instead_of_owner=True),
    }
    for reason, form in forms.items():
        assert await germany.refusal_of(await germany.sends(form, "IPSG")) == reason
    assert await secretariat.listed(side="owner") == []


@pytest.mark.thorough
async def test_only_the_bureau_that_was_asked_answers(
    mesh: Mesh, germany: Bureau, kenya: Bureau, secretariat: Bureau, hit_id: str
) -> None:
    """An answer of any other is logged, and changes nothing."""
    await germany.asks(hit_id)
    thread = (await germany.hit(hit_id))["thread"]
    form = ConfirmationAnswer(hit=hit_id, number=1, answer="confirmed")
    await kenya.has_receipt(await kenya.sends(form, "DE", thread=thread))
    assert (await germany.hit(hit_id))["state"] == "requested"
    assert [line["reason"] for line in mesh.logged("hit-step-ignored")] == ["not-the-owner"]


async def test_the_secretariat_asks_nobody_about_its_own_hit(mesh: Mesh, service: Service, secretariat: Bureau) -> None:
    """The refusal says that the owner is suspended."""
    found = await service.finds(finder="IPSG", officer="ipsg.officer")
    await secretariat.sees(found.id)
    mesh.change_entries("FR", standing="suspended")
    refused = await secretariat.request(found.id)
    assert refusal_of(refused) == (409, "illegal-step")
    assert "is suspended and cannot confirm" in refused.json()["detail"]
