"""A webhook that accepts nothing for longer than events are kept."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.messages.webhooks.worker import EndpointDispatcher
from shared.mailbox.models import MessageState
from shared.mailbox.pruning import Pruner
from shared.mailbox.rows import state_event
from tests.gateway.messages.mailbox_rows import row_of
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, receiving
from tests.support import always

FORTY_DAYS = 40 * 24 * 3600


@pytest.mark.thorough
async def test_a_webhook_offline_for_forty_days_continues_with_current_events(
    gateway: httpx.AsyncClient, mesh: HookedMesh, receiver: Receiver
) -> None:
    """Skipped events are logged, and no longer listed."""
    germany = Officer(gateway, mesh, "DE")
    async with receiving() as gone:
        webhook = await registered(germany, gone.url)
    missed = await Officer(gateway, mesh, "FR").send()
    await attempted(germany, webhook, 1)
    await mesh.pass_time("DE", FORTY_DAYS)
    germany = Officer(gateway, mesh, "DE")
    await attempted(germany, webhook, 2)
    await Pruner(await mesh.mailbox("DE"), mesh.clock, always).prune()
    assert (await germany.get(f"{PATH}/{webhook['id']}/deliveries"))["items"] == []
    [skipped] = mesh.logged("webhook-events-skipped")
    assert (skipped["bureau"], skipped["events"]) == ("DE", 1)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", gone.port)
    async with server:
        # It is not tried for a while after it did not answer.
        await mesh.pass_time("DE", 60)
        later = await Officer(gateway, mesh, "FR").send()
        [posted] = await receiver.gets(1)
        assert posted.event["id"] == later != missed
        await deliveries(germany, webhook, 1, "delivered")


async def test_a_gateway_offline_for_forty_days_continues_with_current_events(
    mesh: HookedMesh, receiver: Receiver
) -> None:
    """Also if the old events have not been pruned yet."""
    async with mesh.handling_mail() as gateway:
        webhook = await registered(Officer(gateway, mesh, "DE"), receiver.url)
    mailboxes = mesh._mailboxes()
    mailbox = await mailboxes.of("DE")
    await mailbox.write(lambda store: store.add_all([row_of("a")]))
    missed = [state_event(1, "FR", MessageState.DELIVERED, mailbox.now())] * 3
    await mailbox.write(lambda store: store.events.add(missed, mailbox.now()))
    mesh.clock.advance(timedelta(seconds=FORTY_DAYS))
    mesh.open_mailboxes()
    async with mesh.handling_mail() as gateway:
        sent = await Officer(gateway, mesh, "FR").send()
        [posted] = await receiver.gets(1)
        await deliveries(Officer(gateway, mesh, "DE"), webhook, 1, "delivered")
    assert posted.event["id"] == sent
    assert await mailbox.reading.events.last() == len(missed) + 1
    await mailboxes.close()


@pytest.mark.thorough
async def test_an_event_pruned_between_claim_and_delivery_is_not_sent(
    gateway: httpx.AsyncClient, mesh: HookedMesh, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process pruned it; the dispatcher continues."""
    mailbox = await mesh.mailbox("DE")
    claim = EndpointDispatcher._claim

    async def claim_late(self: EndpointDispatcher) -> Any:
        claimed = await claim(self)
        mesh.clock.advance(timedelta(seconds=FORTY_DAYS))
        await Pruner(mailbox, mesh.clock, always).prune()
        monkeypatch.undo()
        return claimed

    monkeypatch.setattr(EndpointDispatcher, "_claim", claim_late)
    await registered(Officer(gateway, mesh, "DE"), receiver.url)
    await Officer(gateway, mesh, "FR").send()
    async with asyncio.timeout(PATIENCE):
        while not mesh.logged("webhook-events-skipped"):  # noqa: ASYNC110 - logging sends no signal
            await asyncio.sleep(0.005)
    sent = await Officer(gateway, mesh, "FR").send()
    [posted] = await receiver.gets(1)
    assert posted.event["id"] == sent
    assert mesh.logged("job-failed") == []
