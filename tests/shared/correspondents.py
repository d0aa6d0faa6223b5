"""A sender and two recipients of messages, with fixed keys, for tests of sealing, signatures and evidence."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.envelope import ReceiptState, digest_of
from shared.protocol.evidence import ProvenMessage
from shared.protocol.messages import Answered, AttachmentMetadata, Content, Draft, SealedMessage, make_receipt
from shared.protocol.verifier import Verifier
from tests.conftest import NOW

ROOT = SigningKey(bytes(32))
BUREAUS = ("DE", "FR", "IT")
KEYS = {code: SigningKey(bytes([number]) * 32) for number, code in enumerate(BUREAUS, 1)}
SEALING_KEYS = {code: SealingKey(bytes([number]) * 32) for number, code in enumerate(BUREAUS, 101)}
MESSAGE_ID = "019e8312-1c00-7000-8000-00000000000a"
DAY = 86_400.0
PDF = b"%PDF-1.7 a report"


def entry_of(code: str, *, root: SigningKey = ROOT, **changed: Any) -> str:
    """Return the directory entry of a bureau, signed by the root key, with members changed."""
    entry = Entry(
        participant=code,
        kind="bureau",
        signing_key=encode_base64url(KEYS[code].public.raw),
        nats_user=f"UA{code}",
        issued=NOW.timestamp() - DAY,
        not_before=NOW.timestamp() - DAY,
        not_after=NOW.timestamp() + 300 * DAY,
    )
    return sign_entry(msgspec.structs.replace(entry, **changed), root)


ENTRIES = tuple(entry_of(code) for code in BUREAUS)


def verifier_of(recipient: str, at: datetime = NOW) -> Verifier:
    """Return the verifier of a bureau that knows all keys."""
    return Verifier(recipient, Directory(ROOT.public, ENTRIES), FixedClock(at))


def content(**changed: Any) -> Content:
    """Return the content of a message, with members changed."""
    plain: dict[str, Any] = {
        "officer": "fr.officer",
        "subject": "Véhicule volé à Lyon",
        "body": "Seen today at the border?\nPlease answer.",
        "thread": MESSAGE_ID,
        "attachments": (AttachmentMetadata("report.pdf", "application/pdf", len(PDF), digest(PDF)),),
    }
    return Content(**(plain | changed))


def draft(**changed: Any) -> Draft:
    """Return a message from FR to DE and IT before it is sealed, with members changed."""
    plain: dict[str, Any] = {
        "id": MESSAGE_ID,
        "sender": BureauCode("FR"),
        "recipients": (BureauCode("DE"), BureauCode("IT")),
        "urgency": "routine",
        "purpose": "criminal-investigation",
        "sent": NOW,
        "valid_until": NOW + timedelta(days=30),
        "content": content(),
    }
    return Draft(**(plain | changed))


def receipt(
    message: SealedMessage,
    by: str,
    state: ReceiptState = "delivered",
    *,
    at: datetime = NOW + timedelta(seconds=1),
    key: SigningKey | None = None,
    **changed: Any,
) -> str:
    """Return the signature header of a receipt for a message, with the answered message, or the key, changed."""
    plain: dict[str, Any] = {
        "id": message.head.id,
        "digest": digest_of(message.signature),
        "sender": message.head.sender,
        "by": by,
    }
    reason = "wrong-bureau" if state == "refused" else None
    return make_receipt(Answered(**(plain | changed)), state, reason, key=key or KEYS[by], at=at).signature


def proven(message: SealedMessage, **changed: Any) -> ProvenMessage:
    """Return a message as its sender proves it, with members changed."""
    plain: dict[str, Any] = {
        "signature": message.signature,
        "body": message.body,
        "content": message.content,
        "salt": message.salt,
        "blinds": message.blinds,
    }
    return ProvenMessage(**(plain | changed))


def digest(raw: bytes) -> str:
    """Return SHA-256 of bytes, base64url."""
    return encode_base64url(hashlib.sha256(raw).digest())
