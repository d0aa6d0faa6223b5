"""Failed deliveries are retried, also after a restart, and webhooks do not delay each other."""

import asyncio
import time
from datetime import datetime
from typing import Any

import httpx
import pytest

from gateway.messages.webhooks import sender
from gateway.messages.webhooks.worker import BATCH_SIZE, RETRY_SECONDS, WebhookWorker
from tests.gateway.messages.officers import Officer
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, answer, receiving


@pytest.mark.thorough
async def test_a_failed_delivery_is_retried_for_a_day_and_then_listed_as_failed(
    gateway: httpx.AsyncClient, mesh: HookedMesh, receiver: Receiver
) -> None:
    """With the same id, a new signature and growing intervals."""
    germany = Officer(gateway, mesh, "DE")
    webhook = await registered(germany, receiver.url)
    receiver.usually = answer(500)
    await Officer(gateway, mesh, "FR").send()
    for attempt, wait in enumerate(RETRY_SECONDS, start=1):
        delivery = await attempted(Officer(gateway, mesh, "DE"), webhook, attempt)
        assert (delivery["state"], delivery["outcome"]) == ("pending", "500")
        at, following = map(datetime.fromisoformat, (delivery["at"], delivery["next_attempt"]))
        assert (following - at).total_seconds() == wait
        await mesh.pass_time("DE", wait - 0.001)
        await asyncio.sleep(0.01)
        assert len(receiver.got) == attempt
        await mesh.pass_time("DE", 0.001)
        await receiver.gets(attempt + 1)
    [delivery] = await deliveries(Officer(gateway, mesh, "DE"), webhook, 1, "failed")
    assert (delivery["attempts"], delivery["outcome"]) == (len(RETRY_SECONDS) + 1, "500")
    assert delivery["next_attempt"] is None
    assert 24 * 3600 <= sum(RETRY_SECONDS) <= 26 * 3600
    assert len({posted.headers["webhook-id"] for posted in receiver.got}) == 1
    assert len({posted.body for posted in receiver.got}) == 1
    # The clock of the mesh is a day ahead of the receiver's, which would refuse a time of that day.
    assert all(abs(int(posted.headers["webhook-timestamp"]) - time.time()) < 60 for posted in receiver.got)


async def test_a_delivery_to_an_unreachable_target_succeeds_on_retry(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    async with receiving() as gone:
        url = gone.url
    webhook = await registered(germany, url)
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", "unreachable")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", gone.port)
    async with server:
        await mesh.pass_time("DE", 5)
        [delivery] = await deliveries(germany, webhook, 1, "delivered")
        assert delivery["attempts"] == 2


async def test_status_410_removes_the_webhook(france: Officer, germany: Officer, receiver: Receiver) -> None:
    """As the Standard Webhooks specification says."""
    await registered(germany, receiver.url)
    receiver.usually = answer(410)
    await france.send()
    await germany.until(PATH, lambda page: page["items"] == [])


@pytest.mark.thorough
async def test_a_slow_target_does_not_delay_other_webhooks(
    france: Officer, germany: Officer, receiver: Receiver
) -> None:
    """Few requests to it are under way at a time."""
    async with receiving() as slow:
        slow.silent = True
        waiting = await registered(germany, slow.url)
        prompt = await registered(germany, receiver.url)
        for _ in range(10):
            await france.send()
        await deliveries(germany, prompt, 10, "delivered")
        assert len(slow.got) <= 4
        assert (await germany.get(f"{PATH}/{waiting['id']}/deliveries", state="delivered"))["items"] == []


@pytest.mark.thorough
async def test_an_answer_after_the_timeout_is_not_awaited(
    france: Officer, germany: Officer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "ANSWER_SECONDS", 0.1)
    receiver.silent = True
    webhook = await registered(germany, receiver.url)
    await france.send()
    assert (await attempted(germany, webhook, 1))["outcome"] == "timeout"


def _was_tried(delivery: dict[str, Any]) -> bool:
    return bool(delivery["attempts"])


@pytest.mark.thorough
async def test_a_target_that_does_not_answer_is_not_tried_for_a_while(
    france: Officer, germany: Officer, mesh: HookedMesh
) -> None:
    """However many events wait, only a few attempts are made."""
    async with receiving() as gone:
        url = gone.url
    webhook = await registered(germany, url)
    for _ in range(10):
        await france.send()
    path = f"{PATH}/{webhook['id']}/deliveries"
    await germany.until(path, lambda page: len(page["items"]) == 10 and any(map(_was_tried, page["items"])))
    # Time for it to try more, if it did.
    await asyncio.sleep(0.05)
    assert len([item for item in (await germany.get(path))["items"] if _was_tried(item)]) <= BATCH_SIZE
    async with await asyncio.start_server((back := Receiver()).serve, "127.0.0.1", gone.port):
        await mesh.pass_time("DE", 60)
        await deliveries(germany, webhook, 10, "delivered")
    assert len({posted.event["number"] for posted in back.got}) == 10


async def test_pending_deliveries_of_a_deleted_webhook_are_dropped(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    webhook = await registered(germany, receiver.url)
    receiver.usually = answer(500)
    await france.send()
    await attempted(germany, webhook, 1)
    assert (await germany.ask("DELETE", f"{PATH}/{webhook['id']}")).status_code == 204
    after = await registered(germany, receiver.url)
    receiver.usually = answer(204)
    await mesh.pass_time("DE", 60)
    await france.send()
    await deliveries(germany, after, 1, "delivered")
    assert len(receiver.got) == 2


@pytest.mark.thorough
async def test_no_event_is_lost_over_a_restart(mesh: HookedMesh, receiver: Receiver) -> None:
    """A delivery under way is repeated with its id, and pending ones are sent."""
    receiver.silent = True
    async with mesh.handling_mail() as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        webhook = await registered(germany, receiver.url)
        sent = {await france.send() for _ in range(10)}
        for message_id in sent:
            await germany.receives(message_id)
        before = list(await receiver.gets(1))
    receiver.silent = False
    mesh.open_mailboxes()
    async with mesh.handling_mail() as client:
        germany = Officer(client, mesh, "DE")
        await mesh.pass_time("DE", 31)
        await deliveries(germany, webhook, 10, "delivered")
    after = receiver.got[len(before) :]
    assert {posted.event["id"] for posted in after} == sent
    assert len({posted.headers["webhook-id"] for posted in receiver.got}) == 10


@pytest.mark.thorough
async def test_concurrent_workers_deliver_each_event_once(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """Also when many events wait."""
    webhook = await registered(germany, receiver.url)
    sent = {await france.send() for _ in range(30)}
    mailbox = await mesh.mailbox("DE")
    async with asyncio.TaskGroup() as group:
        couriers = [group.create_task(WebhookWorker(mailbox, mesh.webhook_sender).run()) for _ in range(3)]
        await deliveries(germany, webhook, 30, "delivered")
        for courier in couriers:
            courier.cancel()
    assert sorted(posted.event["id"] for posted in receiver.got) == sorted(sent)
