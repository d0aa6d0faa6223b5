"""Full mailboxes: only the sender waits, sees the reason, and the message is delivered when there is room."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from shared.bureaus import BureauCode
from shared.crypto.hpke import CHUNK_BYTES, TAG_BYTES
from shared.mailbox.quotas import Amount, Quotas
from shared.mailbox.rules import VALID_FOR
from shared.transport.memory import MemoryTransport
from tests.gateway.mesh import Mesh
from tests.gateway.messages.full_mailboxes import later, mailbox_of, waits
from tests.gateway.messages.notifications import notification
from tests.gateway.messages.officers import DRAFT, PATIENCE, SCOPES, Officer, refusal_of

FR, DE = BureauCode("FR"), BureauCode("DE")
FULL_AT: Final = 2
MEBIBYTE: Final = 1024 * 1024
SMALL: Final = Quotas(
    per_sender=Amount(FULL_AT, MEBIBYTE),
    inbox=Amount(5, 10 * MEBIBYTE),
    outbox=Amount(20, 4 * MEBIBYTE),
)
LARGE: Final = Quotas()


@pytest.fixture
def quotas() -> Quotas:
    """Return small limits."""
    return SMALL


async def fill(sender: Officer, recipient: Officer, **changed: Any) -> None:
    """Send as much as the recipient's mailbox accepts of one sender."""
    for _ in range(FULL_AT):
        await recipient.receives(await sender.send(to=[recipient.bureau], **changed))


async def make_room(mesh: Mesh, bureau: str = "DE") -> None:
    """Raise the limits of a mailbox."""
    (await mailbox_of(mesh, bureau)).quotas = LARGE


async def test_a_message_over_the_quota_of_its_sender_is_deferred_with_a_signed_reason(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """Other senders are not affected; the same message is delivered as soon as there is room."""
    await fill(france, germany)
    sent = await france.send()
    message = await waits(france, sent, "mailbox-full")
    assert (message["state"], message["progress"]) == ("queued", {"queued": 1})
    await germany.receives(await kenya.send())
    assert sent not in await germany.box()
    evidence = await france.get(f"/{sent}/evidence")
    assert evidence["receipts"] == []
    await make_room(mesh)
    await later(mesh)
    france, germany = Officer(france._client, mesh, "FR"), Officer(germany._client, mesh, "DE")
    await germany.receives(sent)
    [recipient] = (await france.sees(sent, "delivered"))["recipients"]
    assert recipient["reason"] is None


async def test_a_deferral_is_one_event_however_often_the_message_is_retried(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """Retries follow a delay of their own, and are not hastened by a new connection."""
    await fill(france, germany)
    sent = await france.send()
    await waits(france, sent, "mailbox-full")
    connection = mesh.bureaus[FR].transport
    assert isinstance(connection, MemoryTransport)
    for _ in range(3):
        connection.disconnect()
        connection.reconnect()
        await later(mesh)
        france = Officer(france._client, mesh, "FR")
        await waits(france, sent, "mailbox-full")
    mailbox = await mailbox_of(mesh, "FR")
    events = [row for row in await mailbox.reading.events.after(0, 100) if row.id == sent]
    assert [(row.state, row.reason) for row in events] == [("queued", "mailbox-full")]
    [delivery] = await mailbox.reading.deliveries.of(events[0].message)
    assert delivery.attempts <= 4


async def test_a_deferred_message_expires(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """As any other that was not delivered in time."""
    await fill(france, germany)
    sent = await france.send()
    await waits(france, sent, "mailbox-full")
    await later(mesh, VALID_FOR)
    await Officer(france._client, mesh, "FR").sees(sent, "expired")


@pytest.mark.thorough
async def test_bureaus_together_leave_inbox_room_for_services(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """A hit is delivered when no bureau can store anything."""
    (await mailbox_of(mesh, "DE")).quotas = Quotas(per_sender=Amount(9, MEBIBYTE), inbox=Amount(10, 10 * MEBIBYTE))
    for _ in range(9):
        await germany.receives(await kenya.send())
    await waits(kenya, await kenya.send(), "mailbox-full")
    await waits(france, await france.send(), "mailbox-full")
    service = mesh.join("vehicles", "service", 100)
    post = mesh.post_of(service)
    async with post.running():
        sent = notification(mesh, DE)
        await post.send(sent)
        assert (await germany.receives(sent.id))["from"] == "vehicles"


async def test_attachments_over_the_quota_are_not_fetched(
    mesh: Mesh, france: Officer, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their sizes are in the message; a small message is still accepted."""
    fetched: list[str] = []
    get_object = MemoryTransport.get_object

    async def get(transport: MemoryTransport, owner: str, name: str, *given: Any, **options: Any) -> None:
        fetched.append(name)
        await get_object(transport, owner, name, *given, **options)

    monkeypatch.setattr(MemoryTransport, "get_object", get)
    sent = await france.attach(("large.bin", bytes(MEBIBYTE)))
    await waits(france, sent, "mailbox-full")
    assert fetched == []
    await germany.receives(await france.send())
    assert (await (await mailbox_of(mesh, "DE")).reading.usage.of("FR")).bytes < MEBIBYTE // 2
    await make_room(mesh)
    await later(mesh)
    await Officer(germany._client, mesh, "DE").receives(sent)
    assert fetched == [f"{sent}.1"]


async def test_concurrent_large_messages_stop_at_the_quota(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """Each alone would fit: the others are deferred once one is stored, and leave no chunks."""
    size = 3 * CHUNK_BYTES
    sent = [await france.attach(("large.bin", bytes(size))) for _ in range(3)]
    async with asyncio.timeout(PATIENCE):
        while sorted(await states(france, sent)) != ["delivered", "queued", "queued"]:  # noqa: ASYNC110 - as an officer
            await asyncio.sleep(0.01)
    mailbox = await mailbox_of(mesh, "DE")
    stored = await mailbox.reading.usage.of("FR")
    assert stored.messages == 1
    assert size < stored.bytes <= MEBIBYTE
    counts = [await mailbox.reading.chunks.count("FR", each) for each in sent]
    assert sorted(counts) == [0, 0, 3]
    assert len(await germany.box()) == 1


async def states(officer: Officer, sent: list[str]) -> list[str]:
    return [(await officer.get(f"/{each}"))["state"] for each in sent]


async def test_a_full_outbox_refuses_new_messages(mesh: Mesh, france: Officer) -> None:
    """The detail names the setting; a repeated request is still answered with its message."""
    key = {"Idempotency-Key": "once"}
    first = await france.ask("POST", json=DRAFT, headers=key)
    (await mailbox_of(mesh, "FR")).quotas = Quotas(outbox=Amount(1, MEBIBYTE))
    answer = await france.ask("POST", json=DRAFT)
    assert refusal_of(answer) == (507, "mailbox-full")
    assert "I247_OUTBOX_BYTES" in answer.json()["detail"]
    again = await france.ask("POST", json=DRAFT, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert await france.box(box="outbox") == [first.json()["id"]]


async def test_attachments_over_the_outbox_limit_are_refused_before_they_are_read(france: Officer) -> None:
    """By the Content-Length of the request."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(1024)

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(60 * MEBIBYTE)}
    answer = await france.ask("POST", content=body(), headers=headers)
    assert refusal_of(answer) == (507, "mailbox-full")
    assert read <= 1


async def test_attachments_without_a_stated_length_over_the_limit_leave_nothing_behind(
    mesh: Mesh, france: Officer
) -> None:
    """Their chunks are counted as they are stored."""
    files = [("attachments", ("large.bin", bytes(5 * MEBIBYTE))), ("message", (None, json.dumps(DRAFT)))]
    request = httpx.Request("POST", "http://gateway", files=files)
    whole = request.read()

    async def body() -> AsyncIterator[bytes]:
        for place in range(0, len(whole), 65536):
            yield whole[place : place + 65536]

    headers = {"Content-Type": request.headers["Content-Type"]}
    answer = await france.ask("POST", content=body(), headers=headers)
    assert refusal_of(answer) == (507, "mailbox-full")
    assert await (await mailbox_of(mesh, "FR")).reading.usage.all() in ({}, {"FR": Amount()})
    assert await france.box(box="outbox") == []


async def test_usage_and_limits_of_inbox_and_outbox_are_shown(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """The inbox by sender, largest first."""
    await germany.receives(await france.attach(("a.bin", bytes(1000))))
    await germany.receives(await kenya.send())
    shown = await germany.get("/usage")
    assert [each["sender"] for each in shown["inbox"]["senders"]] == ["FR", "KE"]
    assert [each["messages"] for each in shown["inbox"]["senders"]] == [1, 1]
    assert shown["inbox"]["senders"][0]["bytes"] - shown["inbox"]["senders"][1]["bytes"] > 1000 + TAG_BYTES
    total = sum(each["bytes"] for each in shown["inbox"]["senders"])
    assert shown["inbox"]["used"] == {"messages": 2, "bytes": total}
    assert shown["inbox"]["limit"] == {"messages": 5, "bytes": 10 * MEBIBYTE}
    assert shown["inbox"]["limit_per_sender"] == {"messages": FULL_AT, "bytes": MEBIBYTE}
    assert shown["outbox"] == {
        "used": {"messages": 0, "bytes": 0},
        "limit": {"messages": 20, "bytes": 4 * MEBIBYTE},
    }
    assert (await france.get("/usage"))["outbox"]["used"]["messages"] == 1


async def test_the_usage_of_the_post_is_shown_while_a_recipient_is_offline(mesh: Mesh) -> None:
    """Parcels with their bytes, and attachments in the bucket; zero once there are receipts."""
    async with mesh.handling_mail("FR") as client:
        france = Officer(client, mesh, "FR")
        sent = [await france.send(), await france.attach(("a.bin", bytes(1000)))]
        for each in sent:
            await france.sees(each, "sent")
        post = (await france.get("/usage"))["post"]
        assert (post["outstanding"]["parcels"], post["waiting"]) == (2, 0)
        assert post["outstanding"]["bytes"] > 2000
        assert post["attachment_bytes"] == 1000 + TAG_BYTES
        mesh.mailbox_host.host(mesh.bureaus[DE])
        for each in sent:
            await france.sees(each, "delivered")
        post = (await france.get("/usage"))["post"]
        assert (post["outstanding"], post["attachment_bytes"]) == ({"parcels": 0, "bytes": 0}, 0)


async def test_usage_is_refused_without_the_read_scope(mesh: Mesh, gateway: httpx.AsyncClient) -> None:
    """It shows which bureaus send messages."""
    writer = Officer(gateway, mesh, "FR", SCOPES[1])
    assert (await writer.ask("GET", "/usage")).status_code == 403
