"""Quotas of the sender's posts at the broker: what exceeds them waits in the outbox, and delays nothing else."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from shared.bureaus import BureauCode
from shared.mailbox.attachments import object_name
from shared.mailbox.quotas import Amount, Quotas
from shared.mailbox.rules import POST_FULL_SECONDS
from shared.protocol.parcel import Parcel
from shared.transport import BrokerRefused
from shared.transport.memory import MemoryTransport
from tests.gateway.mesh import Mesh
from tests.gateway.messages.full_mailboxes import later, mailbox_of, waits
from tests.gateway.messages.officers import PATIENCE, Officer

FR, DE, KE = map(BureauCode, ("FR", "DE", "KE"))
POST: Final = 10
BACKLOG: Final = 30
BUCKET: Final = 1024 * 1024
FULL: Final = "maximum bytes exceeded"


@pytest.fixture
def quotas() -> Quotas:
    """Return a small post quota."""
    return Quotas(post=Amount(POST, 1024 * 1024))


async def outstanding(mesh: Mesh) -> dict[str, Amount]:
    return await (await mailbox_of(mesh, "FR")).reading.usage.outstanding()


def is_sent_or_full(recipient: dict[str, Any]) -> bool:
    return (recipient["state"], recipient["reason"]) in {("sent", None), ("queued", "post-full")}


@pytest.mark.thorough
async def test_a_backlog_for_an_offline_bureau_does_not_delay_others(mesh: Mesh) -> None:
    """It takes at most half of the quota; the rest is sent when the recipient returns, each message once."""
    async with mesh.handling_mail("FR", "KE") as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        backlog = [await france.send() for _ in range(BACKLOG)]
        await waits(france, backlog[-1], "post-full")
        assert await outstanding(mesh) == {"DE": Amount(POST // 2, (await outstanding(mesh))["DE"].bytes)}
        kenya = Officer(client, mesh, "KE")
        for _ in range(3):
            await kenya.receives(await france.send(to=["KE"]))
        urgent = await france.send(urgency="urgent")
        await france.sees(urgent, "sent")
        assert (await outstanding(mesh))["DE"].messages == POST // 2 + 1
        # Waiting messages are not retried for each new connection.
        connection = mesh.bureaus[FR].transport
        assert isinstance(connection, MemoryTransport)
        connection.disconnect()
        connection.reconnect()
        mesh.mailbox_host.host(mesh.bureaus[DE])
        for each in (urgent, *backlog):
            await france.sees(each, "delivered")
        assert sorted(await germany.box(limit=200)) == sorted([urgent, *backlog])
        assert await outstanding(mesh) == {}


async def test_messages_waiting_for_post_quota_are_retried_when_outstanding_ones_expire(mesh: Mesh) -> None:
    """Quota may become free without a receipt."""
    async with mesh.handling_mail("FR") as client:
        france = Officer(client, mesh, "FR")
        soon = (mesh.clock.now() + timedelta(seconds=POST_FULL_SECONDS / 2)).isoformat()
        first = [await france.send(valid_until=soon) for _ in range(POST // 2)]
        await france.sees(first[-1], "sent")
        waiting = await france.send()
        await waits(france, waiting, "post-full")
        await later(mesh, timedelta(seconds=2 * POST_FULL_SECONDS))
        for each in first:
            await france.sees(each, "expired")
        await france.sees(waiting, "sent")


async def test_messages_with_attachments_count_against_the_post_quota(mesh: Mesh) -> None:
    """They are sent through another path."""
    async with mesh.handling_mail("FR") as client:
        france = Officer(client, mesh, "FR")
        sent = [await france.attach(("a.bin", b"a")) for _ in range(POST)]
        await waits(france, sent[-1], "post-full")
        for each in sent:
            await france.until(f"/{each}", lambda message: is_sent_or_full(message["recipients"][0]))
        assert (await outstanding(mesh))["DE"].messages == POST // 2


async def test_attachments_for_an_offline_bureau_do_not_delay_those_for_others(mesh: Mesh) -> None:
    """They take at most half of the bucket; expired ones make room for waiting ones."""
    (await mailbox_of(mesh, "FR")).quotas = Quotas(bucket_bytes=BUCKET)
    async with mesh.handling_mail("FR", "DE") as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        soon = (mesh.clock.now() + timedelta(seconds=POST_FULL_SECONDS / 2)).isoformat()
        away = [await france.attach(("a.bin", bytes(BUCKET // 5)), to=["KE"], valid_until=soon) for _ in range(3)]
        for each in away:
            await france.sees(each, "sent")
        waiting = await france.attach(("a.bin", bytes(BUCKET // 5)), to=["KE"])
        await waits(france, waiting, "post-full")
        await germany.receives(await france.attach(("a.bin", bytes(BUCKET // 5))))
        post = (await france.get("/usage"))["post"]
        assert BUCKET // 2 < post["attachment_bytes"] <= post["attachment_bytes_limit"] == BUCKET
        await later(mesh, timedelta(seconds=2 * POST_FULL_SECONDS))
        await france.sees(waiting, "sent")
        transport = mesh.bureaus[FR].transport
        async with asyncio.timeout(PATIENCE):
            while any([await transport.has_object(object_name(each, 1)) for each in away]):  # noqa: ASYNC110 - removal sends no signal
                await asyncio.sleep(0.01)
        assert await transport.has_object(object_name(waiting, 1))


def refusing(method: str, words: list[str]) -> Callable[..., Any]:
    """Return a method of a transport that fails with an error text as long as there is one."""
    usual = getattr(MemoryTransport, method)

    async def refuse(transport: MemoryTransport, name: str, *given: Any, **options: Any) -> None:
        is_receipt = any(isinstance(each, Parcel) and not each.key for each in given)
        if words and not is_receipt:
            raise BrokerRefused(words[0])
        await usual(transport, name, *given, **options)

    return refuse


@pytest.mark.parametrize("method", ["post", "put_object"])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FULL, "storage-full"),
        ("insufficient storage resources available", "storage-full"),
        ("stream is sealed", "post-refused"),
    ],
)
async def test_a_post_refused_by_the_broker_stays_queued_with_the_reason_and_is_retried(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch, method: str, error: str, reason: str
) -> None:
    """At growing intervals and not each second; it is sent once the broker accepts it."""
    words = [error]
    monkeypatch.setattr(MemoryTransport, method, refusing(method, words))
    async with mesh.handling_mail("FR", "DE") as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        sent = await france.attach(("a.bin", b"a"))
        message = await waits(france, sent, reason)
        assert message["recipients"][0]["attempts"] == 1
        await later(mesh, timedelta(seconds=2))
        await later(mesh, timedelta(seconds=4))
        await france.until(f"/{sent}", lambda found: found["recipients"][0]["attempts"] == 2)
        [line] = mesh.logged("post-refused")
        assert (line["reason"], line["error"]) == (reason, error)
        words.clear()
        async with asyncio.timeout(PATIENCE):
            # The previous attempt may end only now, and its delay counts from then.
            while sent not in await germany.box():
                await later(mesh, timedelta(seconds=30))
                await asyncio.sleep(0.05)
        [recipient] = (await france.sees(sent, "delivered"))["recipients"]
        assert recipient["reason"] is None
