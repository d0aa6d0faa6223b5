"""Whose key is whose: entries signed by the Secretariat's root key, with their whole history.

An entry is a compact JWS (RFC 7515) that the root key signed; whoever carries it need not be trusted. Entries are
never deleted: a revoked key stays known with the time of its revocation, so that what it signed before can still be
checked. The directory lives in memory; `directory_feed` keeps it current.
"""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec

from shared.envelope import ALGORITHM, EnvelopeRefused, Reason
from shared.signing import SigningKey, VerifyingKey, decode_base64url, encode_base64url

ENTRY_TYPE: Final = "i247-directory-entry"
MAX_ENTRY: Final = 4_000


class EntryRefused(Exception):
    """An entry that the root key did not sign, or that does not fit."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One key of one participant, and when it was valid. Times are seconds since 1970."""

    participant: str
    kind: Literal["bureau", "service"]
    signing_key: str
    """The Ed25519 public key, base64url."""

    nats_user: str
    """The public NKEY with which the participant connects to the broker."""

    issued: float
    not_before: float
    not_after: float
    revoked_at: float | None = None

    def verifying_key(self) -> VerifyingKey:
        """Return the key."""
        return VerifyingKey(decode_base64url(self.signing_key))


class _EntryHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


_decode_head = msgspec.json.Decoder(_EntryHead).decode
_decode_entry = msgspec.json.Decoder(Entry).decode


def sign_entry(entry: Entry, root: SigningKey) -> str:
    """Return the entry as a compact JWS of the root key."""
    head = msgspec.json.encode(_EntryHead(alg=ALGORITHM, kid=root.kid, typ=ENTRY_TYPE))
    signed = f"{encode_base64url(head)}.{encode_base64url(msgspec.json.encode(entry))}"
    return f"{signed}.{encode_base64url(root.sign(signed.encode('ascii')))}"


def verify_entry(jws: str, root: VerifyingKey) -> Entry:
    """Return the entry behind a compact JWS. Raises EntryRefused."""
    if len(jws) > MAX_ENTRY:
        raise EntryRefused(f"a directory entry exceeds {MAX_ENTRY} characters")
    signed, _, signature = jws.rpartition(".")
    protected, _, payload = signed.partition(".")
    try:
        head = _decode_head(decode_base64url(protected))
        authentic = (head.alg, head.typ) == (ALGORITHM, ENTRY_TYPE) and root.verifies(
            decode_base64url(signature), signed.encode("ascii")
        )
        if not authentic:
            raise EntryRefused("a directory entry is not signed by the pinned root key")
        entry = _decode_entry(decode_base64url(payload))
        entry.verifying_key()
    except (ValueError, RecursionError) as error:
        raise EntryRefused("a directory entry cannot be decoded") from error
    return entry


class Directory:
    """All entries that the root key signed, as far as they have arrived."""

    def __init__(self, root: VerifyingKey, entries: Iterable[str] = ()) -> None:
        self._root = root
        self._signed: dict[str, str] = {}
        self._known: dict[str, tuple[Entry, VerifyingKey]] = {}
        for jws in entries:
            self.learn(jws)

    def learn(self, jws: str) -> Entry:
        """Take in one entry, if it is newer than what is known of the key. Raises EntryRefused."""
        entry = verify_entry(jws, self._root)
        key = entry.verifying_key()
        known = self._known.get(key.kid)
        if known is None or _supersedes(entry, known[0]):
            self._known[key.kid] = (entry, key)
            self._signed[key.kid] = jws
        return entry

    def signed_entries(self) -> list[str]:
        """Return every entry as its JWS."""
        return list(self._signed.values())

    def entries(self) -> list[Entry]:
        """Return every entry."""
        return [entry for entry, _ in self._known.values()]

    def key_of(self, participant: str, kid: str, signed_at: datetime, now: datetime) -> VerifyingKey:
        """Return a participant's key that was valid when it signed and is not revoked now. Raises EnvelopeRefused."""
        known = self._known.get(kid)
        if known is None or known[0].participant != participant:
            raise EnvelopeRefused(Reason.KEY_UNKNOWN, f"the directory knows no such key of {participant}")
        entry, key = known
        if not entry.not_before <= signed_at.timestamp() <= entry.not_after:
            raise EnvelopeRefused(Reason.KEY_NOT_VALID, f"the key of {participant} is not valid at this time")
        if entry.revoked_at is not None and entry.revoked_at <= now.timestamp():
            raise EnvelopeRefused(Reason.KEY_NOT_VALID, f"the key of {participant} is revoked")
        return key


def _supersedes(entry: Entry, known: Entry) -> bool:
    return entry.participant == known.participant and _rank(entry) > _rank(known)


def _rank(entry: Entry) -> tuple[float, float]:
    # A revocation is final: nothing takes it back or puts it off, in whatever order entries arrive.
    return (-math.inf if entry.revoked_at is None else -entry.revoked_at, entry.issued)
