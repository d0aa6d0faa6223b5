"""A step that is not allowed is logged and ignored, even if signed; steps in another order are accepted."""

from typing import Any

import pytest

from shared.protocol.payloads import (
    ConfirmationAnswer,
    ConfirmationRequest,
    HitDetails,
    HitsNotice,
    Overdue,
    Withdrawal,
)
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.hit_samples import A_RECORD, AT, SERVICE, details
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer


@pytest.fixture
async def found(service: Service, germany: Bureau, france: Bureau) -> HitDetails:
    """Have Germany find a record of France, and both bureaus receive the hit."""
    found = await service.finds()
    await germany.sees(found.id)
    await france.sees(found.id)
    return found


@pytest.fixture
async def asked(found: HitDetails, germany: Bureau, france: Bureau) -> HitDetails:
    """Have Germany ask for confirmation."""
    await germany.asks(found.id)
    await france.sees(found.id, lambda hit: hit["state"] == "requested")
    return found


async def ignored(mesh: Mesh, bureau: Bureau, message_id: str) -> list[str]:
    """Wait until a message is in the inbox of a bureau, and return why it was ignored."""
    await Officer(bureau._client, mesh, bureau.code).receives(message_id)
    return [line["reason"] for line in mesh.logged("hit-step-ignored") if line["id"] == message_id]


def a_request(hit: HitDetails, number: int = 1, **changed: Any) -> ConfirmationRequest:
    plain: dict[str, Any] = {"hit": hit.id, "number": number, "urgency": "urgent", "due": AT + 600}
    return ConfirmationRequest(**(plain | changed))


def an_answer(hit: HitDetails, answer: Any = "confirmed", number: int = 1, **changed: Any) -> ConfirmationAnswer:
    return ConfirmationAnswer(hit=hit.id, number=number, answer=answer, **changed)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "not-concerned"),
        ({"owner": "KE", "finder": "KE"}, "bureaus"),
        ({"owner": "KE", "finder": "XX"}, "bureaus"),
        ({"owner": "KE", "purpose": "curiosity"}, "purpose"),
        ({"owner": "KE", "last": 1e300}, "times"),
        ({"owner": "KE", "first": -1.0}, "times"),
    ],
)
async def test_an_invalid_hit_is_not_stored(
    mesh: Mesh, service: Service, kenya: Bureau, changed: dict[str, Any], reason: str
) -> None:
    """Other hits of the same message are."""
    good = details(owner="KE")
    message_id = await service.notifies(HitsNotice(service=SERVICE, hits=(details(**changed), good)), "KE")
    await kenya.sees(good.id)
    assert await ignored(mesh, kenya, message_id) == [reason]
    assert [hit["id"] for hit in await kenya.listed()] == [good.id]


async def test_a_service_can_only_report_and_withdraw_its_own_hits(
    mesh: Mesh, germany: Bureau, found: HitDetails
) -> None:
    other = Service(mesh, "notices", 101)
    forged = await other.notifies(HitsNotice(service=SERVICE, hits=(details(),)), "DE")
    assert await ignored(mesh, germany, forged) == ["service"]
    withdrawal = Withdrawal(service=SERVICE, kind="vehicle", record=A_RECORD, version=2, act="withdrawn", at=AT)
    assert await ignored(mesh, germany, await other.notifies(withdrawal, "DE")) == ["service"]
    assert [hit["id"] for hit in await germany.listed()] == [found.id]


async def test_a_hit_is_stored_once(mesh: Mesh, service: Service, germany: Bureau, asked: HitDetails) -> None:
    """A repetition changes nothing, also within one message."""
    before = await germany.hit(asked.id)
    again, new = details(id=asked.id, version=7), details()
    await service.notifies(HitsNotice(service=SERVICE, hits=(again, new, new)), "DE")
    await germany.sees(new.id)
    assert await germany.hit(asked.id) == before
    assert [hit["id"] for hit in await germany.listed()] == [new.id, asked.id]


async def test_an_answer_of_another_bureau_is_ignored(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau, asked: HitDetails
) -> None:
    """And logged; the owner's own is accepted."""
    forged = await kenya.sends(an_answer(asked), "DE")
    assert await ignored(mesh, germany, forged) == ["not-the-owner"]
    hit = await germany.hit(asked.id)
    assert (hit["state"], hit["confirmations"][0]["answers"]) == ("requested", [])
    assert (await france.answer(asked.id, "not-confirmed")).status_code == 202
    await germany.sees(asked.id, lambda hit: hit["state"] == "not-confirmed")


async def test_a_request_or_answer_of_the_wrong_side_has_no_effect(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau, found: HitDetails
) -> None:
    """By another bureau, by the owner, or by the finder, through a gateway of their own making."""
    assert await ignored(mesh, france, await kenya.sends(a_request(found), "FR")) == ["not-the-finder"]
    assert await ignored(mesh, germany, await france.sends(a_request(found), "DE")) == []
    assert await ignored(mesh, france, await germany.sends(an_answer(found), "FR")) == ["unknown-hit"]
    for bureau in (germany, france):
        assert (await bureau.hit(found.id))["state"] == "unconfirmed"


@pytest.mark.parametrize(("due", "urgency"), [(AT + 60, "urgent"), (AT + 600, "routine"), (1e300, "urgent")])
async def test_a_request_without_the_agreed_deadline_is_ignored(
    mesh: Mesh, germany: Bureau, france: Bureau, found: HitDetails, due: float, urgency: str
) -> None:
    message_id = await germany.sends(a_request(found, due=due, urgency=urgency), "FR")
    assert await ignored(mesh, france, message_id) == ["times"]
    assert (await france.hit(found.id))["state"] == "unconfirmed"


async def test_a_repeated_request_number_is_refused(germany: Bureau, france: Bureau, asked: HitDetails) -> None:
    """It starts no other deadline."""
    assert await germany.refusal_of(await germany.sends(a_request(asked), "FR")) == "not-proven-turn"
    assert len((await france.hit(asked.id))["confirmations"]) == 1


@pytest.mark.parametrize("numbers", [(1, 2, 3), (3, 2, 1)])
async def test_concurrent_requests_of_one_hit_count_once(
    germany: Bureau, france: Bureau, found: HitDetails, numbers: tuple[int, ...]
) -> None:
    """Otherwise an owner would have the time of one request for all three."""
    sent = [await germany.sends(a_request(found, number), "FR") for number in numbers]
    reasons = [await germany.refusal_of(message_id) for message_id in sent]
    assert sorted(map(str, reasons)) == ["None", "not-proven-turn", "not-proven-turn"]
    hit = await france.hit(found.id)
    assert (hit["state"], len(hit["confirmations"])) == ("requested", 1)


@pytest.mark.thorough
async def test_a_step_outside_the_thread_of_its_hit_is_ignored(
    mesh: Mesh, germany: Bureau, france: Bureau, asked: HitDetails, passing: Pass
) -> None:
    """Its readers look for it in the thread."""
    elsewhere = {"thread": asked.request}
    assert await ignored(mesh, germany, await france.sends(an_answer(asked), "DE", **elsewhere)) == ["thread"]
    await passing(minutes=10)
    again = a_request(asked, 2, due=AT + 1200)
    assert await ignored(mesh, france, await germany.sends(again, "FR", **elsewhere)) == ["thread"]
    for bureau in (germany, france):
        hit = await bureau.hit(asked.id)
        assert (hit["state"], len(hit["confirmations"]), hit["confirmations"][0]["answers"]) == ("expired", 1, [])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"answer": "later"}, "times"),
        ({"answer": "later", "at": AT - 1}, "times"),
        ({"answer": "later", "at": AT + 73 * 3600}, "times"),
        ({"answer": "later", "at": 1e300}, "times"),
        ({"answer": "confirmed", "at": 1e300}, "times"),
        ({"answer": "not-confirmed", "at": AT + 3600}, "times"),
        ({"answer": "confirmed", "number": 2}, "not-possible"),
        ({"answer": "later", "number": 2, "at": AT + 3600}, "not-possible"),
    ],
)
async def test_an_invalid_answer_of_the_owner_is_ignored(
    mesh: Mesh, germany: Bureau, france: Bureau, asked: HitDetails, answer: dict[str, Any], reason: str
) -> None:
    """Out of its time limits, or to a request that was not made."""
    assert await ignored(mesh, germany, await france.sends(an_answer(asked, **answer), "DE")) == [reason]
    assert (await germany.hit(asked.id))["state"] == "requested"


async def test_a_second_answer_is_ignored(mesh: Mesh, germany: Bureau, france: Bureau, asked: HitDetails) -> None:
    assert (await france.answer(asked.id, "confirmed")).status_code == 202
    await germany.sees(asked.id, lambda hit: hit["state"] == "confirmed")
    forged = await france.sends(an_answer(asked, "not-confirmed"), "DE")
    assert await ignored(mesh, germany, forged) == ["not-possible"]
    assert (await germany.hit(asked.id))["state"] == "confirmed"


@pytest.mark.thorough
async def test_an_overdue_notice_is_accepted_only_from_the_secretariat_on_an_open_request(
    mesh: Mesh, service: Service, kenya: Bureau, france: Bureau, secretariat: Bureau, asked: HitDetails
) -> None:
    """Not of a hit that the owner does not know."""
    overdue = Overdue(hit=asked.id, number=1, due=AT + 600)
    assert await ignored(mesh, france, await kenya.sends(overdue, "FR")) == ["not-the-secretariat"]
    of_no_hit = Overdue(hit=details().id, number=1, due=AT + 600)
    assert await ignored(mesh, france, await secretariat.sends(of_no_hit, "FR")) == ["unknown-hit"]
    unasked = await service.finds()
    await france.sees(unasked.id)
    of_no_request = Overdue(hit=unasked.id, number=1, due=AT + 600)
    assert await ignored(mesh, france, await secretariat.sends(of_no_request, "FR")) == ["not-possible"]
    assert (await france.hit(asked.id))["confirmations"][0]["escalations"] == []


@pytest.mark.thorough
async def test_a_request_may_arrive_before_its_hit(
    mesh: Mesh, service: Service, germany: Bureau, france: Bureau, kenya: Bureau
) -> None:
    """The service notifies bureaus independently; the deadline runs from the request of the finder."""
    found = details()
    message = service.composes(HitsNotice(service=SERVICE, hits=(found,)), "DE", "FR")
    await service.delivers(message, "DE")
    await germany.sees(found.id)
    assert await ignored(mesh, france, await kenya.sends(a_request(found), "FR", thread=message.head.id)) == []
    elsewhere = await germany.sends(a_request(found), "FR", thread=found.request)
    assert await ignored(mesh, france, elsewhere) == []
    asked = await germany.request(found.id)
    message_id = asked.json()["confirmations"][0]["message"]
    assert await ignored(mesh, france, message_id) == []
    assert {line["id"] for line in mesh.logged("hit-step-early")} >= {elsewhere, message_id}
    await service.delivers(message, "FR")
    hit = await france.sees(found.id)
    assert (hit["state"], hit["due"]) == ("requested", "2026-06-01T12:10:00Z")
    assert [each["message"] for each in hit["confirmations"]] == [message_id]
    assert sorted(line["reason"] for line in mesh.logged("hit-step-ignored")) == ["not-the-finder", "thread"]
    assert (await france.answer(found.id, "confirmed")).status_code == 202
    await germany.sees(found.id, lambda hit: hit["state"] == "confirmed")


async def test_early_requests_of_one_sender_for_a_hit_are_limited(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau
) -> None:
    """To as many as there may be; those of other senders are not counted."""
    to_come = details()
    sent = [await germany.sends(a_request(to_come), "FR") for _ in range(5)]
    reasons = [await ignored(mesh, france, message_id) for message_id in sent]
    assert sorted(reasons) == [[], [], [], ["not-possible"], ["not-possible"]]
    assert await ignored(mesh, france, await kenya.sends(a_request(to_come), "FR")) == []


async def test_remarks_and_matched_values_are_not_logged(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau, asked: HitDetails, passing: Pass
) -> None:
    """Both may contain a name."""
    await france.answer(asked.id, "later", at="2026-06-01T13:00:00Z", remark="Ask for Jane Roe")
    await kenya.sends(an_answer(asked, remark="Jane Roe"), "DE")
    await passing(hours=2)
    await germany.sees(asked.id, lambda hit: hit["confirmations"][0]["escalations"] != [])
    assert {line["side"] for line in mesh.logged("confirmation-expired")} >= {"finder"}
    written = mesh.written.getvalue().decode()
    assert "VIN" not in written
    assert "Roe" not in written
