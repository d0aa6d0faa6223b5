"""The deadline of a request to confirm a hit: promises move it, and answers after it are late."""

from datetime import datetime, timedelta

import pytest

from gateway.hits.rows import StoredHit
from gateway.hits.rules import ConfirmationStatus
from gateway.hits.store import HitStore
from gateway.hits.worker import DeadlineWorker
from tests.conftest import NOW
from tests.gateway.hits.actors import Bureau, Service, asked, connection_of, escalated, is_
from tests.gateway.hits.conftest import Pass
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import refusal_of


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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

    async def do_nothing(_worker: DeadlineWorker) -> None:
        pass

    monkeypatch.setattr(DeadlineWorker, "run_once", do_nothing)
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

    async def slow(hits: HitStore, hit: StoredHit, status: ConfirmationStatus) -> bool:
        mesh.clock.advance(timedelta(seconds=5))
        return await real(hits, hit, status)

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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
