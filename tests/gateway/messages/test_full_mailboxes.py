"""Mailboxes without room: the sender alone waits, learns why, and is delivered when there is room."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from shared.bureaus import BureauCode
from shared.crypto.hpke import CHUNK_BYTES, TAG_BYTES
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.quotas import Amount, Quotas
from shared.mailbox.rules import DEFERRED_SECONDS, VALID_FOR
from shared.transport.memory import MemoryTransport
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, PATIENCE, SCOPES, Officer, refusal_of
from tests.gateway.messages.test_service_post import letter

FR, DE = BureauCode("FR"), BureauCode("DE")
FULL_AT: Final = 2
MEBIBYTE: Final = 1024 * 1024
SMALL: Final = Quotas(
    per_sender=Amount(FULL_AT, MEBIBYTE),
    inbox=Amount(5, 10 * MEBIBYTE),
    outbox=Amount(20, 4 * MEBIBYTE),
)
LARGE: Final = Quotas()
LATER: Final = timedelta(seconds=1.2 * DEFERRED_SECONDS)


@pytest.fixture
def quotas() -> Quotas:
    """Return limits that are soon reached."""
    return SMALL


async def mailbox_of(mesh: Mesh, bureau: str) -> Mailbox:
    return await mesh.mailbox_host._mailboxes.of(bureau)


async def waits(officer: Officer, message_id: str, reason: str, state: str = "queued") -> Any:
    """Wait until the one recipient of a message is in a state for a reason, and return the message."""

    def fits(message: Any) -> bool:
        [recipient] = message["recipients"]
        return (recipient["state"], recipient["reason"]) == (state, reason)

    return await officer.until(f"/{message_id}", fits)


async def fill(sender: Officer, recipient: Officer, **changed: Any) -> None:
    """Send as much as the recipient's mailbox takes of one sender."""
    for _ in range(FULL_AT):
        await recipient.receives(await sender.send(to=[recipient.bureau], **changed))


async def later(mesh: Mesh, by: timedelta = LATER) -> None:
    """Have time pass, and all couriers look."""
    mesh.clock.advance(by)
    for bureau in mesh.bureaus:
        (await mailbox_of(mesh, bureau)).changes.notify()


async def make_room(mesh: Mesh, bureau: str = "DE") -> None:
    """Have the operator of a gateway raise its limits."""
    (await mailbox_of(mesh, bureau)).quotas = LARGE


# --- the mailbox of a recipient


async def test_a_message_beyond_the_share_of_its_sender_waits_with_a_signed_reason(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """Others are not held up; and it is delivered as soon as there is room, the same message."""
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


async def test_it_is_told_once_that_a_message_waits(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """However often it is tried in vain; after a delay of its own, and not sooner for a new connection."""
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


async def test_what_waits_for_room_expires_in_the_end(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """It is given up as any other that was not delivered in time."""
    await fill(france, germany)
    sent = await france.send()
    await waits(france, sent, "mailbox-full")
    await later(mesh, VALID_FOR)
    await Officer(france._client, mesh, "FR").sees(sent, "expired")


async def test_all_bureaus_together_leave_room_for_services(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """A hit comes through where no bureau can store anything any more."""
    (await mailbox_of(mesh, "DE")).quotas = Quotas(per_sender=Amount(9, MEBIBYTE), inbox=Amount(10, 10 * MEBIBYTE))
    for _ in range(9):
        await germany.receives(await kenya.send())
    await waits(kenya, await kenya.send(), "mailbox-full")
    await waits(france, await france.send(), "mailbox-full")
    service = mesh.join("vehicles", "service", 100)
    post = mesh.post_of(service)
    async with post.running():
        said = letter(mesh, DE)
        await post.send(said)
        assert (await germany.receives(said.id))["from"] == "vehicles"


async def test_attachments_without_room_are_not_fetched(
    mesh: Mesh, france: Officer, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their sizes are in the message; nothing of them is stored, and a small message is still taken."""
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


async def test_large_messages_at_once_stop_at_the_limit(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """Each fits by itself: the second one is deferred once the first is there, and leaves nothing behind."""
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


# --- the own outbox


async def test_an_outbox_that_is_full_takes_nothing_more(mesh: Mesh, france: Officer) -> None:
    """The officer is told what to do; a message that was accepted before is answered again."""
    key = {"Idempotency-Key": "once"}
    first = await france.ask("POST", json=DRAFT, headers=key)
    (await mailbox_of(mesh, "FR")).quotas = Quotas(outbox=Amount(1, MEBIBYTE))
    answer = await france.ask("POST", json=DRAFT)
    assert refusal_of(answer) == (507, "mailbox-full")
    assert "I247_OUTBOX_BYTES" in answer.json()["detail"]
    again = await france.ask("POST", json=DRAFT, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert await france.box(box="outbox") == [first.json()["id"]]


async def test_files_without_room_are_refused_before_they_are_read(france: Officer) -> None:
    """By the length that the request states."""
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


async def test_files_that_turn_out_to_be_too_large_leave_nothing_behind(mesh: Mesh, france: Officer) -> None:
    """Of a request that states no length the chunks are counted as they are kept."""
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


# --- what is shown


async def test_use_and_limits_are_shown(mesh: Mesh, france: Officer, germany: Officer, kenya: Officer) -> None:
    """Of the mailbox by sender, largest first, of the outbox, and of the post."""
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


async def test_the_post_is_shown_while_a_recipient_is_away(mesh: Mesh) -> None:
    """Parcels with their bytes, and the attachments in the bucket; nothing of it once it is signed for."""
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


async def test_who_may_not_read_messages_is_not_shown_the_use(mesh: Mesh, gateway: httpx.AsyncClient) -> None:
    """It says who writes to the bureau."""
    writer = Officer(gateway, mesh, "FR", SCOPES[1])
    assert (await writer.ask("GET", "/usage")).status_code == 403
