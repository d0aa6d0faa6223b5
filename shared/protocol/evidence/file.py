"""The format of an evidence file: canonical JSON, so that any changed byte is detected."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.protocol.directory_entry import Entry
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, EnvelopeRefused, MessageHead, ReceiptHead, RefusalReason
from shared.protocol.verifier import parse

MEDIA_TYPE: Final = "application/json"
# Enough for the largest content and ciphertext, and the most receipts and entries.
MAX_EVIDENCE_BYTES: Final = 16 * 1024 * 1024
MAX_RECEIPTS: Final = 1_024
MAX_ENTRIES: Final = 512
MAX_BLINDS: Final = 256


class SignedHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature header, and its head in readable form. Both must agree."""

    signature: str
    head: msgspec.Raw


class SignedMessage(SignedHead, frozen=True, forbid_unknown_fields=True):
    """The message as it was sent."""

    ciphertext: str
    """The signed body, base64url."""

    ciphertext_digest: str
    """SHA-256 of it, base64url."""


class EvidenceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An evidence file, unverified."""

    format: Literal["i247-evidence-1"] = "i247-evidence-1"
    message: SignedMessage
    content: str
    """The decrypted content, itself JSON, exactly as the sender wrote it."""

    salt: str
    blinds: Annotated[dict[str, str], msgspec.Meta(max_length=MAX_BLINDS)]
    """By the code of an undisclosed recipient: the salt of its digest, base64url."""

    receipts: Annotated[tuple[SignedHead, ...], msgspec.Meta(max_length=MAX_RECEIPTS)]
    """Sorted by signature header."""

    entries: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_ENTRIES)]
    """The signed entry of each key that is used here, sorted."""


_decode: Final = msgspec.json.Decoder(EvidenceFile).decode


class ProvenMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What sender and recipients keep of a message as input for an evidence file."""

    signature: str
    """The signature header."""

    body: bytes
    """The ciphertext."""

    content: bytes
    salt: bytes
    blinds: Mapping[str, bytes]
    """The salts of undisclosed recipients: a recipient knows its own, the sender all."""


def assemble(message: ProvenMessage, receipts: Iterable[str], entries: Iterable[str]) -> bytes:
    """Return the evidence file of a message. Does NOT verify anything. Raises EnvelopeRefused.

    `receipts` are signature headers, also of the exporter; `acknowledged` and `deferred` ones are omitted, as they are
    not about the message. `entries` may be the whole directory.
    """
    _, head, _ = parse(MessageHead, message.signature)
    shown, kids = [], {head.kid}
    for header in sorted(set(receipts)):
        _, receipt, _ = parse(ReceiptHead, header)
        if receipt.state not in ("acknowledged", "deferred"):
            shown.append({"signature": header, "head": head_of(header)})
            kids.add(receipt.kid)
    return _rendered(
        {
            "format": "i247-evidence-1",
            "message": {
                "signature": message.signature,
                "head": head_of(message.signature),
                "ciphertext": encode_base64url(message.body),
                "ciphertext_digest": encode_base64url(hashlib.sha256(message.body).digest()),
            },
            "content": message.content.decode(),
            "salt": encode_base64url(message.salt),
            "blinds": {code: encode_base64url(blind) for code, blind in sorted(message.blinds.items())},
            "receipts": shown,
            "entries": sorted(_entries_of(kids, entries)),
        }
    )


def read(raw: bytes) -> EvidenceFile:
    """Decode an evidence file. Raises ValueError with the violation of the format."""
    if len(raw) > MAX_EVIDENCE_BYTES:
        raise ValueError(f"the file exceeds {MAX_EVIDENCE_BYTES} bytes")
    try:
        return _decode(raw)
    except RecursionError as error:
        raise ValueError("the file is nested too deeply") from error


def is_canonical(raw: bytes, file: EvidenceFile) -> bool:
    """Return whether a file is exactly as `assemble` writes it."""
    plain = msgspec.structs.asdict(file)
    try:
        plain["message"] = _shown(file.message)
        plain["receipts"] = [_shown(receipt) for receipt in file.receipts]
        plain["blinds"] = dict(sorted(file.blinds.items()))
        return raw == _rendered(plain) and all(
            list(texts) == sorted(set(texts))
            for texts in ([receipt.signature for receipt in file.receipts], file.entries)
        )
    except (ValueError, RecursionError):
        return False


def head_of(signature_header: str) -> dict[str, Any]:
    """Return the head in a signature header as plain JSON, with its members in order."""
    return _head(decode_base64url(signature_header.partition("..")[0]))


def shows_its_head(signed: SignedHead) -> bool:
    """Return whether the readable head equals the signed one, to the last digit of its numbers."""
    try:
        return _rendered(_head(bytes(signed.head))) == _rendered(head_of(signed.signature))
    except (ValueError, RecursionError):
        return False


def _entries_of(kids: set[str], entries: Iterable[str]) -> Iterator[str]:
    held = {}
    for jws in entries:
        entry = msgspec.json.decode(decode_base64url(jws.split(".")[1]), type=Entry)
        held[entry.verifying_key().kid] = jws
    if missing := kids - held.keys():
        raise EnvelopeRefused(RefusalReason.KEY_UNKNOWN, f"the directory has no entry of the key {min(missing)[:43]!r}")
    return (held[kid] for kid in kids)


def _shown(signed: SignedHead) -> dict[str, Any]:
    return {**msgspec.structs.asdict(signed), "head": _head(bytes(signed.head))}


def _head(raw: bytes) -> dict[str, Any]:
    if len(raw) > 2 * MAX_SIGNATURE_HEADER:
        raise ValueError("a head is longer than any that can be signed")
    return msgspec.convert(json.loads(raw), dict[str, Any])


def _rendered(plain: dict[str, Any]) -> bytes:
    return f"{json.dumps(plain, ensure_ascii=False, indent=1)}\n".encode()
