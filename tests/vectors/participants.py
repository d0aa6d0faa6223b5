"""The parts of the vectors: synthetic participants with fixed keys, at a fixed time."""

import hashlib
from datetime import datetime
from typing import Any, Final

import nkeys

from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.protocol.directory_entry import Entry, sign_entry

Case = dict[str, Any]

AT: Final = datetime.fromisoformat("2026-06-01T12:00:00+00:00")
NOW: Final = AT.timestamp()
DAY: Final = 86_400.0

# Name: participant, valid from, valid until, revoked at, standing.
HOLDERS: Final[dict[str, tuple[str, float, float, float | None, str]]] = {
    "FR": ("FR", NOW - 30 * DAY, NOW + 335 * DAY, None, "member"),
    "FR before": ("FR", NOW - 395 * DAY, NOW + DAY, None, "member"),
    "DE": ("DE", NOW - 30 * DAY, NOW + 335 * DAY, None, "member"),
    "JP": ("JP", NOW - 30 * DAY, NOW + 335 * DAY, None, "member"),
    "SG": ("SG", NOW - 30 * DAY, NOW + 335 * DAY, None, "member"),
    "KE": ("KE", NOW - 30 * DAY, NOW + 335 * DAY, NOW - 3600, "member"),
    "BR": ("BR", NOW - 30 * DAY, NOW + 335 * DAY, None, "suspended"),
    "notices": ("notices", NOW - 30 * DAY, NOW + 335 * DAY, None, "member"),
}


def seed(name: str, use: str) -> bytes:
    """Return 32 bytes for a name and a use. Used by these vectors only."""
    return hashlib.sha256(f"i247 test vectors: {name}, {use}".encode()).digest()


def signing_key(name: str) -> SigningKey:
    """Return the signing key of a name."""
    return SigningKey(seed(name, "signing"))


def sealing_key(name: str) -> SealingKey:
    """Return the sealing key of a name."""
    return SealingKey(seed(name, "sealing"))


ROOT: Final = signing_key("root")


def nkey(name: str) -> tuple[str, str]:
    """Return seed and public key of a user of the broker."""
    text: bytes = nkeys.encode_seed(seed(name, "nkey"), nkeys.PREFIX_BYTE_USER)
    return text.decode(), nkeys.from_seed(bytearray(text)).public_key.decode()


def is_service(name: str) -> bool:
    """Return whether a name is that of a service."""
    return name == "notices"


def entry(name: str, *, by: SigningKey = ROOT, **changed: Any) -> str:
    """Return the directory entry of a name, signed by the root key or another, with members changed."""
    participant, not_before, not_after, revoked_at, standing = HOLDERS[name]
    members: dict[str, Any] = {
        "participant": participant,
        "kind": "service" if is_service(name) else "bureau",
        "signing_key": encode_base64url(signing_key(name).public.raw),
        "nats_user": nkey(participant)[1],
        "issued": not_before if revoked_at is None else revoked_at,
        "not_before": not_before,
        "not_after": not_after,
        "revoked_at": revoked_at,
        "sealing_key": "" if is_service(name) else encode_base64url(sealing_key(name).public.raw),
        "standing": standing,
    }
    return sign_entry(Entry(**(members | changed)), by)


def digest(raw: bytes) -> str:
    """Return SHA-256 of bytes, base64url."""
    return encode_base64url(hashlib.sha256(raw).digest())


def id_of(number: int) -> str:
    """Return an id that is easy to distinguish from others."""
    return f"019e8312-1c00-7000-8000-{number:012x}"
