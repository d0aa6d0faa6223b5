"""Confirmation of a hit between two bureaus through their gateways: France owns the record, Germany found it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.hits.rows import KeptHit
from gateway.hits.rules import Standing
from gateway.hits.store import HitStore
from gateway.hits.transitions import HitTransitions
from gateway.hits.worker import DeadlineWorker, register_hits
from shared.mailbox.host import MailboxHost
from shared.protocol.payloads import HitsNotice
from shared.records.hits.notifier import in_messages
from tests.conftest import NOW
from tests.gateway.hits.actors import Bureau, Service, connection_of
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.hit_samples import SERVICE, details, kept
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import refusal_of


def is_(state: str, **more: Any) -> Any:
    """Return a predicate of hits in a state."""
    return lambda hit: all(hit[name] == value for name, value in {"state": state, **more}.items())


def escalated(count: int) -> Any:
    return lambda hit: sum(len(asked["escalations"]) for asked in hit["confirmations"]) == count


async def asked(service: Service, germany: Bureau, france: Bureau, urgency: str = "urgent") -> str:
    """Have Germany find a record of France and ask for confirmation; return the id of the hit."""
    hit_id = (await service.finds()).id
    await germany.sees(hit_id)
    await france.sees(hit_id)
    await germany.asks(hit_id, urgency)
    await france.sees(hit_id, is_("requested"))
    return hit_id


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


async def test_a_second_request_may_be_postponed_and_is_escalated_again_when_that_expires(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """The deadline is then the promised time."""
    hit_id = await asked(service, germany, france)
    await passing(minutes=10)
    second = await germany.request(hit_id, "routine")
    assert (second.status_code, second.json()["due"]) == (202, "2026-06-01T13:10:00Z")
    await france.sees(hit_id, is_("requested", due="2026-06-01T13:10:00Z"))
    later = await france.answer(hit_id, "later", at="2026-06-02T12:00:00Z")
    assert later.status_code == 202
    promised = await germany.sees(hit_id, is_("later"))
    assert (promised["due"], promised["late"]) == ("2026-06-02T12:00:00Z", False)
    await passing(hours=12)
    assert (await germany.hit(hit_id))["state"] == (await france.hit(hit_id))["state"] == "later"
    assert refusal_of(await germany.request(hit_id)) == (409, "illegal-step")
    await passing(hours=12)
    assert (await germany.hit(hit_id))["state"] == (await france.hit(hit_id))["state"] == "expired"
    shown = await secretariat.sees(hit_id, escalated(2))
    dues = [[each["due"] for each in asked_for["escalations"]] for asked_for in shown["confirmations"]]
    assert dues == [["2026-06-01T12:10:00Z"], ["2026-06-02T12:00:00Z"]]
    assert shown["state"] == "overdue"


async def test_a_promise_that_is_sooner_than_the_deadline_replaces_it(
    service: Service, germany: Bureau, france: Bureau, passing: Pass
) -> None:
    """The finder may ask again as soon as the promised time has passed."""
    hit_id = await asked(service, germany, france)
    assert (await france.answer(hit_id, "later", at="2026-06-01T12:02:00Z")).status_code == 202
    await germany.sees(hit_id, is_("later", due="2026-06-01T12:02:00Z"))
    await passing(minutes=2)
    assert (await germany.request(hit_id)).status_code == 202
    await france.sees(hit_id, is_("requested", due="2026-06-01T12:12:00Z"))


async def test_a_postponed_request_is_answered_in_time_before_the_promised_time(
    service: Service, germany: Bureau, france: Bureau, passing: Pass
) -> None:
    """Although the first deadline has passed."""
    hit_id = await asked(service, germany, france)
    assert (await france.answer(hit_id, "later", at="2026-06-01T14:00:00+01:00")).status_code == 202
    await germany.sees(hit_id, is_("later", due="2026-06-01T13:00:00Z"))
    await passing(minutes=59)
    assert (await france.answer(hit_id, "not-confirmed")).status_code == 202
    settled = await germany.sees(hit_id, is_("not-confirmed", late=False))
    answers = [reply["answer"] for reply in settled["confirmations"][0]["answers"]]
    assert answers == ["later", "not-confirmed"]
    assert settled["confirmations"][0]["escalations"] == []


async def test_a_late_answer_is_accepted_and_reported_to_the_secretariat(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """Both sides show that it was late, and the hit is no longer overdue."""
    hit_id = await asked(service, germany, france)
    await passing(minutes=11)
    await secretariat.sees(hit_id)
    assert (await france.answer(hit_id, "confirmed")).json()["late"]
    settled = await germany.sees(hit_id, is_("confirmed", late=True))
    [reply] = settled["confirmations"][0]["answers"]
    assert (reply["late"], reply["answered"]) == (True, "2026-06-01T12:11:00Z")
    shown = await secretariat.sees(hit_id, is_("confirmed", late=True))
    [confirmation] = shown["confirmations"]
    assert [each["answer"] for each in confirmation["escalations"]] == [None, "confirmed"]
    assert (confirmation["answers"], await secretariat.listed(state="overdue")) == ([], [])
    of_finder = (await germany.hit(hit_id))["confirmations"][0]["escalations"]
    assert [each["answer"] for each in of_finder] == [None, "confirmed"]
    forms = [message["form"] for message in await secretariat.thread(shown["thread"])]
    assert forms[:2] == ["escalation", "overdue"]
    assert {*forms[2:]} <= {"escalation", "answer-proof"}
    assert refusal_of(await germany.request(hit_id)) == (409, "illegal-step")


async def test_an_answer_after_the_deadline_is_late_even_before_a_worker_noticed(
    service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Secretariat is notified all the same: the state does not depend on which process is faster."""
    hit_id = await asked(service, germany, france)

    async def look_away(_clocks: DeadlineWorker) -> None:
        pass

    monkeypatch.setattr(DeadlineWorker, "run_once", look_away)
    mesh.clock.advance(timedelta(minutes=10))
    assert (await france.answer(hit_id, "confirmed")).json()["late"]
    settled = await germany.sees(hit_id, is_("confirmed", late=True))
    assert [each["answer"] for each in settled["confirmations"][0]["escalations"]] == [None, "confirmed"]
    await secretariat.sees(hit_id, escalated(2))


async def test_a_step_uses_one_time_throughout(
    service: Service, germany: Bureau, france: Bureau, mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow a store is: both sides compute the same deadlines."""
    hit_id = (await service.finds()).id
    for bureau in (germany, france):
        await bureau.sees(hit_id)
    real = HitStore.save

    async def slow(hits: HitStore, hit: KeptHit, standing: Standing) -> bool:
        mesh.clock.advance(timedelta(seconds=5))
        return await real(hits, hit, standing)

    monkeypatch.setattr(HitStore, "save", slow)
    assert (await germany.request(hit_id)).status_code == 202
    of_owner = await france.sees(hit_id, is_("requested", due="2026-06-01T12:10:00Z"))
    [asked_for] = of_owner["confirmations"]
    assert asked_for["requested"] == "2026-06-01T12:00:00Z"
    furthest = mesh.clock.now() + timedelta(hours=72)
    assert (await france.answer(hit_id, "later", at=furthest.isoformat())).status_code == 202
    of_finder = await germany.sees(hit_id, is_("later"))
    monkeypatch.setattr(HitStore, "save", real)
    assert of_finder["confirmations"] == (await france.hit(hit_id))["confirmations"]


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


async def test_an_answer_that_crosses_the_next_request_settles_it(
    service: Service, germany: Bureau, france: Bureau, mesh: Mesh, passing: Pass
) -> None:
    """Both sides show the answer, and no deadline is left running."""
    hit_id = await asked(service, germany, france)
    await passing(minutes=10)
    for bureau in (france, germany):
        connection_of(mesh, bureau).disconnect()
    assert (await france.answer(hit_id, "confirmed")).status_code == 202
    assert (await germany.request(hit_id)).status_code == 202
    for bureau in (france, germany):
        connection_of(mesh, bureau).reconnect()
    await passing(minutes=5)
    of_finder = await germany.sees(hit_id, is_("confirmed", due=None, late=True))
    of_owner = await france.sees(hit_id, lambda hit: len(hit["confirmations"]) == 2)
    assert (of_owner["state"], of_owner["due"]) == ("confirmed", None)
    for hit in (of_finder, of_owner):
        assert [len(asked_for["answers"]) for asked_for in hit["confirmations"]] == [1, 0]


@pytest.mark.parametrize("hours", [0, 73])
async def test_a_promised_time_lies_within_72_hours(
    service: Service, germany: Bureau, france: Bureau, hours: int
) -> None:
    """Not in the past, and only with the answer `later`."""
    hit_id = await asked(service, germany, france)
    at = datetime.fromtimestamp(NOW.timestamp() + hours * 3600, NOW.tzinfo).isoformat()
    assert refusal_of(await france.answer(hit_id, "later", at=at)) == (422, "answer-time")
    assert refusal_of(await france.answer(hit_id, "later")) == (422, "answer-time")
    assert refusal_of(await france.answer(hit_id, "confirmed", at=at)) == (422, "answer-time")
    assert (await france.hit(hit_id))["state"] == "requested"
    within = datetime.fromtimestamp(NOW.timestamp() + 72 * 3600, NOW.tzinfo).isoformat()
    assert (await france.answer(hit_id, "later", at=within)).status_code == 202
    await germany.sees(hit_id, is_("later", due="2026-06-04T12:00:00Z"))


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


@pytest.mark.usefixtures("pruned")
async def test_a_hit_older_than_five_years_is_pruned(mesh: Mesh) -> None:
    """By each gateway automatically."""
    found = kept(stored=int((NOW - timedelta(days=5 * 365)).timestamp() * 1000))
    mailbox = await mesh._mailboxes().of("DE")
    await mailbox.write(lambda store: HitStore(store.session).add(found))
    await mailbox.close()
    async with mesh.handling_mail("DE") as client:
        await Bureau(client, mesh, "DE").misses(found.details.id)
