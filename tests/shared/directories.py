"""Directories and entries with fixed keys, and entries that no directory accepts."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from shared.crypto.ed25519 import Signer, SigningKey, encode_base64url
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import ENTRY_TYPE, MAX_ENTRY, Entry, sign_entry
from shared.protocol.directory_file import file_text
from shared.protocol.directory_log import DirectoryPart, log_head
from shared.protocol.envelope import EnvelopeRefused, RefusalReason
from shared.standing import Measure
from tests.conftest import NOW

ROOT = SigningKey(bytes(32))
OLD, NEW = SigningKey(bytes([1]) * 32), SigningKey(bytes([2]) * 32)
T = NOW.timestamp()
DAY = 86_400.0


def entry(key: SigningKey = OLD, participant: str = "FR", **changed: float | str | Measure | None) -> Entry:
    """Return an entry that is valid for a day around noon."""
    times: dict[str, float | str | Measure | None] = {
        "issued": T - DAY,
        "not_before": T - DAY / 2,
        "not_after": T + DAY / 2,
    }
    return msgspec.convert(
        {
            "participant": participant,
            "kind": "bureau",
            "signing_key": encode_base64url(key.public.raw),
            "nats_user": "UA",
            **times,
            **changed,
        },
        Entry,
    )


def directory(*entries: Entry) -> Directory:
    """Return a directory whose log has these entries."""
    book = Directory(ROOT.public)
    book.take(following(book, *entries))
    return book


def following(book: Directory, *entries: Entry) -> DirectoryPart:
    """Return the part of the log that adds entries to a directory."""
    signed = [sign_entry(one, ROOT) for one in entries]
    return DirectoryPart(log_head([*book.log.entries(), *signed], ROOT), book.log.size, signed)


def refusal(book: Directory, key: SigningKey, *, participant: str = "FR", hours: float = 0) -> RefusalReason | None:
    """Return why a key is not accepted some hours after noon, or None if it is."""
    at = (NOW + timedelta(hours=hours)).timestamp()
    try:
        found = book.key_of(participant, key.kid, at, at)
    except EnvelopeRefused as refused:
        return refused.reason
    assert found.raw == key.public.raw
    return None


def jws(head: dict[str, object], payload: bytes, root: SigningKey = ROOT) -> str:
    """Return a compact JWS of any head and payload."""
    signed = f"{encode_base64url(msgspec.json.encode(head))}.{encode_base64url(payload)}"
    return f"{signed}.{encode_base64url(root.sign(signed.encode()))}"


HEAD: dict[str, object] = {"alg": "Ed25519", "kid": ROOT.kid, "typ": ENTRY_TYPE}
GOOD = msgspec.json.encode(entry())
ROW = msgspec.to_builtins(entry())
BAD_ENTRIES = {
    "wrong root": sign_entry(entry(), NEW),
    "empty": "",
    "dots": "..",
    "detached": jws(HEAD, b""),
    "another algorithm": jws(HEAD | {"alg": "EdDSA"}, GOOD),
    "no algorithm": jws(HEAD | {"alg": "none"}, GOOD),
    "another kind": jws(HEAD | {"typ": "i247-request"}, GOOD),
    "unencoded payload": jws(HEAD | {"b64": False, "crit": ["b64"]}, GOOD),
    "payload not JSON": jws(HEAD, b"entry"),
    "payload nested deeply": jws(HEAD, b'{"x":' + b"[" * 2_000),
    "key too short": jws(HEAD, msgspec.json.encode(ROW | {"signing_key": "AAAA"})),
    "key not base64url": jws(HEAD, msgspec.json.encode(ROW | {"signing_key": "=" * 43})),
    "name with U+0000": jws(HEAD, msgspec.json.encode(ROW | {"participant": "F\0R"})),
    "kind of participant unknown": jws(HEAD, msgspec.json.encode(ROW | {"kind": "police"})),
    "member missing": jws(HEAD, msgspec.json.encode({k: v for k, v in ROW.items() if k != "not_after"})),
    "head not JSON": f"{encode_base64url(b'{')}.{encode_base64url(GOOD)}.AA",
    "head not base64url": f"!.{encode_base64url(GOOD)}.AA",
    "padded": sign_entry(entry(), ROOT) + "==",
    "not ascii": sign_entry(entry(), ROOT) + "é",
    "signature cut": sign_entry(entry(), ROOT)[:-4],
    "too long": jws(HEAD, msgspec.json.encode(ROW | {"nats_user": "U" * MAX_ENTRY})),
}


def directory_text(entries: Iterable[str], root: Signer) -> str:
    """Return the content of the file of a directory with these entries."""
    whole = list(entries)
    return file_text(DirectoryPart(log_head(whole, root), 0, whole))
