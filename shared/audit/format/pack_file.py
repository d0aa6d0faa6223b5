"""An evidence pack: what a third party needs to check a test run offline, in one file of canonical JSON.

It holds other files as they are: audit logs, evidence of messages, the directory. Its maker signs all bytes, as a
witness cosigns a checkpoint (C2SP tlog-cosignature): of the size and the SHA-256 of the pack without the signature.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from shared.audit.format.assertions import Assertions
from shared.crypto.ed25519 import SigningKey
from shared.crypto.signed_note import MAX_NOTE, Checkpoint, Note, cosign, witness_name

FORMAT: Final = "i247-evidence-pack-1"
MAX_PACK: Final = 256 * 1024 * 1024
MAX_LOGS: Final = 64
MAX_MESSAGES: Final = 1_000
# No log has this name, which has no `/`.
ORIGIN: Final = "i247-evidence-pack"


class PackedLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The full log of a service, as `i247 audit fetch` writes it; of leaves before `since` the hash alone."""

    service: str
    text: str


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an assertion was decided."""

    check: str
    verdict: Literal["ok", "FAILED", "undecided"]
    says: str


class EvidencePack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An evidence pack, unverified."""

    format: Literal["i247-evidence-pack-1"] = FORMAT
    maker: str
    """The bureau that signs it, as whose auditor the logs were read."""

    since: str | None
    """From when on leaves and messages are in it; ISO 8601."""

    software: dict[str, str]
    """The version of each program, by name."""

    directory: str
    """The file of the directory: each key, and the head of its log that the root key signed."""

    logs: Annotated[tuple[PackedLog, ...], msgspec.Meta(max_length=MAX_LOGS)]
    messages: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_MESSAGES)]
    """Evidence files."""

    assertions: Assertions | None
    results: tuple[Result, ...]
    signature: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)]
    """The line of the maker; empty in what is signed."""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(EvidencePack).decode


def write_pack(pack: EvidencePack) -> bytes:
    """Return a pack as a file."""
    return msgspec.json.format(_encode(pack), indent=1) + b"\n"


def read_pack(raw: bytes) -> EvidencePack:
    """Return the pack in a file. Raises ValueError, also for any other encoding of it than `write_pack` returns."""
    if len(raw) > MAX_PACK:
        raise ValueError(f"the file exceeds {MAX_PACK} bytes")
    try:
        pack = _decode(raw)
    except RecursionError as error:
        raise ValueError("the file is nested too deeply") from error
    if write_pack(pack) != raw:
        raise ValueError("the file is not in its canonical form")
    return pack


def is_pack(raw: bytes) -> bool:
    """Return whether a file begins as a pack does."""
    return FORMAT.encode() in raw[:100]


def sign_pack(pack: EvidencePack, key: SigningKey, at: datetime) -> EvidencePack:
    """Return a pack that its maker signed."""
    line = cosign(Note(signed_text(pack), ()), witness_name(pack.maker), key, at)
    return msgspec.structs.replace(pack, signature=line)


def signed_text(pack: EvidencePack) -> str:
    """Return the text that the maker signs."""
    content = write_pack(msgspec.structs.replace(pack, signature=""))
    return Checkpoint(ORIGIN, len(content), hashlib.sha256(content).digest()).text
