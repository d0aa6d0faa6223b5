"""Messages: encrypted content under a signed head, and the signed receipts of recipients.

A message is signed once for all recipients. The head has a commitment to the content, its digest with a salt, so that
both sides can prove the content later by revealing both. As every recipient checks it, no ciphertext can have two
meanings. The content key is sent separately, wrapped for each recipient, for an undisclosed one with the salt of its
digest in the head.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey, decode_base64url, encode_base64url
from shared.crypto.hpke import CONTENT_KEY_BYTES, ContentKey, SealBroken, SealingKey, SealingPublicKey
from shared.ids import uuid7
from shared.protocol.envelope import (
    MAX_MESSAGE_LIFETIME_SECONDS,
    UNDISCLOSED,
    Code,
    Digest,
    EnvelopeRefused,
    MessageHead,
    ReceiptHead,
    ReceiptState,
    RefusalReason,
    Uuid,
    sign_envelope,
)
from shared.protocol.parcel import Parcel
from shared.protocol.quotes import MAX_QUOTES, QuotedRecord
from shared.protocol.verifier import Verifier, unique_members

SALT_BYTES: Final = 16
MAX_SUBJECT: Final = 200
MAX_BODY: Final = 256 * 1024
MAX_ATTACHMENTS: Final = 20
MAX_ATTACHMENTS_BYTES: Final = 64 * 1024 * 1024
MAX_CONTENT_BYTES: Final = 2 * 1024 * 1024

Urgency = Literal["urgent", "routine"]
FindKey = Callable[[str], SealingKey | None]

# Without U+0000, which not every store can keep.
_TEXT: Final = r"\A[^\x00]*\Z"
_Text = Annotated[str, msgspec.Meta(max_length=255, pattern=_TEXT)]


class AttachmentMetadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The description of an attachment. Its number is its position, from 1."""

    name: _Text
    """The name of the file, without its path."""

    media_type: _Text
    size: Annotated[int, msgspec.Meta(ge=0, le=MAX_ATTACHMENTS_BYTES)]
    """In bytes, before encryption."""

    digest: Digest
    """SHA-256 of the file before encryption, base64url."""


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The content, which only sender and recipients can read."""

    officer: _Text
    """The officer who wrote it, as the bureau states."""

    subject: Annotated[str, msgspec.Meta(max_length=MAX_SUBJECT, pattern=_TEXT)]
    body: Annotated[str, msgspec.Meta(max_length=MAX_BODY, pattern=_TEXT)]
    """Plain text; JSON if there is a form."""

    thread: Uuid
    """The id of the first message of the conversation, which may be this one."""

    in_reply_to: Uuid | None = None
    """The id of the message that it replies to."""

    attachments: Annotated[tuple[AttachmentMetadata, ...], msgspec.Meta(max_length=MAX_ATTACHMENTS)] = ()

    form: Code | None = None
    """The format of the body for programs, such as `hits`; none for messages between people."""

    quotes: Annotated[tuple[QuotedRecord, ...], msgspec.Meta(max_length=MAX_QUOTES)] = ()
    """The records that it quotes, and those of the messages that it answers or passes on."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message before encryption."""

    id: str
    sender: str
    recipients: tuple[BureauCode, ...]
    disclosed: bool = True
    """Whether the recipients see each other."""

    urgency: Urgency
    purpose: str
    sent: datetime
    valid_until: datetime
    content: Content


class SealedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its sender keeps it, with its keys."""

    head: MessageHead
    signature: str
    body: bytes
    content: bytes
    salt: bytes
    content_key: bytes
    blinds: Mapping[str, bytes]
    """The salt of the digest of each undisclosed recipient."""

    def parcel_for(self, recipient: str, key: SealingPublicKey) -> Parcel:
        """Return the parcel for one recipient."""
        wrapped = wrapped_key(self.head.id, recipient, self.content_key, self.blinds, key)
        return Parcel(self.signature, self.body, wrapped)


class OpenedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its recipient keeps it."""

    head: MessageHead
    content: Content
    raw_content: bytes
    salt: bytes
    content_key: bytes
    blind: bytes
    """The salt of the recipient's own digest in the head; empty where the recipients see each other."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The message or receipt that a receipt is for, and who signs it."""

    id: str
    digest: str
    """The digest of its whole signature header."""

    sender: str
    by: str


class Receipt(msgspec.Struct, frozen=True):
    """A signed receipt: its head and its signature header."""

    head: ReceiptHead
    signature: str


_encode = msgspec.json.Encoder().encode
_decode_content: Final = msgspec.json.Decoder(Content).decode


def blinded(bureau: str, salt: bytes) -> str:
    """Return the digest of an undisclosed recipient in a head."""
    return UNDISCLOSED + encode_base64url(hashlib.sha256(salt + bureau.encode()).digest())


def content_digest(salt: bytes, content: bytes) -> str:
    """Return the commitment to the content in a head."""
    return encode_base64url(hashlib.sha256(salt + content).digest())


def seal_message(draft: Draft, key: SigningKey, content_key: ContentKey | None = None) -> SealedMessage:
    """Encrypt and sign a message; pass the content key if attachments were encrypted with it already."""
    content, salt, secret = _encode(draft.content), os.urandom(SALT_BYTES), content_key or ContentKey.generate()
    blinds: dict[str, bytes] = (
        {} if draft.disclosed else {bureau: os.urandom(SALT_BYTES) for bureau in draft.recipients}
    )
    head = MessageHead(
        kid=key.kid,
        id=draft.id,
        sender=draft.sender,
        # Sorted, so that the order reveals nothing.
        to=draft.recipients if draft.disclosed else tuple(sorted(blinded(code, salt) for code, salt in blinds.items())),
        iat=draft.sent.timestamp(),
        exp=draft.valid_until.timestamp(),
        urgency=draft.urgency,
        purpose=draft.purpose,
        content_digest=content_digest(salt, content),
    )
    body = secret.seal(salt + content, draft.id.encode())
    return SealedMessage(
        head=head,
        signature=sign_envelope(head, body, key),
        body=body,
        content=content,
        salt=salt,
        content_key=secret.raw,
        blinds=blinds,
    )


def wrapped_key(
    message_id: str, recipient: str, content_key: bytes, blinds: Mapping[str, bytes], key: SealingPublicKey
) -> str:
    """Return the header I247-Key for one recipient: the id of its key, and the wrapped content key.

    Call it for each attempt, as the recipient may have a new key by then.
    """
    secret = content_key + blinds.get(recipient, b"")
    return f"{key.kid}.{encode_base64url(key.wrap(secret, _info(message_id, recipient)))}"


def open_message(verifier: Verifier, parcel: Parcel, *, sender: str, recipient: str, key_of: FindKey) -> OpenedMessage:
    """Verify and decrypt a message. Raises EnvelopeRefused."""
    head = verifier.verify(MessageHead, parcel.signature, parcel.body, sender=sender)
    secret = _unwrapped(parcel.key, _info(head.id, recipient), key_of)
    key, blind = secret[:CONTENT_KEY_BYTES], secret[CONTENT_KEY_BYTES:]
    if not is_among(head, recipient, blind):
        raise EnvelopeRefused(RefusalReason.RECIPIENT, f"{recipient} is not among the recipients")
    try:
        salted = ContentKey(key).open(parcel.body, head.id.encode())
    except SealBroken as error:
        raise EnvelopeRefused(RefusalReason.SEAL, str(error)) from error
    salt, raw = salted[:SALT_BYTES], salted[SALT_BYTES:]
    if content_digest(salt, raw) != head.content_digest:
        raise EnvelopeRefused(RefusalReason.CONTENT, "the content does not fit the signed digest")
    return OpenedMessage(head=head, content=read_content(raw), raw_content=raw, salt=salt, content_key=key, blind=blind)


def make_receipt(
    answered: Answered, state: ReceiptState, reason: str | None, *, key: SigningKey, at: datetime, directory: str = ""
) -> Receipt:
    """Return a signed receipt for a message, or an `acknowledged` for a receipt; `directory` is a head."""
    head = ReceiptHead(
        kid=key.kid,
        id=uuid7(at),
        sender=answered.by,
        to=answered.sender,
        iat=at.timestamp(),
        exp=at.timestamp() + MAX_MESSAGE_LIFETIME_SECONDS,
        re=answered.id,
        re_digest=answered.digest,
        state=state,
        reason=reason,
        directory=directory,
    )
    return Receipt(head, sign_envelope(head, b"", key))


def is_among(head: MessageHead, recipient: str, blind: bytes) -> bool:
    """Return whether a head has a recipient: by a digest with this salt, or by the code if it is empty."""
    if not blind:
        return recipient in head.to
    # With salts of any length the digest of IPSG could be one of SG.
    return len(blind) == SALT_BYTES and blinded(recipient, blind) in head.to


def read_content(raw: bytes) -> Content:
    """Decode a content. Raises EnvelopeRefused."""
    if len(raw) > MAX_CONTENT_BYTES:
        raise EnvelopeRefused(RefusalReason.CONTENT, f"the content exceeds {MAX_CONTENT_BYTES} bytes")
    try:
        content = _decode_content(raw)
        if _encode(content) != raw:
            # Another encoder may write it differently, but every reader must read it alike.
            json.loads(raw, object_pairs_hook=unique_members)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # Without values, which are confidential.
        raise EnvelopeRefused(RefusalReason.CONTENT, "the content is malformed") from error
    if sum(each.size for each in content.attachments) > MAX_ATTACHMENTS_BYTES:
        raise EnvelopeRefused(RefusalReason.CONTENT, f"the attachments exceed {MAX_ATTACHMENTS_BYTES} bytes together")
    return content


def named(head: MessageHead) -> Iterable[BureauCode]:
    """Return the disclosed recipients of a head."""
    return (BureauCode(code) for code in head.to if not code.startswith(UNDISCLOSED))


def _info(message_id: str, recipient: str) -> bytes:
    return f"{message_id}|{recipient}".encode()


def _unwrapped(header: str, info: bytes, key_of: FindKey) -> bytes:
    kid, _, wrapped = header.partition(".")
    key = key_of(kid)
    if key is None:
        raise EnvelopeRefused(RefusalReason.SEALING_KEY_UNKNOWN, "the content key is wrapped for an unknown key")
    try:
        return key.unwrap(decode_base64url(wrapped), info)
    except (SealBroken, ValueError) as error:
        raise EnvelopeRefused(RefusalReason.SEAL, "the content key cannot be unwrapped") from error
