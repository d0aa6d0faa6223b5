"""Envelopes and seals between Python and Node.js, without a broker: each reads what the other wrote."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, decode_base64url, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.messages import AttachmentMetadata, Content, Draft, SealedMessage, open_message, seal_message
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from tests.conftest import NOW
from tests.interop.node import Node
from tests.interop.node_verifier import NodeVerifier, reason_in
from tests.shared.museum.make import FOLDER, KEYS
from tests.shared.museum.parts import keys

ROOT = SigningKey(bytes(range(32)))
FR, JP = SigningKey(b"F" * 32), SigningKey(b"J" * 32)
FR_SEAL, JP_SEAL = SealingKey(b"f" * 32), SealingKey(b"j" * 32)
ID = uuid7(NOW)
CONTENT = Content(officer="fr.officer", subject="Véhicule volé ⚠", body="À l'attention du bureau.", thread=ID)
ATTACHMENT: dict[str, Any] = {"name": "Ø.png", "media_type": "image/png", "size": 3, "digest": "A" * 43}


def entry(participant: str, *, signing_key: str, **changed: Any) -> str:
    """Return a signed entry of the directory."""
    moment = NOW.timestamp()
    return sign_entry(
        Entry(
            **{
                "participant": participant,
                "kind": "bureau",
                "signing_key": signing_key,
                "nats_user": "none",
                "issued": moment - 60,
                "not_before": moment - 60,
                "not_after": moment + 86_400 * 999,
                **changed,
            }
        ),
        ROOT,
    )


ENTRIES = [
    entry(participant, signing_key=encode_base64url(key.public.raw), sealing_key=encode_base64url(seal.public.raw))
    for participant, key, seal in (("FR", FR, FR_SEAL), ("JP", JP, JP_SEAL))
]


@pytest.fixture
def node_verifier(node: Node, tmp_path: Path) -> NodeVerifier:
    """Return a verifier in Node.js that has the keys of two bureaus."""
    return NodeVerifier(node, tmp_path, encode_base64url(ROOT.public.raw), ENTRIES)


def sealed(*recipients: str, disclosed: bool = True) -> SealedMessage:
    """Return a message of FR."""
    draft = Draft(
        id=ID,
        sender=BureauCode("FR"),
        recipients=tuple(map(BureauCode, recipients)),
        disclosed=disclosed,
        urgency="urgent",
        purpose="locate",
        sent=NOW,
        valid_until=NOW + timedelta(days=2),
        content=CONTENT,
    )
    return seal_message(draft, FR)


def received(parcel: Parcel, **changed: Any) -> dict[str, Any]:
    """Return a parcel as the case of a message that JP received from FR."""
    return {
        "kind": "i247-message",
        "sender": "FR",
        "recipient": "JP",
        "at": NOW.timestamp(),
        "body": encode_base64url(parcel.body),
        "signature": parcel.signature,
        "key": parcel.key,
        "kid": JP_SEAL.kid,
        "seed": encode_base64url(JP_SEAL.seed),
        **changed,
    }


@pytest.mark.thorough
def test_node_opens_messages_sealed_by_python(node_verifier: NodeVerifier) -> None:
    """With disclosed and undisclosed recipients."""
    messages = [sealed("JP", "DE"), sealed("JP", "DE", disclosed=False)]
    opened = node_verifier("open", *(received(message.parcel_for("JP", JP_SEAL.public)) for message in messages))
    assert opened == [json.loads(message.content) for message in messages]


def test_node_refuses_messages_not_sealed_for_its_bureau(node_verifier: NodeVerifier) -> None:
    """Another recipient, another key, the wrapped key of another message, or another body."""
    message, other = sealed("JP", "DE"), sealed("JP", "DE")
    parcel = message.parcel_for("JP", JP_SEAL.public)
    refused = node_verifier(
        "open",
        received(message.parcel_for("DE", JP_SEAL.public)),
        received(message.parcel_for("JP", FR_SEAL.public)),
        received(parcel, key=other.parcel_for("JP", JP_SEAL.public).key),
        received(parcel, body=encode_base64url(other.body)),
        received(sealed("DE").parcel_for("JP", JP_SEAL.public)),
        received(sealed("DE", disclosed=False).parcel_for("JP", JP_SEAL.public)),
    )
    assert refused == ["seal", "sealing-key-unknown", "seal", "signature", "recipient", "recipient"]


def test_python_opens_messages_sealed_by_node(node_verifier: NodeVerifier) -> None:
    content = {"officer": "jp.officer", "subject": "件名", "body": "本文", "thread": ID, "attachments": [ATTACHMENT]}
    moment = int(NOW.timestamp())
    head = {"id": ID, "from": "JP", "to": ["FR", "IT"], "iat": moment, "exp": moment + 3600}
    [made] = node_verifier(
        "seal",
        {
            "head": {**head, "urgency": "routine", "purpose": "warning"},
            "content": content,
            "recipient": "FR",
            "jwk": {**JP.public.jwk, "d": encode_base64url(JP.seed)},
            "kid": JP.kid,
        },
    )
    parcel = Parcel(made["signature"], decode_base64url(made["body"]), made["key"])
    verifier = Verifier("FR", Directory(ROOT.public, ENTRIES), FixedClock(NOW))
    opened = open_message(verifier, parcel, sender="JP", recipient="FR", key_of={FR_SEAL.kid: FR_SEAL}.get)
    assert opened.content == Content(
        officer="jp.officer", subject="件名", body="本文", thread=ID, attachments=(AttachmentMetadata(**ATTACHMENT),)
    )


def test_node_refuses_the_museum_messages_and_receipts_for_the_same_reasons(node: Node, tmp_path: Path) -> None:
    """The genuine ones are accepted."""
    exhibits = {file.stem: json.loads(file.read_text()) for file in FOLDER.glob("*.json") if file.name != KEYS}
    shown = {name: exhibit for name, exhibit in exhibits.items() if exhibit["kind"] in ("i247-message", "i247-receipt")}
    museum = NodeVerifier(
        node, tmp_path, encode_base64url(ROOT.public.raw), [museum_entry(holder) for holder in keys()]
    )
    reasons = map(reason_in, museum("verify", *map(as_case, shown.values())))
    assert dict(zip(shown, reasons, strict=True)) == {name: exhibit["reason"] for name, exhibit in shown.items()}
    assert len(shown) > 50


def as_case(exhibit: dict[str, Any]) -> dict[str, Any]:
    """Return an exhibit of the museum as a case."""
    at = datetime.fromisoformat(exhibit["time"]).timestamp()
    return {**exhibit, "at": at, "body": encode_base64url(exhibit["body"].encode())}


def museum_entry(holder: dict[str, Any]) -> str:
    """Return the directory entry for a key of the museum."""
    times = {name: holder[name] for name in ("not_before", "not_after", "revoked_at")}
    return entry(holder["participant"], signing_key=holder["jwk"]["x"], **times)
