"""Checks an evidence file against the root's public key, and says of each thing in words whether it fits.

A signature holds as of its time: its key must have been valid then, by the time that the signer states. Where a key was
revoked later, a receipt holds by that word alone. A message does not, as a thief of the key could date it back: another
bureau's receipt from before the revocation must be in the file. A bureau takes in no message whose key is revoked, so
whoever received one honestly has such a receipt, his own.
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
    """Who said what to whom, and what the recipients said of it."""

    head: MessageHead
    content: Content
    recipients: tuple[str, ...]
    """Those whom the file names. There may be others, whom it does not tell."""

    receipts: tuple[ReceiptHead, ...]


class Findings(msgspec.Struct, frozen=True):
    """All that was checked, and what was said, if all fits."""

    found: tuple[Finding, ...]
    message: VerifiedMessage | None

    @property
    def ok(self) -> bool:
        """Whether all fits."""
        return self.message is not None


def verify(
    raw: bytes,
    root: VerifyingKey,
    attachments: Mapping[str, str] | None = None,
    *,
    known_entry: FindEntry | None = None,
) -> Findings:
    """Check an evidence file. Never raises.

    `attachments` are digests (SHA-256, base64url) of files, by what to call them: each must be one of the message's.
    Who follows the directory gives the entries `known_entry`: what was revoked since the file was made is then known.
    """
    try:
        file = read(raw)
    except ValueError as error:
        return Findings((Finding("form", False, f"this is no evidence file: {error}"[:MAX_FAULT]),), None)
    examination = _Examination(file, root, known_entry)
    found = (
        finding("form", "the file has the members of evidence, and no others, in their one spelling", _form(raw, file)),
        *examination.findings(),
        *(examination.attachment(name, digest) for name, digest in (attachments or {}).items()),
    )
    return Findings(found, examination.said() if all(each.ok for each in found) else None)


class _Examination:
    """Looks at one file from end to end."""

    def __init__(self, file: EvidenceFile, root: VerifyingKey, known_entry: FindEntry | None) -> None:
        self._file = file
        self._keys = VouchedKeys(file.entries, root, known_entry)
        self._blinds = {code: blind for code, text in file.blinds.items() if (blind := decoded(text)) is not None}
        self._head: MessageHead | None = None
        self._content: Content | None = None
        self._receipts: list[ReceiptHead] = []

    def findings(self) -> Iterator[Finding]:
        """Check one thing after the other: the later ones need what the earlier found."""
        yield finding("message", "it is signed with the sender's key, head and ciphertext", self._message())
        if self._head is None:
            return
        yield finding("ciphertext digest", "it is that of the ciphertext", self._ciphertext())
        yield finding("content", "the content is the one to whose digest the sender signed", self._read(self._head))
        yield finding("recipients", "whoever is shown as a recipient was addressed", self._recipients(self._head))
        for number, receipt in enumerate(self._file.receipts, 1):
            yield self._receipt(f"receipt {number}", receipt, self._head)
        yield finding("sender's key", "it was valid when the message was signed", self._senders_key(self._head))
        yield finding("directory entries", "the root signed each of them, and each is needed", self._keys.faults())

    def attachment(self, name: str, digest: str) -> Finding:
        """Check that a file is an attachment of the message."""
        for number, note in enumerate(self._content.attachments if self._content else (), 1):
            if note.digest == digest:
                return Finding(f"attachment {name}", True, f"it is attachment {number} of the message: {note.name}")
        return Finding(f"attachment {name}", False, "the message has no attachment with this digest")

    def said(self) -> VerifiedMessage | None:
        """Return what was said. It is worth nothing unless all fits."""
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
            yield "the head that is shown is not the one that was signed"
        entry = self._keys.use(head.kid)
        if entry is None or entry.participant != head.sender:
            yield f"the root says nowhere in the file that the key {short(head.kid)} is of {short(head.sender)}"
        elif not entry.verifying_key().verifies(signature, protected.encode() + b"." + body):
            yield f"the signature is not that of {short(head.sender)}"

    def _ciphertext(self) -> Faults:
        ciphertext = decoded(self._file.message.ciphertext)
        if ciphertext is None or _digest(ciphertext) != self._file.message.ciphertext_digest:
            yield "it is the digest of something else"

    def _read(self, head: MessageHead) -> Faults:
        content, salt = self._file.content.encode(), decoded(self._file.salt)
        if salt is None or len(salt) != SALT_BYTES:
            yield f"the salt is not {SALT_BYTES} bytes as base64url"
        elif content_digest(salt, content) != head.content_digest:
            yield "content and salt are not those whose digest the sender signed"
        try:
            self._content = read_content(content)
        except EnvelopeRefused as refused:
            yield refused.detail

    def _recipients(self, head: MessageHead) -> Faults:
        for code in self._file.blinds:
            if not is_among(head, code, self._blinds.get(code) or b"-"):
                yield f"the salt that is shown for {short(code)} is not behind any digest in the head"
        if not self._blinds and not any(True for _ in named(head)):
            yield "the head names nobody, and no salt shows whom it means"

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
            yield f"{short(head.sender)} is not shown to be a recipient"
        if head.to != message.sender:
            yield "it is not addressed to the sender of the message"
        if (head.re, head.re_digest) != (message.id, digest_of(self._file.message.signature)):
            yield "it is about another message"
        if head.iat < message.iat - SKEW_SECONDS:
            yield f"it was signed more than {SKEW_SECONDS:.0f} s before the message"
        if head.state in ("noted", "deferred"):
            yield "it says nothing of the message"

    def _senders_key(self, head: MessageHead) -> Faults:
        entry = self._keys.use(head.kid)
        yield from key_faults(entry, head.iat)
        revoked_at = entry.revoked_at if entry else None
        if revoked_at is not None and head.iat < revoked_at and not self._was_seen_before(revoked_at, head.sender):
            yield (
                f"it was revoked at {moment(revoked_at)}, and that the message is older nobody but its sender says: "
                "there is no sound receipt of another bureau from before"
            )

    def _was_seen_before(self, revoked_at: float, sender: str) -> bool:
        return any(receipt.sender != sender and receipt.iat < revoked_at for receipt in self._receipts)


def _form(raw: bytes, file: EvidenceFile) -> Faults:
    if not is_canonical(raw, file):
        yield "the file is spelled or ordered otherwise than it was made: something was changed, if only white space"


def _digest(raw: bytes) -> str:
    return encode_base64url(hashlib.sha256(raw).digest())
