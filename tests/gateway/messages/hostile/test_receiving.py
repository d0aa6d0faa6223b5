"""Arbitrary posts of another bureau: each is settled, and none blocks others.

France sends here without a gateway; Germany is an honest bureau.

"""

import os
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.bureaus import BureauCode
from shared.protocol.envelope import digest_of
from shared.protocol.messages import AttachmentMetadata, SealedMessage, blinded, wrapped_key
from shared.protocol.parcel import Parcel
from tests.conftest import NOW
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of
from tests.gateway.messages.raw_messages import DIGEST, answers, content, nothing_waits, parcel_of, post, raw, sealed

UNKNOWN_ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


async def refused(mesh: Mesh, message: SealedMessage | Parcel) -> str:
    """Send a message that must be refused, and return the reason that Germany signed."""
    await post(mesh, message)
    [receipt] = await answers(mesh)
    await nothing_waits(mesh)
    signature = message.signature
    assert (receipt.state, receipt.sender, receipt.re_digest) == ("refused", "DE", digest_of(signature))
    assert receipt.reason is not None
    return receipt.reason


async def test_a_valid_message_is_answered_with_a_signed_receipt(mesh: Mesh, germany: Officer) -> None:
    """It names the message by id and digest, and is signed by the recipient."""
    message = sealed(mesh)
    await post(mesh, message)
    [receipt] = await answers(mesh)
    assert (receipt.state, receipt.re, receipt.re_digest) == (
        "delivered",
        message.head.id,
        digest_of(message.signature),
    )
    assert (await germany.receives(message.head.id))["body"] == "Seen."


async def test_a_repeated_message_is_stored_once_and_answered_with_the_same_receipt(
    mesh: Mesh, germany: Officer
) -> None:
    """However often and in whichever lane."""
    message = sealed(mesh)
    receipts = []
    for lane in ("urgent", "routine", "urgent"):
        await post(mesh, message, lane)
        receipts += await answers(mesh)
    assert len({receipt.id for receipt in receipts}) == 1
    assert await germany.box() == [message.head.id]


async def test_an_id_reused_for_another_message_is_refused(mesh: Mesh, germany: Officer) -> None:
    """The first message is kept; the refusal names the second by its digest."""
    first = sealed(mesh)
    await post(mesh, first)
    await answers(mesh)
    assert await refused(mesh, sealed(mesh, id=first.head.id, said={"body": "Not seen."})) == "envelope-replayed"
    assert (await germany.get(f"/{first.head.id}"))["body"] == "Seen."


@pytest.mark.parametrize(
    "parcel",
    [
        Parcel("", b"", "k"),
        Parcel("garbage", b"garbage", "garbage"),
        Parcel("a..b", b"", "a.b"),
        Parcel("\ufffdé", b"", "k"),
        Parcel("x" * 100_000, bytes(100_000), "k"),
        Parcel("..", b"", "."),
    ],
)
async def test_garbage_is_refused_as_malformed_and_settled(mesh: Mesh, parcel: Parcel) -> None:
    """The refusal goes to the bureau that owns the subject."""
    assert await refused(mesh, parcel) == "envelope-malformed"


async def test_a_message_that_cannot_be_opened_is_refused(mesh: Mesh) -> None:
    """A changed ciphertext or wrapped key, or a key that was wrapped for another message."""
    message = parcel_of(mesh, sealed(mesh))
    assert await refused(mesh, Parcel(message.signature, b"x" + message.body, message.key)) == ("envelope-signature")
    kid = message.key.partition(".")[0]
    for key in (f"{kid}.", f"{kid}.!", f"{kid}.AAAA", parcel_of(mesh, sealed(mesh)).key):
        assert await refused(mesh, Parcel(message.signature, message.body, key)) == "envelope-seal"


async def test_an_answer_cannot_be_drawn_into_another_conversation(mesh: Mesh, germany: Officer) -> None:
    """By a bureau that reuses the id of another bureau's message."""
    first = sealed(mesh, by="KE")
    await post(mesh, first, by="KE")
    await germany.receives(first.head.id, **{"from": "KE"})
    second = sealed(mesh, id=first.head.id, said={"thread": UNKNOWN_ID})
    await post(mesh, second)
    await germany.receives(first.head.id, **{"from": "FR"})
    refused = await germany.ask("POST", json=DRAFT | {"to": ["KE"], "in_reply_to": first.head.id})
    assert refusal_of(refused) == (409, "ambiguous")
    for sender, thread in (("KE", first.head.id), ("FR", UNKNOWN_ID)):
        answer = await germany.send(to=["KE"], in_reply_to=first.head.id, sender=sender)
        assert (await germany.get(f"/{answer}"))["thread"] == thread


async def test_a_message_for_another_bureau_is_refused(mesh: Mesh) -> None:
    """Named or undisclosed, by a digest of another code or a salt of another length."""
    message = sealed(mesh, recipients=(BureauCode("KE"),))
    assert await refused(mesh, parcel_of(mesh, message)) == "envelope-recipient"
    hidden = sealed(mesh, recipients=(BureauCode("KE"),), disclosed=False)
    key = mesh.directory.sealing_key_of("DE", mesh.clock.now())
    assert key is not None
    for salt in (b"", hidden.blinds["KE"], b"E"):
        wrapped = wrapped_key(hidden.head.id, "DE", hidden.content_key, {"DE": salt}, key)
        assert await refused(mesh, Parcel(hidden.signature, hidden.body, wrapped)) == "envelope-recipient"


async def test_a_message_signed_by_another_bureau_is_settled_without_an_answer(mesh: Mesh, germany: Officer) -> None:
    """The bureau that relays it is not its sender, and its sender did not post it."""
    message = sealed(mesh, by="KE")
    await post(mesh, message)
    await nothing_waits(mesh)
    assert await germany.box() == []
    assert mesh.broker.kept._lanes[("FR", "urgent")] == {}


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"officer":"a","subject":"b","body":"c","thread":"1"}',
        b'{"officer":"a","subject":"b","body":"c\\u0000","thread":"%s"}' % UNKNOWN_ID.encode(),
        b'{"officer":"a","subject":"b","body":"c","thread":"%s\\n"}' % UNKNOWN_ID.encode(),
        b'{"officer":"a","subject":"b","body":"c","thread":"%s","body":"d"}' % UNKNOWN_ID.encode(),
        b'{"officer":"a","subject":"b","body":"\\ud83d","thread":"%s"}' % UNKNOWN_ID.encode(),
        msgspec.json.encode(content("0197a3c2-5b1e-4c3a-9f20-4d5e6f708192")),
        msgspec.json.encode(content(UNKNOWN_ID, body="a" * 300_000)),
        msgspec.json.encode(content(UNKNOWN_ID, attachments=[AttachmentMetadata("a", "b", 64 * 2**20, DIGEST)] * 2)),
        msgspec.json.encode(content(UNKNOWN_ID, attachments=[AttachmentMetadata("a", "b", 1, DIGEST)] * 21)),
        msgspec.json.encode(content(UNKNOWN_ID, attachments=[AttachmentMetadata("a" * 256, "b", 1, DIGEST)])),
    ],
)
async def test_an_invalid_content_is_refused(mesh: Mesh, said: bytes) -> None:
    """Although it is sealed and signed correctly."""
    assert await refused(mesh, parcel_of(mesh, raw(mesh, said))) == "envelope-content"


@pytest.mark.parametrize(
    "head",
    [
        {"purpose": "curiosity"},
        {"purpose": ""},
        {"to": ("DE", "nowhere")},
        {"to": ("DE", f"~{DIGEST}")},
    ],
)
async def test_a_head_with_an_unknown_purpose_or_recipient_is_refused(mesh: Mesh, head: dict[str, Any]) -> None:
    """Its types are valid, but it cannot be shown to a reader."""
    message = raw(mesh, msgspec.json.encode(content(UNKNOWN_ID)), **head)
    assert await refused(mesh, parcel_of(mesh, message)) == "envelope-content"


@pytest.mark.parametrize(
    "head",
    [
        {"id": UNKNOWN_ID + "\n"},
        {"purpose": "a\0"},
        {"to": ("DE", "a\0")},
        {"to": ("DE",) * 257},
        {"urgency": "at once"},
    ],
)
async def test_a_head_beyond_its_bounds_is_refused_as_malformed(mesh: Mesh, head: dict[str, Any]) -> None:
    """Nothing of it reaches the store."""
    message = raw(mesh, msgspec.json.encode(content(UNKNOWN_ID)), **head)
    assert await refused(mesh, parcel_of(mesh, message)) == "envelope-malformed"


async def test_undisclosed_recipients_mixed_with_named_ones_are_refused(mesh: Mesh) -> None:
    hidden, salt = sealed(mesh, disclosed=False), os.urandom(16)
    message = raw(mesh, hidden.content, id=hidden.head.id, to=(blinded("DE", salt), "KE"))
    key = mesh.directory.sealing_key_of("DE", mesh.clock.now())
    assert key is not None
    wrapped = wrapped_key(message.head.id, "DE", message.content_key, {"DE": salt}, key)
    assert await refused(mesh, Parcel(message.signature, message.body, wrapped)) == "envelope-content"


async def test_a_message_that_expired_in_transit_is_refused(mesh: Mesh, germany: Officer) -> None:
    """Its sender gets a signed refusal."""
    message = sealed(mesh, valid_until=NOW + timedelta(minutes=1))
    mesh.clock.advance(timedelta(minutes=5))
    assert await refused(mesh, parcel_of(mesh, message)) == "envelope-expired"
    assert await germany.box() == []


async def test_a_message_delivered_in_time_keeps_its_receipt_after_it_expired(mesh: Mesh, germany: Officer) -> None:
    """Sent again after its expiry, as the receipt was lost."""
    message = sealed(mesh, valid_until=NOW + timedelta(minutes=1))
    await post(mesh, message)
    [given] = await answers(mesh)
    mesh.clock.advance(timedelta(minutes=5))
    await post(mesh, message)
    [again] = await answers(mesh)
    assert (given.state, again) == ("delivered", given)


@pytest.mark.parametrize("stored", [b"", b"x", bytes(17), bytes(18)])
async def test_an_attachment_that_does_not_match_its_digest_refuses_the_message(mesh: Mesh, stored: bytes) -> None:
    """Otherwise the sender could later claim another content."""
    message = sealed(mesh, said={"attachments": (AttachmentMetadata("a", "b", 1, DIGEST),)})
    mesh.broker.kept.bucket("FR")[f"{message.head.id}.1"] = stored
    if len(stored) > 17:
        # An object larger than stated is not fetched.
        await post(mesh, message)
        return
    assert await refused(mesh, parcel_of(mesh, message)) == "envelope-seal"
