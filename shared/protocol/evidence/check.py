"""Checks an evidence file with the public root key, and returns a finding for each part.

The key of a signature must have been valid at the time that the signer states. If the key was revoked later, a receipt
is still accepted. A message is not, as a thief of the key could backdate it, unless the file has a receipt of another
bureau from before the revocation. An honest recipient has their own: bureaus accept no message of a revoked key.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from shared.crypto.ed25519 import VerifyingKey, encode_base64url
from shared.protocol.check_report import (
    Faults,
    FindEntry,
    Finding,
    VouchedKeys,
    decoded,
    finding,
    key_faults,
    moment,
    short,
)
from shared.protocol.envelope import SKEW_SECONDS, EnvelopeRefused, Head, MessageHead, ReceiptHead, digest_of
from shared.protocol.evidence.file import EvidenceFile, SignedHead, is_canonical, read, shows_its_head
from shared.protocol.messages import SALT_BYTES, Content, content_digest, is_among, named, read_content
from shared.protocol.verifier import parse

MAX_FAULT: Final = 200

H = TypeVar("H", bound=Head)


class VerifiedMessage(msgspec.Struct, frozen=True):
    """The proven message and its receipts."""

    head: MessageHead
    content: Content
    recipients: tuple[str, ...]
    """The recipients that the file names. There may be others."""

    receipts: tuple[ReceiptHead, ...]


class Findings(msgspec.Struct, frozen=True):
    """All findings, and the message if all are ok."""

    found: tuple[Finding, ...]
    message: VerifiedMessage | None

    @property
    def ok(self) -> bool:
        """Whether all findings are ok."""
        return self.message is not None


def verify(
    raw: bytes,
    root: VerifyingKey,
    attachments: Mapping[str, str] | None = None,
    *,
    known_entry: FindEntry | None = None,
) -> Findings:
    """Check an evidence file. Never raises.

    `attachments` are digests (SHA-256, base64url) of files by name: each must be of an attachment of the message.
    Pass `known_entry` to look up current entries, and so later revocations.
    """
    try:
        file = read(raw)
    except ValueError as error:
        return Findings((Finding("form", False, f"this is no evidence file: {error}"[:MAX_FAULT]),), None)
    examination = _Examination(file, root, known_entry)
    found = (
        finding("form", "the file is in its canonical form", _form(raw, file)),
        *examination.findings(),
        *(examination.attachment(name, digest) for name, digest in (attachments or {}).items()),
    )
    return Findings(found, examination.said() if all(each.ok for each in found) else None)


class _Examination:
    """The check of one file."""

    def __init__(self, file: EvidenceFile, root: VerifyingKey, known_entry: FindEntry | None) -> None:
        self._file = file
        self._keys = VouchedKeys(file.entries, root, known_entry)
        self._blinds = {code: blind for code, text in file.blinds.items() if (blind := decoded(text)) is not None}
        self._head: MessageHead | None = None
        self._content: Content | None = None
        self._receipts: list[ReceiptHead] = []

    def findings(self) -> Iterator[Finding]:
        """Yield the findings in order, as later ones depend on earlier ones."""
        yield finding("message", "head and ciphertext are signed with the key of the sender", self._message())
        if self._head is None:
            return
        yield finding("ciphertext digest", "it is the digest of the ciphertext", self._ciphertext())
        yield finding("content", "its digest is in the signed head", self._read(self._head))
        yield finding("recipients", "each recipient in the file was addressed", self._recipients(self._head))
        for number, receipt in enumerate(self._file.receipts, 1):
            yield self._receipt(f"receipt {number}", receipt, self._head)
        yield finding("sender's key", "it was valid when the message was signed", self._senders_key(self._head))
        yield finding("directory entries", "the root key signed each of them, and each is used", self._keys.faults())

    def attachment(self, name: str, digest: str) -> Finding:
        """Return the finding for a file that should be an attachment."""
        for number, each in enumerate(self._content.attachments if self._content else (), 1):
            if each.digest == digest:
                return Finding(f"attachment {name}", True, f"it is attachment {number} of the message: {each.name}")
        return Finding(f"attachment {name}", False, "the message has no attachment with this digest")

    def said(self) -> VerifiedMessage | None:
        """Return the message. Only valid if all findings are ok."""
        if self._head is None or self._content is None:
            return None
        recipients = tuple(sorted({*named(self._head), *self._blinds}))
        return VerifiedMessage(
            self._head, self._content, recipients, tuple(sorted(self._receipts, key=lambda each: each.iat))
        )

    def _message(self) -> Faults:
        message = self._file.message
        try:
            _, self._head, _ = parse(MessageHead, message.signature)
        except EnvelopeRefused as refused:
            yield f"the signature header is not that of a message: {refused.detail}"
            return
        ciphertext = decoded(message.ciphertext)
        if ciphertext is None:
            yield "the ciphertext is not base64url"
        yield from self._signature(MessageHead, message, ciphertext or b"")

    def _signature(self, kind: type[H], signed: SignedHead, body: bytes) -> Faults:
        protected, head, signature = parse(kind, signed.signature)
        if not shows_its_head(signed):
            yield "the readable head differs from the signed one"
        entry = self._keys.use(head.kid)
        if entry is None or entry.participant != head.sender:
            yield f"the file has no signed entry that the key {short(head.kid)} is of {short(head.sender)}"
        elif not entry.verifying_key().verifies(signature, protected.encode() + b"." + body):
            yield f"the signature is not that of {short(head.sender)}"

    def _ciphertext(self) -> Faults:
        ciphertext = decoded(self._file.message.ciphertext)
        if ciphertext is None or _digest(ciphertext) != self._file.message.ciphertext_digest:
            yield "it is the digest of other bytes"

    def _read(self, head: MessageHead) -> Faults:
        content, salt = self._file.content.encode(), decoded(self._file.salt)
        if salt is None or len(salt) != SALT_BYTES:
            yield f"the salt is not {SALT_BYTES} bytes as base64url"
        elif content_digest(salt, content) != head.content_digest:
            yield "content and salt do not fit the signed digest"
        try:
            self._content = read_content(content)
        except EnvelopeRefused as refused:
            yield refused.detail

    def _recipients(self, head: MessageHead) -> Faults:
        for code in self._file.blinds:
            if not is_among(head, code, self._blinds.get(code) or b"-"):
                yield f"the salt of {short(code)} fits no digest in the head"
        if not self._blinds and not any(True for _ in named(head)):
            yield "the head names no recipient, and no salt reveals one"

    def _receipt(self, name: str, receipt: SignedHead, message: MessageHead) -> Finding:
        try:
            _, head, _ = parse(ReceiptHead, receipt.signature)
        except EnvelopeRefused as refused:
            return Finding(name, False, f"the signature header is not that of a receipt: {refused.detail}")
        by = f"{short(head.sender)}, at {moment(head.iat)}: {head.state}"
        faults = (
            *self._signature(ReceiptHead, receipt, b""),
            *key_faults(self._keys.use(head.kid), head.iat),
            *self._said_of(message, head),
        )
        if not faults:
            self._receipts.append(head)
        return finding(name, by, faults)

    def _said_of(self, message: MessageHead, head: ReceiptHead) -> Faults:
        if not is_among(message, head.sender, self._blinds.get(head.sender, b"")):
            yield f"{short(head.sender)} is not a known recipient"
        if head.to != message.sender:
            yield "it is not addressed to the sender of the message"
        if (head.re, head.re_digest) != (message.id, digest_of(self._file.message.signature)):
            yield "it is about another message"
        if head.iat < message.iat - SKEW_SECONDS:
            yield f"it was signed more than {SKEW_SECONDS:.0f} s before the message"
        if head.state in ("acknowledged", "deferred"):
            yield "it is not about the message"

    def _senders_key(self, head: MessageHead) -> Faults:
        entry = self._keys.use(head.kid)
        yield from key_faults(entry, head.iat)
        revoked_at = entry.revoked_at if entry else None
        if revoked_at is None or head.iat >= revoked_at:
            return
        if not any(each.sender != head.sender and each.iat < revoked_at for each in self._receipts):
            yield (
                f"it was revoked at {moment(revoked_at)}, and only the sender states that the message is older: "
                "there is no valid receipt of another bureau from before"
            )


def _form(raw: bytes, file: EvidenceFile) -> Faults:
    if not is_canonical(raw, file):
        yield "the file is not in its canonical form: something was changed, if only white space"


def _digest(raw: bytes) -> str:
    return encode_base64url(hashlib.sha256(raw).digest())
