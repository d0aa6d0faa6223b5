"""A bureau that floods, or lies about sizes or room, delays only itself."""

import asyncio
from io import BytesIO
from typing import Any, Final

import pytest

from shared.crypto.hpke import CHUNK_BYTES, ContentKey
from shared.ids import uuid7
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.quotas import Amount, Quotas
from shared.mailbox.rules import DEFERRAL_EVERY
from shared.protocol.envelope import ReceiptHead
from shared.protocol.messages import AttachmentMetadata, SealedMessage
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import parse
from shared.transport.subjects import Lane
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.gateway.messages.raw_messages import DIGEST, from_germany, nothing_waits, post, receipt_for, sealed

MEBIBYTE: Final = 1024 * 1024
MAX_SIGNED: Final = 5


@pytest.fixture
def quotas() -> Quotas:
    """Return small limits; after each test one more message is sent."""
    return Quotas(per_sender=Amount(3, MEBIBYTE))


@pytest.fixture(autouse=True)
def few_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limit of signed replies."""
    monkeypatch.setattr("shared.mailbox.deferral.MAX_REPLIES", MAX_SIGNED)


async def germany_of(mesh: Mesh) -> Mailbox:
    return await mesh.mailbox_host._mailboxes.of("DE")


async def signed(mesh: Mesh, to: str = "FR") -> list[tuple[str, str, str | None]]:
    """Return message id, state and reason of the receipts that Germany signed for a bureau."""
    found = []
    for arrival in await mesh.participants[to].transport.collect(Lane.URGENT, limit=1000, seconds=0.05):
        await arrival.settle()
        head = parse(ReceiptHead, arrival.parcel.signature)[1]
        found.append((head.re, head.state, head.reason))
    return found


async def make_room(mesh: Mesh) -> None:
    (await germany_of(mesh)).quotas = Quotas()


async def fill(mesh: Mesh) -> None:
    for _ in range(3):
        await post(mesh, sealed(mesh))
    await nothing_waits(mesh)
    assert [state for _, state, _ in await signed(mesh)] == ["delivered"] * 3


async def test_a_repeated_message_is_deferred_once_per_interval(mesh: Mesh) -> None:
    """A sender cannot make this bureau sign without end."""
    await fill(mesh)
    message = sealed(mesh)
    for _ in range(2):
        for _ in range(30):
            await post(mesh, message)
        await nothing_waits(mesh)
        assert await signed(mesh) == [(message.head.id, "deferred", "mailbox-full")]
        mesh.clock.advance(DEFERRAL_EVERY)
    await make_room(mesh)


@pytest.mark.thorough
async def test_a_flood_of_messages_gets_a_limited_number_of_deferrals(mesh: Mesh) -> None:
    """All are settled, so that messages of others are delivered; nothing of them is stored."""
    await fill(mesh)
    flood = [sealed(mesh) for _ in range(200)]
    for message in flood:
        await post(mesh, message, "routine")
    await nothing_waits(mesh)
    replies = await signed(mesh)
    assert len(replies) == MAX_SIGNED
    assert {each[1:] for each in replies} == {("deferred", "mailbox-full")}
    assert (await (await germany_of(mesh)).reading.usage.of("FR")).messages == 3
    other = sealed(mesh, by="KE")
    await post(mesh, other, by="KE")
    await nothing_waits(mesh)
    assert await signed(mesh, "KE") == [(other.head.id, "delivered", None)]
    await make_room(mesh)


async def test_a_stored_message_is_acknowledged_although_the_mailbox_is_full(mesh: Mesh) -> None:
    """Its sender missed the receipt; it takes no more room."""
    first = sealed(mesh)
    await post(mesh, first)
    for _ in range(2):
        await post(mesh, sealed(mesh))
    await nothing_waits(mesh)
    await signed(mesh)
    await post(mesh, first)
    await nothing_waits(mesh)
    assert await signed(mesh) == [(first.head.id, "delivered", None)]
    await make_room(mesh)


def with_file(mesh: Mesh, size: int) -> SealedMessage:
    """Return a message that states a file of a size."""
    attachment = AttachmentMetadata(name="a.bin", media_type="application/octet-stream", size=size, digest=DIGEST)
    return sealed(mesh, said={"attachments": (attachment,)}, id=uuid7(mesh.clock.now()))


async def put(mesh: Mesh, message: SealedMessage, content: bytes) -> None:
    """Put an object into the bucket of France for the file of a message."""
    await mesh.participants["FR"].transport.put_object(f"{message.head.id}.1", BytesIO(content))


async def test_an_attachment_larger_than_stated_is_not_stored(mesh: Mesh) -> None:
    message = with_file(mesh, 10)
    await put(mesh, message, bytes(4 * MEBIBYTE))
    await post(mesh, message)
    await until_logged(mesh, "attachment-not-fetched")
    assert await (await germany_of(mesh)).reading.usage.all() == {}


async def test_attachments_of_64_mib_are_deferred_without_fetching(mesh: Mesh) -> None:
    """Of any number of messages; the sender need not even have them."""
    flood = [with_file(mesh, 64 * MEBIBYTE) for _ in range(20)]
    for message in flood:
        await post(mesh, message, "routine")
    await nothing_waits(mesh)
    assert {each[1:] for each in await signed(mesh)} == {("deferred", "mailbox-full")}
    assert mesh.logged("attachment-not-fetched") == []
    assert await (await germany_of(mesh)).reading.usage.all() == {}


async def test_chunks_of_incomplete_messages_count_against_the_quota(mesh: Mesh) -> None:
    """A first file is fetched and a second one is missing, for one message id after the other."""
    sizes = (3 * CHUNK_BYTES, 1)
    key = ContentKey.generate()
    for _ in range(4):
        attachments = tuple(AttachmentMetadata(name="a", media_type="b", size=size, digest=DIGEST) for size in sizes)
        message = sealed(mesh, said={"attachments": attachments}, id=uuid7(mesh.clock.now()))
        await put(mesh, message, _sealed(key, sizes[0]))
        await post(mesh, message, "routine")
    await until_logged(mesh, "message-refused")
    stored = await (await germany_of(mesh)).reading.usage.of("FR")
    assert stored.bytes <= MEBIBYTE


def _sealed(key: ContentKey, size: int) -> bytes:
    cipher = key.attachment(1)
    places = size // CHUNK_BYTES
    return b"".join(cipher.seal(place, bytes(CHUNK_BYTES), last=place == places - 1) for place in range(places))


async def until_logged(mesh: Mesh, event: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while not mesh.logged(event):  # noqa: ASYNC110 - logging sends no signal
            await asyncio.sleep(0.01)


# --- a recipient that lies


async def events_of(mesh: Mesh, message_id: str) -> list[tuple[str, str | None]]:
    rows = await (await germany_of(mesh)).reading.events.after(0, 1000)
    return [(row.state, row.reason) for row in rows if row.id == message_id]


async def test_repeated_deferrals_of_a_recipient_are_one_event(mesh: Mesh, germany: Officer) -> None:
    """Each has its own id and signature; a deferral after delivery has no effect."""
    sent, head, signature = await from_germany(mesh, germany)
    for _ in range(20):
        await post(mesh, _deferral(mesh, head, signature))
    await nothing_waits(mesh)
    [recipient] = (await germany.get(f"/{sent}"))["recipients"]
    assert (recipient["state"], recipient["reason"]) == ("queued", "mailbox-full")
    assert await events_of(mesh, sent) == [("queued", "mailbox-full")]
    await post(mesh, Parcel(receipt_for(mesh, head, signature, "delivered"), b""))
    await germany.sees(sent, "delivered")
    for _ in range(3):
        await post(mesh, _deferral(mesh, head, signature))
    await nothing_waits(mesh)
    [recipient] = (await germany.get(f"/{sent}"))["recipients"]
    assert (recipient["state"], recipient["reason"]) == ("delivered", None)
    assert await events_of(mesh, sent) == [("queued", "mailbox-full"), ("delivered", None)]
    evidence = await germany.get(f"/{sent}/evidence")
    assert [receipt["head"]["state"] for receipt in evidence["receipts"]] == ["delivered"]


@pytest.mark.parametrize(("reason", "shown"), [("<script>", "other"), (None, None)])
async def test_an_unknown_reason_of_a_deferral_is_shown_as_other(
    mesh: Mesh, germany: Officer, reason: str | None, shown: str | None
) -> None:
    """Text that another bureau chooses is not shown."""
    sent, head, signature = await from_germany(mesh, germany)
    await post(mesh, _deferral(mesh, head, signature, reason))
    await nothing_waits(mesh)
    [recipient] = (await germany.get(f"/{sent}"))["recipients"]
    assert (recipient["state"], recipient["reason"]) == ("queued", shown)


async def test_a_deferral_of_a_bureau_that_is_no_recipient_has_no_effect(mesh: Mesh, germany: Officer) -> None:
    """Nor is it answered."""
    sent, head, signature = await from_germany(mesh, germany)
    receipt = receipt_for(mesh, head, signature, "deferred", by="KE", reason="mailbox-full")
    await post(mesh, Parcel(receipt, b""), by="KE")
    await nothing_waits(mesh)
    assert (await germany.get(f"/{sent}"))["recipients"][0]["state"] == "sent"
    assert await signed(mesh, "KE") == []


def _deferral(mesh: Mesh, head: Any, signature: str, reason: str | None = "mailbox-full") -> Parcel:
    return Parcel(receipt_for(mesh, head, signature, "deferred", reason=reason), b"")
