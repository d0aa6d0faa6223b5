"""A request that the owner does not answer in time is escalated to the Secretariat, once."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.hits.store import HitStore
from gateway.hits.transitions import HitTransitions
from gateway.hits.worker import DeadlineWorker, register_hits
from shared.mailbox.host import MailboxHost
from shared.protocol.payloads import HitsNotice
from shared.records.hits.notifier import in_messages
from tests.gateway.hits.actors import Bureau, Service, asked, connection_of, escalated, is_
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.hit_samples import SERVICE, details
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import refusal_of


@pytest.mark.thorough
async def test_a_request_not_answered_in_ten_minutes_is_escalated_once(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """By the finder's gateway to the Secretariat; both sides see that the request expired."""
    hit_id = await asked(service, germany, france)
    await passing(minutes=10, milliseconds=-1)
    for bureau in (germany, france):
        assert (await bureau.hit(hit_id))["state"] == "requested"
    await passing(milliseconds=1)
    for bureau in (germany, france):
        expired = await bureau.hit(hit_id)
        assert (expired["state"], expired["due"]) == ("expired", None)
    shown = await secretariat.sees(hit_id)
    [overdue] = await secretariat.listed(side="secretariat")
    assert {name: shown[name] for name in overdue} == overdue
    assert (shown["side"], shown["state"]) == ("secretariat", "overdue")
    assert (shown["handling"], shown["other_condition"]) == ("RESTRICTED", None)
    assert (shown["owner"], shown["finder"], shown["record"]) == ("FR", "DE", (await germany.hit(hit_id))["record"])
    [confirmation] = shown["confirmations"]
    assert (confirmation["number"], confirmation["urgency"], confirmation["message"]) == (1, "urgent", None)
    assert (confirmation["requested"], confirmation["due"]) == ("2026-06-01T12:00:00Z", "2026-06-01T12:10:00Z")
    of_finder = await germany.sees(hit_id, escalated(1))
    assert of_finder["confirmations"][0]["escalations"] == confirmation["escalations"]
    of_owner = await france.sees(hit_id, escalated(1))
    assert of_owner["confirmations"][0]["escalations"][0]["due"] == confirmation["due"]
    messages = [(each["form"], each["from"], each["officer"]) for each in await secretariat.thread(shown["thread"])]
    assert messages == [("escalation", "DE", "gateway"), ("overdue", "IPSG", "gateway")]
    assert shown["thread"] == of_finder["thread"]
    assert await secretariat.listed(side="finder") == await secretariat.listed(side="owner") == []


@pytest.mark.thorough
async def test_an_escalation_is_sent_only_after_the_owner_signed_for_the_request(
    mesh: Mesh,
    service: Service,
    germany: Bureau,
    france: Bureau,
    secretariat: Bureau,
    passing: Pass,
) -> None:
    """While the owner is offline the start of its deadline cannot be proven; the finder may ask again."""
    found = await service.finds()
    await germany.sees(found.id)
    connection_of(mesh, france).disconnect()
    asked = (await germany.request(found.id)).json()["confirmations"][0]["message"]
    await passing(minutes=30)
    await germany.sees(found.id, lambda hit: hit["state"] == "expired")
    connection_of(mesh, france).reconnect()
    await germany.has_receipt(asked)
    await passing(minutes=9)
    assert await secretariat.listed() == []
    await passing(minutes=1)
    shown = await secretariat.sees(found.id)
    assert (shown["state"], shown["confirmations"][0]["due"]) == ("overdue", "2026-06-01T12:40:00Z")


async def test_the_largest_hits_and_remarks_fit_into_one_escalation(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """A service puts no more hits into one message; the longest remarks fit with any characters."""
    signs = '"\\'
    found = [details(officer=signs * 127, other_condition=signs * 250) for _ in range(50)]
    together = next(in_messages(found))
    assert len(together) < len(found)
    await service.notifies(HitsNotice(service=SERVICE, hits=together), "DE", "FR")
    hit_id = together[0].id
    for bureau in (germany, france):
        await bureau.sees(hit_id)
    await germany.asks(hit_id, remark=signs * 1_000)
    await france.sees(hit_id, is_("requested"))
    await passing(minutes=10)
    await secretariat.sees(hit_id, escalated(1))
    assert (await france.answer(hit_id, "confirmed", remark=signs * 1_000)).status_code == 202
    await germany.sees(hit_id, escalated(2))
    await secretariat.sees(hit_id, is_("confirmed", late=True))


@pytest.mark.thorough
async def test_there_is_no_fourth_request(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """The Secretariat was notified of each; the owner may still answer."""
    hit_id = await asked(service, germany, france)
    for number in (2, 3):
        await passing(minutes=10)
        await secretariat.sees(hit_id, escalated(number - 1))
        await germany.asks(hit_id)
        await france.sees(hit_id, lambda hit, number=number: len(hit["confirmations"]) == number)
    await passing(minutes=10)
    shown = await secretariat.sees(hit_id, escalated(3))
    assert [asked_for["number"] for asked_for in shown["confirmations"]] == [1, 2, 3]
    assert refusal_of(await germany.request(hit_id)) == (409, "illegal-step")
    await passing(days=30)
    assert len((await secretariat.hit(hit_id))["confirmations"]) == 3
    assert (await france.answer(hit_id, "not-confirmed")).status_code == 202
    settled = await germany.sees(hit_id, is_("not-confirmed", late=True))
    assert [len(asked_for["answers"]) for asked_for in settled["confirmations"]] == [0, 0, 1]


async def test_a_deadline_that_passed_while_the_gateway_was_stopped_is_escalated_once(
    mesh: Mesh, service: Service, tmp_path: Path
) -> None:
    """All state is in the store."""
    async with mesh.handling_mail() as gateway:
        germany, france = Bureau(gateway, mesh, "DE"), Bureau(gateway, mesh, "FR")
        hit_id = await asked(service, germany, france)
    mesh.clock.advance(timedelta(minutes=30))
    mesh.mailbox_host = MailboxHost(mesh._mailboxes())
    register_hits(mesh.mailbox_host)
    async with mesh.handling_mail() as gateway:
        germany, secretariat = Bureau(gateway, mesh, "DE"), Bureau(gateway, mesh, "IPSG")
        assert (await germany.hit(hit_id))["state"] == "expired"
        await secretariat.sees(hit_id, escalated(1))
        assert (await germany.request(hit_id)).json()["confirmations"][1]["number"] == 2


async def test_two_workers_on_the_same_deadline_escalate_once(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, mesh: Mesh, passing: Pass
) -> None:
    """Several processes may serve a mailbox: the second one finds the hit changed."""
    hit_id = await asked(service, germany, france)
    session = await mesh.mailbox_host.of(germany.code)
    watch = DeadlineWorker(session.mailbox, session.bureau)
    known = await HitStore(session.mailbox.reading.session).find(hit_id)
    assert known is not None
    await passing(minutes=10)
    await secretariat.sees(hit_id, escalated(1))
    transitions, now = HitTransitions(session.bureau), session.mailbox.now()
    await session.mailbox.write(lambda store: transitions.catch_up(store, known, now))
    assert await watch.run_once() is None
    forms = [message["form"] for message in await germany.thread(known.thread)]
    assert forms == ["hits", "confirmation-request", "escalation"]
