"""Generates the vectors of sealed messages and attachments."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.hpke import CHUNK_BYTES, TAG_BYTES, ContentKey
from shared.protocol.envelope import MessageHead, sign_envelope
from shared.protocol.messages import (
    SALT_BYTES,
    AttachmentMetadata,
    Content,
    Draft,
    SealedMessage,
    blinded,
    content_digest,
    seal_message,
    wrapped_key,
)
from shared.protocol.quotes import QuotedRecord
from tests.vectors.participants import AT, DAY, NOW, Case, digest, id_of, sealing_key, signing_key

DISCLOSED_ID: Final = id_of(0x10)
UNDISCLOSED_ID: Final = id_of(0x11)
BROKEN_ID: Final = id_of(0x12)
QUOTING_ID: Final = id_of(0x13)
ATTACHMENT: Final = b"%PDF-1.7 a synthetic report\n"

CONTENT: Final = Content(
    officer="fr.officer",
    subject="Véhicule volé à Lyon",
    body="Seen today at the border?\nПожалуйста, ответьте. ⚠",
    thread=DISCLOSED_ID,
    attachments=(AttachmentMetadata("rapport été.pdf", "application/pdf", len(ATTACHMENT), digest(ATTACHMENT)),),
)
PLAIN: Final[dict[str, Any]] = {"officer": "fr.officer", "subject": "s", "body": "b", "thread": BROKEN_ID}


QUOTE: Final = QuotedRecord(
    service="stolen-vehicles",
    kind="vehicle",
    record=id_of(0x14),
    version=2,
    owner="FR",
    handling="RESTRICTED",
    conditions=("H2", "H3"),
    other_condition="Inform us first: Lyon, été.",
)


def draft(message_id: str, recipients: tuple[str, ...], *, disclosed: bool = True) -> SealedMessage:
    """Return a message of FR, sealed by the code under test."""
    return seal_message(
        Draft(
            id=message_id,
            sender=BureauCode("FR"),
            recipients=tuple(map(BureauCode, recipients)),
            disclosed=disclosed,
            urgency="urgent" if disclosed else "routine",
            purpose="identification",
            sent=AT,
            valid_until=AT + timedelta(days=30),
            content=CONTENT if disclosed else msgspec.structs.replace(CONTENT, thread=message_id, attachments=()),
        ),
        signing_key("FR"),
    )


def quoting() -> SealedMessage:
    """Return a message of FR to DE that quotes a record."""
    content = Content(officer="fr.officer", subject="s", body="b", thread=QUOTING_ID, quotes=(QUOTE,))
    draft = Draft(
        id=QUOTING_ID,
        sender=BureauCode("FR"),
        recipients=(BureauCode("DE"),),
        urgency="routine",
        purpose="identification",
        sent=AT,
        valid_until=AT + timedelta(days=30),
        content=content,
    )
    return seal_message(draft, signing_key("FR"))


def opened_by(message: SealedMessage, recipient: str) -> Case:
    """Return the case of a recipient who opens a genuine message, with the content they find."""
    parcel = message.parcel_for(recipient, sealing_key(recipient).public)
    quotes = ", with a quoted record" if message.head.id == QUOTING_ID else ""
    case = _case(f"to {recipient}, {'un' if message.blinds else ''}disclosed{quotes}", None, recipient)
    return case | {
        "body": encode_base64url(parcel.body),
        "signature": parcel.signature,
        "key": parcel.key,
        "opened": {
            "head": _plain(message.head),
            "signature_digest": digest(message.signature.encode()),
            "content_key": encode_base64url(message.content_key),
            "blind": encode_base64url(message.blinds.get(recipient, b"")),
            "salt": encode_base64url(message.salt),
            "raw_content": encode_base64url(message.content),
            "content": msgspec.json.decode(message.content),
        },
    }


def broken_messages(genuine: SealedMessage) -> Iterator[Case]:
    """Yield messages for DE, each with one fault."""
    other = draft(id_of(0x13), ("DE", "JP"))
    good = _made(msgspec.json.encode(PLAIN))
    yield good | {"name": "genuine, with members left out that may be", "reason": None}
    to_de = genuine.parcel_for("DE", sealing_key("DE").public)
    as_it_is = {"body": encode_base64url(to_de.body), "signature": to_de.signature, "key": to_de.key}
    for name, reason, changed in (
        ("wrapped for another bureau", "seal", {"key": genuine.parcel_for("JP", sealing_key("DE").public).key}),
        (
            "wrapped to the key of another",
            "sealing-key-unknown",
            {"key": genuine.parcel_for("DE", sealing_key("JP").public).key},
        ),
        ("wrapped for another message", "seal", {"key": other.parcel_for("DE", sealing_key("DE").public).key}),
        ("wrap cut short", "seal", {"key": to_de.key[:-4]}),
        ("body of another message", "signature", {"body": encode_base64url(other.body)}),
        ("body cut short", "signature", {"body": encode_base64url(to_de.body[:-1])}),
    ):
        yield _case(name, reason, "DE") | as_it_is | changed
    yield from _broken_contents()
    yield from _broken_recipients()


def _broken_contents() -> Iterator[Case]:
    plain = msgspec.json.encode(PLAIN)
    for name, content in {
        "a member that is not known": msgspec.json.encode({**PLAIN, "classification": "secret"}),
        "a member that is stated twice": plain[:-1] + b',"subject":"t"}',
        "a member is missing": msgspec.json.encode({name: value for name, value in PLAIN.items() if name != "thread"}),
        "U+0000 in the body": msgspec.json.encode({**PLAIN, "body": "a\0b"}),
        "a quote without its handling code": msgspec.json.encode({**PLAIN, "quotes": [_without_handling()]}),
        "not UTF-8": plain.replace(b'"b"', b'"\xff"'),
        "not JSON": plain[:-1],
    }.items():
        yield _made(content) | {"name": f"content: {name}", "reason": "content"}
    yield _made(plain, signed_digest=digest(b"another")) | {"name": "content of another digest", "reason": "content"}
    yield _made(plain, other_key=True) | {"name": "sealed under another content key", "reason": "seal"}


def _without_handling() -> Case:
    return {name: value for name, value in msgspec.to_builtins(QUOTE).items() if name != "handling"}


def _broken_recipients() -> Iterator[Case]:
    plain, blind = msgspec.json.encode(PLAIN), os.urandom(SALT_BYTES)
    yield _made(plain, to=("JP",)) | {"name": "to another bureau", "reason": "recipient"}
    yield (
        _made(plain, to=(blinded("JP", blind),), blind=blind)
        | {"name": "the salt is behind the digest of another", "reason": "recipient"}
    )
    yield _made(plain, to=(blinded("DE", blind),)) | {"name": "undisclosed without its salt", "reason": "recipient"}
    # The digest of IPSG would match SG too, if a salt could be longer.
    yield (
        _made(plain, to=(blinded("IPSG", blind),), blind=blind + b"IP", recipient="SG")
        | {"name": "a salt of another length", "reason": "recipient"}
    )


def _made(
    content: bytes,
    *,
    to: tuple[str, ...] = ("DE",),
    blind: bytes = b"",
    signed_digest: str = "",
    other_key: bool = False,
    recipient: str = "DE",
) -> Case:
    """Return a message to DE whose parts may be inconsistent."""
    key, salt, signer = ContentKey.generate(), os.urandom(SALT_BYTES), signing_key("FR")
    body = (ContentKey.generate() if other_key else key).seal(salt + content, BROKEN_ID.encode())
    head = MessageHead(
        kid=signer.kid,
        id=BROKEN_ID,
        sender="FR",
        to=to,
        iat=NOW,
        exp=NOW + 30 * DAY,
        urgency="routine",
        purpose="warning",
        content_digest=signed_digest or content_digest(salt, content),
    )
    wrapped = wrapped_key(BROKEN_ID, recipient, key.raw, {recipient: blind}, sealing_key(recipient).public)
    return _case("", None, recipient) | {
        "body": encode_base64url(body),
        "signature": sign_envelope(head, body, signer),
        "key": wrapped,
    }


def _case(name: str, reason: str | None, recipient: str) -> Case:
    return {
        "name": name,
        "reason": reason,
        "kind": "i247-message",
        "sender": "FR",
        "recipient": recipient,
        "at": NOW + 60,
        "seed": encode_base64url(sealing_key(recipient).seed),
    }


def _plain(head: MessageHead) -> Any:
    return msgspec.to_builtins(head)


def attachments() -> list[Case]:
    """Return attachments of several sizes, and faulty ones."""
    genuine = [_attachment(number, size) for number, size in enumerate((0, 5, CHUNK_BYTES, CHUNK_BYTES + 1), 1)]
    return [*genuine, *_broken_attachments()]


def plaintext(size: int) -> bytes:
    """Return the attachment of a size: its bytes count from 0 to 250 repeatedly."""
    return bytes(range(251)) * (size // 251) + bytes(range(size % 251))


def sealed_chunks(key: ContentKey, number: int, plain: bytes) -> list[bytes]:
    """Return the chunks of an attachment."""
    cipher = key.attachment(number)
    places = range(max(1, -(-len(plain) // CHUNK_BYTES)))
    return [
        cipher.seal(place, plain[place * CHUNK_BYTES : (place + 1) * CHUNK_BYTES], last=place == places[-1])
        for place in places
    ]


KEY: Final = ContentKey(bytes(range(32)))


def _attachment(number: int, size: int) -> Case:
    sealed = b"".join(sealed_chunks(KEY, number, plaintext(size)))
    return {
        "name": f"of {size} bytes",
        "reason": None,
        "content_key": encode_base64url(KEY.raw),
        "number": number,
        "size": size,
        "digest": digest(plaintext(size)),
        "sealed_size": len(sealed),
        "sealed_digest": digest(sealed),
        "sealed": encode_base64url(sealed) if len(sealed) < 100 else None,
    }


def _broken_attachments() -> Iterator[Case]:
    plain = b"hello"
    [sealed] = sealed_chunks(KEY, 2, plain)
    not_last = KEY.attachment(2).seal(0, plain, last=False)
    second = KEY.attachment(2).seal(1, plain, last=True)
    for name, reason, bad, size in (
        ("sealed as another attachment", "seal", sealed_chunks(KEY, 1, plain)[0], len(plain)),
        ("its last chunk cut off", "seal", not_last, len(plain)),
        ("its first chunk cut off", "seal", second, len(plain)),
        ("cut short", "seal", sealed[:-1], len(plain)),
        ("changed", "seal", bytes([sealed[0] ^ 1]) + sealed[1:], len(plain)),
        ("another file", "content", sealed_chunks(KEY, 2, b"world")[0], len(plain)),
    ):
        yield {
            "name": name,
            "reason": reason,
            "content_key": encode_base64url(KEY.raw),
            "number": 2,
            "size": size,
            "digest": digest(plain),
            "sealed_size": size + TAG_BYTES,
            "sealed_digest": digest(bad),
            "sealed": encode_base64url(bad),
        }
