"""Confirmation of a hit between two bureaus through their gateways: France owns the record, Germany found it."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.hits.store import HitStore
from tests.conftest import NOW
from tests.gateway.hits.actors import Bureau, Service, asked, is_
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.hit_samples import kept
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import refusal_of


async def test_owner_and_finder_are_notified_of_the_same_hit(service: Service, germany: Bureau, france: Bureau) -> None:
    """Each from its side, with the conditions of the record, one id, and the thread that the service started."""
    found = await service.finds()
    of_owner, of_finder = await france.sees(found.id), await germany.sees(found.id)
    assert (of_owner.pop("side"), of_finder.pop("side")) == ("owner", "finder")
    assert of_owner == of_finder
    assert (of_owner["state"], of_owner["due"], of_owner["confirmations"]) == ("unconfirmed", None, [])
    stated = {
        "service": "stolen-vehicles",
        "record": found.record,
        "owner": "FR",
        "finder": "DE",
        "officer": "de.officer",
        "handling": "RESTRICTED",
        "conditions": ["H1", "H3"],
        "other_condition": "Inform us before any act.",
        "times": 1,
    }
    assert {name: of_owner[name] for name in stated} == stated
    [message] = await germany.thread(of_owner["thread"])
    assert (message["form"], message["id"]) == ("hits", of_owner["thread"])


async def test_a_hit_is_confirmed_in_time(service: Service, germany: Bureau, france: Bureau, passing: Pass) -> None:
    """Both sides see request and answer with their messages, all in one thread."""
    hit_id = await asked(service, germany, france)
    await passing(minutes=4)
    answered = await france.answer(hit_id, "confirmed", remark="Seize it.")
    assert answered.status_code == 202
    of_finder = await germany.sees(hit_id, is_("confirmed"))
    of_owner = await france.hit(hit_id)
    assert of_owner == answered.json() == of_finder | {"side": "owner"}
    assert (of_finder["due"], of_finder["late"]) == (None, False)
    [asked_for] = of_finder["confirmations"]
    assert (asked_for["number"], asked_for["urgency"], asked_for["officer"]) == (1, "urgent", "de.officer")
    assert (asked_for["requested"], asked_for["due"]) == ("2026-06-01T12:00:00Z", "2026-06-01T12:10:00Z")
    [reply] = asked_for["answers"]
    assert (reply["answer"], reply["remark"], reply["officer"]) == ("confirmed", "Seize it.", "fr.officer")
    assert (reply["answered"], reply["late"], reply["at"]) == ("2026-06-01T12:04:00Z", False, None)
    for bureau in (germany, france):
        messages = await bureau.thread(of_finder["thread"])
        assert [message["form"] for message in messages] == ["hits", "confirmation-request", "confirmation-answer"]
        assert [message["id"] for message in messages[1:]] == [asked_for["message"], reply["message"]]
        assert [message["in_reply_to"] for message in messages[1:]] == [of_finder["thread"], asked_for["message"]]
        assert [message["urgency"] for message in messages[1:]] == ["urgent", "urgent"]


@pytest.mark.thorough
async def test_a_list_says_how_often_and_how_urgently_confirmation_was_requested(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """Of the latest request on both sides, as a hit itself does, and at the Secretariat by what was proven."""
    new = await service.finds()
    hit_id = await asked(service, germany, france, "routine")
    await passing(hours=1)
    await germany.asks(hit_id, "urgent")
    await france.sees(hit_id, is_("requested", requests=2))
    for bureau in (germany, france):
        listed = {hit["id"]: (hit["requests"], hit["urgency"]) for hit in await bureau.listed()}
        assert listed == {new.id: (0, None), hit_id: (2, "urgent")}
    assert (await germany.hit(hit_id))["urgency"] == "urgent"
    await secretariat.sees(hit_id)
    [overdue] = await secretariat.listed()
    assert (overdue["requests"], overdue["urgency"]) == (1, "routine")


@pytest.mark.thorough
async def test_a_step_of_the_wrong_side_is_refused(
    service: Service, germany: Bureau, france: Bureau, kenya: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """The owner cannot ask, the finder cannot answer, the Secretariat can do neither; others find no hit."""
    hit_id = await asked(service, germany, france)
    await passing(minutes=10)
    await secretariat.sees(hit_id)
    for bureau in (france, secretariat):
        assert refusal_of(await bureau.request(hit_id)) == (403, "not-the-finder")
    for bureau in (germany, secretariat):
        assert refusal_of(await bureau.answer(hit_id, "confirmed")) == (403, "not-the-owner-of-hit")
    assert refusal_of(await kenya.request(hit_id)) == (404, "not-found")
    assert refusal_of(await kenya.answer(hit_id, "confirmed")) == (404, "not-found")
    assert refusal_of(await kenya.ask("GET", f"/{hit_id}")) == (404, "not-found")
    assert await kenya.listed() == []


async def test_a_step_out_of_order_is_refused(service: Service, germany: Bureau, france: Bureau) -> None:
    """An answer before a request, a request while one is open, an answer after the answer."""
    hit_id = (await service.finds()).id
    await germany.sees(hit_id)
    await france.sees(hit_id)
    assert refusal_of(await france.answer(hit_id, "confirmed")) == (409, "illegal-step")
    assert (await germany.request(hit_id)).status_code == 202
    assert refusal_of(await germany.request(hit_id)) == (409, "illegal-step")
    await france.sees(hit_id, is_("requested"))
    assert (await france.answer(hit_id, "confirmed")).status_code == 202
    assert refusal_of(await france.answer(hit_id, "not-confirmed")) == (409, "illegal-step")
    assert [message["form"] for message in await france.thread((await france.hit(hit_id))["thread"])] == [
        "hits",
        "confirmation-request",
        "confirmation-answer",
    ]


async def test_requesting_and_answering_need_the_write_scope(
    service: Service, germany: Bureau, france: Bureau, gateway: Any, mesh: Mesh
) -> None:
    """With the read scope all hits of the bureau are visible."""
    hit_id = await asked(service, germany, france)
    for code, step in (("DE", "requests"), ("FR", "answer")):
        reader = Bureau(gateway, mesh, code, "hits:read")
        assert (await reader.hit(hit_id))["state"] == "requested"
        assert refusal_of(await reader.ask("POST", f"/{hit_id}/{step}", json={})) == (403, "scope-missing")
    assert refusal_of(await Bureau(gateway, mesh, "DE", "messages:read").ask("GET")) == (403, "scope-missing")


@pytest.mark.thorough
async def test_the_secretariat_can_be_owner_or_finder_of_a_hit(
    service: Service, germany: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """As finder it escalates to itself, and as owner it is reported by the finder."""
    found = (await service.finds(owner="DE", finder="IPSG")).id
    owned = (await service.finds(owner="IPSG", finder="DE")).id
    for bureau, hit_id in ((secretariat, found), (germany, owned)):
        await bureau.sees(hit_id)
        await bureau.asks(hit_id)
    await secretariat.sees(owned, is_("requested"))
    await passing(minutes=10)
    for hit_id, side in ((found, "finder"), (owned, "owner")):
        shown = await secretariat.sees(hit_id, side="secretariat")
        assert (shown["state"], len(shown["confirmations"])) == ("overdue", 1)
        assert ((await secretariat.hit(hit_id))["side"], (await secretariat.hit(hit_id, side=side))["side"]) == (
            side,
        ) * 2
    own = (await secretariat.hit(found, side="secretariat"))["confirmations"][0]["escalations"]
    assert own == [{"due": "2026-06-01T12:10:00Z", "answer": None, "message": None}]
    for bureau, hit_id in ((germany, found), (secretariat, owned)):
        await bureau.sees(hit_id, is_("expired"), side="owner")
        assert (await bureau.answer(hit_id, "not-confirmed")).status_code == 202
        await secretariat.sees(hit_id, is_("not-confirmed", late=True), side="secretariat")
    assert {hit["id"] for hit in await secretariat.listed(side="secretariat")} == {found, owned}


@pytest.mark.thorough
@pytest.mark.usefixtures("pruned")
async def test_a_hit_older_than_five_years_is_pruned(mesh: Mesh) -> None:
    """By each gateway automatically."""
    found = kept(stored=int((NOW - timedelta(days=5 * 365)).timestamp() * 1000))
    mailbox = await mesh._mailboxes().of("DE")
    await mailbox.write(lambda store: HitStore(store.session).add(found))
    await mailbox.close()
    async with mesh.handling_mail("DE") as client:
        await Bureau(client, mesh, "DE").misses(found.details.id)
