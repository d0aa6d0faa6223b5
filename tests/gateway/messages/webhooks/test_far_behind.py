"""A webhook that takes nothing for longer than events are kept."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.messages.webhooks.worker import EndpointDispatcher
from shared.mailbox.models import State
from shared.mailbox.pruning import Pruner
from shared.mailbox.rows import state_event
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.gateway.messages.test_store import row_of
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, receiving
from tests.support import always

FORTY_DAYS = 40 * 24 * 3600


async def test_a_webhook_that_was_away_for_forty_days_goes_on_with_what_happens_now(
    gateway: httpx.AsyncClient, mesh: HookedMesh, receiver: Receiver
) -> None:
    """What it was not told is skipped, which is logged, and is no longer listed."""
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
        # It is left alone for a while after it did not answer.
        await mesh.pass_time("DE", 60)
        later = await Officer(gateway, mesh, "FR").send()
        [posted] = await receiver.gets(1)
        assert posted.event["id"] == later != missed
        await deliveries(germany, webhook, 1, "delivered")


async def test_a_gateway_that_was_away_for_forty_days_goes_on_with_what_happens_now(
    mesh: HookedMesh, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not what happened before has been removed by then."""
    monkeypatch.setattr("shared.mailbox.host.Pruner", NoPruning)
    async with mesh.handling_mail() as gateway:
        webhook = await registered(Officer(gateway, mesh, "DE"), receiver.url)
    mailboxes = mesh._mailboxes()
    mailbox = await mailboxes.of("DE")
    await mailbox.write(lambda store: store.add_all([row_of("a")]))
    missed = [state_event(1, "FR", State.DELIVERED, mailbox.now())] * 3
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


async def test_what_is_removed_while_it_is_about_to_be_told_is_not_told(
    gateway: httpx.AsyncClient, mesh: HookedMesh, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process; and the round goes on."""
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
        while not mesh.logged("webhook-events-skipped"):  # noqa: ASYNC110 - what is logged tells nobody
            await asyncio.sleep(0.005)
    sent = await Officer(gateway, mesh, "FR").send()
    [posted] = await receiver.gets(1)
    assert posted.event["id"] == sent
    assert mesh.logged("job-failed") == []


class NoPruning:
    """Removes nothing."""

    def __init__(self, *_: object) -> None:
        pass

    async def run(self) -> None:
        """Do nothing."""
