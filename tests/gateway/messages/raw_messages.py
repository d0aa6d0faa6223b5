"""France, or another named bureau, sends arbitrary messages to Germany without a gateway."""

import asyncio
import os
from datetime import timedelta
from typing import Any

import msgspec

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey
from shared.crypto.hpke import ContentKey
from shared.ids import uuid7
from shared.protocol.envelope import MessageHead, ReceiptHead, digest_of, sign_envelope
from shared.protocol.messages import Answered, Content, Draft, SealedMessage, content_digest, make_receipt, seal_message
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import parse
from shared.transport.subjects import Lane, message_subject
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer

DIGEST = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"


def key_of(mesh: Mesh, participant: str) -> SigningKey:
    return mesh.participants[participant].keys.signing


def content(message_id: str, **changed: Any) -> Content:
    plain = {"officer": "fr.officer", "subject": "A car", "body": "Seen.", "thread": message_id}
    return Content(**(plain | changed))


def sealed(mesh: Mesh, *, said: dict[str, Any] | None = None, by: str = "FR", **changed: Any) -> SealedMessage:
    """Return a message as France would send it, with changed members of its draft or content."""
    message_id = changed.pop("id", None) or uuid7(mesh.clock.now())
    plain = {
        "id": message_id,
        "sender": by,
        "recipients": (BureauCode("DE"),),
        "urgency": "routine",
        "purpose": "security-check",
        "sent": mesh.clock.now(),
        "valid_until": mesh.clock.now() + timedelta(days=30),
        "content": content(message_id, **(said or {})),
    }
    return seal_message(Draft(**(plain | changed)), key_of(mesh, by))


def raw(mesh: Mesh, said: bytes, **head: Any) -> SealedMessage:
    """Return a message whose content is any bytes, and whose head differs as stated, but which is signed and sealed."""
    message, salt, secret = sealed(mesh), os.urandom(16), ContentKey.generate()
    stated = msgspec.structs.replace(message.head, content_digest=content_digest(salt, said), **head)
    body = secret.seal(salt + said, stated.id.encode())
    return SealedMessage(
        head=stated,
        signature=sign_envelope(stated, body, key_of(mesh, "FR")),
        body=body,
        content=said,
        salt=salt,
        content_key=secret.raw,
        blinds={},
    )


def parcel_of(mesh: Mesh, message: SealedMessage, recipient: str = "DE") -> Parcel:
    key = mesh.directory.sealing_key_of(recipient, mesh.clock.now())
    assert key is not None
    return message.parcel_for(recipient, key)


async def post(mesh: Mesh, message: SealedMessage | Parcel, lane: str = "urgent", *, by: str = "FR") -> None:
    """Post a message or a parcel to Germany."""
    parcel = message if isinstance(message, Parcel) else parcel_of(mesh, message)
    subject = message_subject("DE", Lane(lane), uuid7(mesh.clock.now()), by)
    await mesh.participants[by].transport.post(subject, parcel, seconds=1)


async def answers(mesh: Mesh, count: int = 1, *, to: str = "FR") -> list[ReceiptHead]:
    """Return the receipts that Germany signed, in order of arrival."""
    transport, found = mesh.participants[to].transport, []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            for arrival in await transport.collect(Lane.URGENT, limit=10, seconds=PATIENCE):
                await arrival.settle()
                found.append(parse(ReceiptHead, arrival.parcel.signature)[1])
    return found


async def nothing_waits(mesh: Mesh) -> None:
    """Wait until all posts to Germany are settled."""
    kept = mesh.broker.kept
    async with asyncio.timeout(PATIENCE):
        while any(kept._lanes[("DE", lane)] for lane in Lane):  # noqa: ASYNC110 - settling sends no signal
            await asyncio.sleep(0.005)


def receipt_for(mesh: Mesh, message: MessageHead, signature: str, state: Any, by: str = "FR", **changed: Any) -> str:
    plain = {"id": message.id, "digest": digest_of(signature), "sender": message.sender, "by": by}
    reason = changed.pop("reason", "other" if state == "refused" else None)
    answered = Answered(**(plain | changed))
    return make_receipt(answered, state, reason, key=key_of(mesh, by), at=mesh.clock.now()).signature


async def from_germany(mesh: Mesh, germany: Officer) -> tuple[str, MessageHead, str]:
    """Have Germany write to France, and return id, head and signature of the message."""
    sent = await germany.send(to=["FR"])
    transport = mesh.bureaus[BureauCode("FR")].transport
    async with asyncio.timeout(PATIENCE):
        while not (arrivals := await transport.collect(Lane.ROUTINE, limit=1, seconds=PATIENCE)):
            pass
    signature = arrivals[0].parcel.signature
    await arrivals[0].settle()
    return sent, parse(MessageHead, signature)[1], signature
