"""Messages that may become valid later: how often they are delivered again, and that none blocks others."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey
from shared.crypto.hpke import ContentKey, SealingKey
from shared.mailbox import deferral, opening, receiving
from shared.protocol.directory_entry import sign_entry
from shared.protocol.envelope import sign_envelope
from shared.protocol.messages import AttachmentMetadata, SealedMessage
from shared.protocol.parcel import Parcel
from shared.rpc.keyring import KeyRing
from tests.conftest import NOW
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.gateway.messages.raw_messages import DIGEST, answers, nothing_waits, parcel_of, post, sealed
from tests.support import Noted

# SHA-256 of no bytes.
NOTHING = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def _of_a_key_unknown(mesh: Mesh, message: SealedMessage) -> Parcel:
    head = msgspec.structs.replace(message.head, kid=SigningKey.generate().kid)
    return Parcel(sign_envelope(head, message.body, SigningKey.generate()), message.body, parcel_of(mesh, message).key)


def _for_a_sealing_key_unknown(mesh: Mesh, message: SealedMessage) -> Parcel:
    return message.parcel_for("DE", SealingKey(bytes([99]) * 32).public)


def _of_tomorrow(mesh: Mesh, message: SealedMessage) -> Parcel:
    return parcel_of(mesh, sealed(mesh, sent=NOW + timedelta(days=1), valid_until=NOW + timedelta(days=2)))


@pytest.mark.parametrize("made", [_of_a_key_unknown, _for_a_sealing_key_unknown, _of_tomorrow])
async def test_a_message_that_may_become_valid_is_redelivered_a_limited_number_of_times(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch, made: Callable[[Mesh, SealedMessage], Parcel]
) -> None:
    """The directory may be stale. Finally it is dropped without a receipt; its sender may send it again."""
    monkeypatch.setattr(opening, "LATER_SECONDS", 0.01)
    await post(mesh, made(mesh, sealed(mesh)))
    await nothing_waits(mesh)
    assert len(mesh.logged("message-refused")) == deferral.MAX_ATTEMPTS
    assert mesh.broker.kept._lanes[("FR", "urgent")] == {}
    assert await germany.box() == []


@pytest.mark.thorough
async def test_deferred_parcels_of_one_sender_are_limited(mesh: Mesh, germany: Officer) -> None:
    """Each takes one of the places of the broker's unsettled messages; the rest is left for other senders."""
    await germany.box()
    count = 3 * deferral.MAX_DEFERRED
    for _ in range(count):
        await post(mesh, _of_a_key_unknown(mesh, sealed(mesh)))
    late = sealed(mesh, by="KE", sent=NOW + timedelta(minutes=1), valid_until=NOW + timedelta(days=1))
    await post(mesh, late, by="KE")
    waiting = mesh.broker.kept._lanes[("DE", "urgent")]
    async with asyncio.timeout(PATIENCE):
        while len(mesh.logged("message-refused")) <= count:  # noqa: ASYNC110 - logging sends no signal
            await asyncio.sleep(0.005)
    senders = [subject.rpartition(".")[2] for subject in waiting]
    assert [senders.count(sender) for sender in ("FR", "KE")] == [deferral.MAX_DEFERRED, 1]
    mesh.clock.advance(timedelta(minutes=1))
    await germany.receives(late.head.id)


@pytest.mark.thorough
async def test_a_message_whose_attachment_never_arrives_is_dropped(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.mailbox.rules.FIRST_RESEND_SECONDS", 0.01)
    await post(mesh, sealed(mesh, said={"attachments": (AttachmentMetadata("a", "b", 1, DIGEST),)}))
    await nothing_waits(mesh)
    assert await germany.box() == []


async def test_slow_attachments_delay_only_messages_of_their_sender(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few of its messages are held meanwhile; messages of others arrive with their attachments."""
    transport, over = mesh.bureaus[BureauCode("DE")].transport, asyncio.Event()
    real = transport.get_object

    async def slow(owner: str, name: str, target: Any, *, max_bytes: int) -> None:
        if owner == "KE":
            await over.wait()
        await real(owner, name, target, max_bytes=max_bytes)

    monkeypatch.setattr(transport, "get_object", slow)
    most = receiving.MAX_LARGE_OF_A_SENDER + deferral.MAX_DEFERRED
    for _ in range(most + 5):
        await post(
            mesh, sealed(mesh, by="KE", said={"attachments": (AttachmentMetadata("a", "b", 1, DIGEST),)}), by="KE"
        )
    good = sealed(mesh, said={"attachments": (AttachmentMetadata("a", "b", 0, NOTHING),)})
    cipher = ContentKey(good.content_key).attachment(1)
    mesh.broker.kept.bucket("FR")[f"{good.head.id}.1"] = cipher.seal(0, b"", last=True)
    await post(mesh, good)
    await germany.receives(good.head.id)
    senders = [subject.rpartition(".")[2] for subject in mesh.broker.kept._lanes[("DE", "urgent")]]
    assert senders.count("KE") == most
    over.set()


async def test_a_bureau_without_a_valid_key_signs_nothing_and_delivers_later(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that it cannot sign for is not delivered."""
    for module in (opening, receiving):
        monkeypatch.setattr(module, "LATER_SECONDS", 0.01)
    for pause in ("PAUSE_SECONDS", "WITHOUT_KEY_SECONDS"):
        monkeypatch.setattr(receiving, pause, 0.01)
    bureau = mesh.bureaus[BureauCode("DE")]
    at = mesh.clock.now().timestamp()
    message = sealed(mesh)
    [entry] = mesh.directory.entries_of("DE")
    mesh.directory.learn(sign_entry(msgspec.structs.replace(entry, issued=at + 1, not_after=at - 1), mesh.root))
    parcel = message.parcel_for("DE", SealingKey(bytes([11]) * 32).public)
    await post(mesh, parcel)
    looked = Noted()

    def noted(of: KeyRing) -> bool:
        looked.note()
        return in_force(of)

    in_force = KeyRing.in_force.fget
    monkeypatch.setattr(KeyRing, "in_force", property(noted))
    await looked.more(2)
    assert mesh.broker.kept._lanes[("FR", "urgent")] == {}
    mesh.directory.learn(sign_entry(msgspec.structs.replace(entry, issued=at + 2), mesh.root))
    assert bureau.keys.signing
    [receipt] = await answers(mesh)
    assert receipt.state == "delivered"
