"""A step that is not allowed is logged and changes nothing, whatever its signer; one in another order does."""

from typing import Any

import pytest

from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, HitNote, HitsNotice, Overdue, Withdrawal
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.notes import A_RECORD, AT, SERVICE, note
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer


@pytest.fixture
async def found(service: Service, germany: Bureau, france: Bureau) -> HitNote:
    """Have Germany find a record of France, and both know."""
    found = await service.finds()
    await germany.sees(found.id)
    await france.sees(found.id)
    return found


@pytest.fixture
async def asked(found: HitNote, germany: Bureau, france: Bureau) -> HitNote:
    """Have Germany ask for confirmation."""
    await germany.asks(found.id)
    await france.sees(found.id, lambda hit: hit["state"] == "requested")
    return found


async def ignored(mesh: Mesh, bureau: Bureau, message_id: str) -> list[str]:
    """Wait until a message is in the inbox of a bureau, and return why it was ignored."""
    await Officer(bureau._client, mesh, bureau.code).receives(message_id)
    return [line["reason"] for line in mesh.logged("hit-step-ignored") if line["id"] == message_id]


def a_request(hit: HitNote, number: int = 1, **changed: Any) -> ConfirmationRequest:
    plain: dict[str, Any] = {"hit": hit.id, "number": number, "urgency": "urgent", "due": AT + 600}
    return ConfirmationRequest(**(plain | changed))


def an_answer(hit: HitNote, answer: Any = "confirmed", number: int = 1, **changed: Any) -> ConfirmationAnswer:
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
async def test_a_hit_that_cannot_be_is_not_entered(
    mesh: Mesh, service: Service, kenya: Bureau, changed: dict[str, Any], reason: str
) -> None:
    """The others of the same message are."""
    good = note(owner="KE")
    message_id = await service.tells(HitsNotice(service=SERVICE, hits=(note(**changed), good)), "KE")
    await kenya.sees(good.id)
    assert await ignored(mesh, kenya, message_id) == [reason]
    assert [hit["id"] for hit in await kenya.listed()] == [good.id]


async def test_a_service_speaks_for_itself_alone(mesh: Mesh, germany: Bureau, found: HitNote) -> None:
    """It neither tells of hits on the records of another, nor has them withdrawn."""
    other = Service(mesh, "notices", 101)
    forged = await other.tells(HitsNotice(service=SERVICE, hits=(note(),)), "DE")
    assert await ignored(mesh, germany, forged) == ["service"]
    withdrawal = Withdrawal(service=SERVICE, kind="vehicle", record=A_RECORD, version=2, act="withdrawn", at=AT)
    assert await ignored(mesh, germany, await other.tells(withdrawal, "DE")) == ["service"]
    assert [hit["id"] for hit in await germany.listed()] == [found.id]


async def test_a_hit_is_entered_once(mesh: Mesh, service: Service, germany: Bureau, asked: HitNote) -> None:
    """What is said of the same again changes nothing, nor is it repeated within a message."""
    before = await germany.hit(asked.id)
    again, new = note(id=asked.id, version=7), note()
    await service.tells(HitsNotice(service=SERVICE, hits=(again, new, new)), "DE")
    await germany.sees(new.id)
    assert await germany.hit(asked.id) == before
    assert [hit["id"] for hit in await germany.listed()] == [new.id, asked.id]


async def test_nobody_confirms_the_hit_of_another(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau, asked: HitNote
) -> None:
    """A forged answer is logged and ignored, and the owner's own is taken."""
    forged = await kenya.says(an_answer(asked), "DE")
    assert await ignored(mesh, germany, forged) == ["not-the-owner"]
    hit = await germany.hit(asked.id)
    assert (hit["state"], hit["confirmations"][0]["answers"]) == ("requested", [])
    assert (await france.answer(asked.id, "not-confirmed")).status_code == 202
    await germany.sees(asked.id, lambda hit: hit["state"] == "not-confirmed")


async def test_nobody_asks_for_the_finder(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau, found: HitNote
) -> None:
    """Nor does the owner ask, or the finder answer, by a gateway of its own making."""
    assert await ignored(mesh, france, await kenya.says(a_request(found), "FR")) == ["not-the-finder"]
    assert await ignored(mesh, germany, await france.says(a_request(found), "DE")) == []
    assert await ignored(mesh, france, await germany.says(an_answer(found), "FR")) == ["unknown-hit"]
    for bureau in (germany, france):
        assert (await bureau.hit(found.id))["state"] == "unconfirmed"


@pytest.mark.parametrize(("due", "urgency"), [(AT + 60, "urgent"), (AT + 600, "routine"), (1e300, "urgent")])
async def test_an_owner_is_left_the_agreed_time(
    mesh: Mesh, germany: Bureau, france: Bureau, found: HitNote, due: float, urgency: str
) -> None:
    """A request that states another is ignored."""
    message_id = await germany.says(a_request(found, due=due, urgency=urgency), "FR")
    assert await ignored(mesh, france, message_id) == ["times"]
    assert (await france.hit(found.id))["state"] == "unconfirmed"


async def test_a_request_is_made_once(germany: Bureau, france: Bureau, asked: HitNote) -> None:
    """The same number again is another message, and begins no other clock."""
    assert await germany.refusal_of(await germany.says(a_request(asked), "FR")) == "not-proven-turn"
    assert len((await france.hit(asked.id))["confirmations"]) == 1


@pytest.mark.parametrize("numbers", [(1, 2, 3), (3, 2, 1)])
async def test_a_request_is_made_when_no_clock_runs(
    germany: Bureau, france: Bureau, found: HitNote, numbers: tuple[int, ...]
) -> None:
    """A finder that asks thrice at once is heard once, or an owner would have the time of one for all."""
    said = [await germany.says(a_request(found, number), "FR") for number in numbers]
    reasons = [await germany.refusal_of(message_id) for message_id in said]
    assert sorted(map(str, reasons)) == ["None", "not-proven-turn", "not-proven-turn"]
    hit = await france.hit(found.id)
    assert (hit["state"], len(hit["confirmations"])) == ("requested", 1)


async def test_what_is_said_of_a_hit_is_said_in_its_thread(
    mesh: Mesh, germany: Bureau, france: Bureau, asked: HitNote, passing: Pass
) -> None:
    """Later readers find it only there."""
    elsewhere = {"thread": asked.request}
    assert await ignored(mesh, germany, await france.says(an_answer(asked), "DE", **elsewhere)) == ["thread"]
    await passing(minutes=10)
    again = a_request(asked, 2, due=AT + 1200)
    assert await ignored(mesh, france, await germany.says(again, "FR", **elsewhere)) == ["thread"]
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
async def test_an_answer_that_cannot_be_is_not_taken(
    mesh: Mesh, germany: Bureau, france: Bureau, asked: HitNote, answer: dict[str, Any], reason: str
) -> None:
    """Not even from the owner."""
    assert await ignored(mesh, germany, await france.says(an_answer(asked, **answer), "DE")) == [reason]
    assert (await germany.hit(asked.id))["state"] == "requested"


async def test_what_was_answered_is_not_answered_again(
    mesh: Mesh, germany: Bureau, france: Bureau, asked: HitNote
) -> None:
    """A second answer comes too late to change the first."""
    assert (await france.answer(asked.id, "confirmed")).status_code == 202
    await germany.sees(asked.id, lambda hit: hit["state"] == "confirmed")
    forged = await france.says(an_answer(asked, "not-confirmed"), "DE")
    assert await ignored(mesh, germany, forged) == ["not-possible"]
    assert (await germany.hit(asked.id))["state"] == "confirmed"


async def test_nobody_but_the_secretariat_misses_an_answer(
    mesh: Mesh, service: Service, kenya: Bureau, france: Bureau, secretariat: Bureau, asked: HitNote
) -> None:
    """Nor does it of a hit that the owner does not know, or was not asked about."""
    overdue = Overdue(hit=asked.id, number=1, due=AT + 600)
    assert await ignored(mesh, france, await kenya.says(overdue, "FR")) == ["not-the-secretariat"]
    of_no_hit = Overdue(hit=note().id, number=1, due=AT + 600)
    assert await ignored(mesh, france, await secretariat.says(of_no_hit, "FR")) == ["unknown-hit"]
    unasked = await service.finds()
    await france.sees(unasked.id)
    of_no_request = Overdue(hit=unasked.id, number=1, due=AT + 600)
    assert await ignored(mesh, france, await secretariat.says(of_no_request, "FR")) == ["not-possible"]
    assert (await france.hit(asked.id))["confirmations"][0]["escalations"] == []


async def test_a_request_may_come_before_its_hit(
    mesh: Mesh, service: Service, germany: Bureau, france: Bureau, kenya: Bureau
) -> None:
    """The service brings the hit to each bureau at its own pace: the clock runs from when the finder asked."""
    found = note()
    message = service.says(HitsNotice(service=SERVICE, hits=(found,)), "DE", "FR")
    await service.brings(message, "DE")
    await germany.sees(found.id)
    assert await ignored(mesh, france, await kenya.says(a_request(found), "FR", thread=message.head.id)) == []
    elsewhere = await germany.says(a_request(found), "FR", thread=found.request)
    assert await ignored(mesh, france, elsewhere) == []
    asked = await germany.request(found.id)
    message_id = asked.json()["confirmations"][0]["message"]
    assert await ignored(mesh, france, message_id) == []
    assert {line["id"] for line in mesh.logged("hit-step-early")} >= {elsewhere, message_id}
    await service.brings(message, "FR")
    hit = await france.sees(found.id)
    assert (hit["state"], hit["due"]) == ("requested", "2026-06-01T12:10:00Z")
    assert [each["message"] for each in hit["confirmations"]] == [message_id]
    assert sorted(line["reason"] for line in mesh.logged("hit-step-ignored")) == ["not-the-finder", "thread"]
    assert (await france.answer(found.id, "confirmed")).status_code == 202
    await germany.sees(found.id, lambda hit: hit["state"] == "confirmed")


async def test_no_more_waits_for_a_hit_than_may_be_asked_of_it(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau
) -> None:
    """Or all of it would be looked through at once when the hit comes; what others ask of it is not counted."""
    to_come = note()
    said = [await germany.says(a_request(to_come), "FR") for _ in range(5)]
    reasons = [await ignored(mesh, france, message_id) for message_id in said]
    assert sorted(reasons) == [[], [], [], ["not-possible"], ["not-possible"]]
    assert await ignored(mesh, france, await kenya.says(a_request(to_come), "FR")) == []


async def test_nothing_that_was_found_or_said_is_logged(
    mesh: Mesh, germany: Bureau, france: Bureau, kenya: Bureau, asked: HitNote, passing: Pass
) -> None:
    """What matched may be a name, and so may a note."""
    await france.answer(asked.id, "later", at="2026-06-01T13:00:00Z", note="Ask for Jane Roe")
    await kenya.says(an_answer(asked, note="Jane Roe"), "DE")
    await passing(hours=2)
    await germany.sees(asked.id, lambda hit: hit["confirmations"][0]["escalations"] != [])
    assert {line["side"] for line in mesh.logged("confirmation-expired")} >= {"finder"}
    written = mesh.written.getvalue().decode()
    assert "VIN" not in written
    assert "Roe" not in written
