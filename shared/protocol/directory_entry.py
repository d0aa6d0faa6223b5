"""Entries of the directory: the keys of a participant, and when they were valid, signed by the Secretariat's root key.

An entry is a compact JWS (RFC 7515): nobody who carries it need be trusted.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Final, TypeVar

import msgspec

from shared.agreements import Agreement
from shared.bureaus import ParticipantKind
from shared.crypto.ed25519 import Signer, VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import SealingPublicKey
from shared.protocol.envelope import ALGORITHM, SKEW_SECONDS
from shared.protocol.key_request import Countersignature, KeyStatement
from shared.standing import BureauStanding, Measure, Standing

ENTRY_TYPE: Final = "i247-directory-entry"
MAX_ENTRY: Final = 6_000
# A new key is used in place of older ones after this time, as all know it by then.
SETTLING_SECONDS: Final = 2.0


T = TypeVar("T")


class EntryRefused(Exception):
    """An entry that the root key did not sign, or that is malformed."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The keys of one participant, and when they were valid. Times are seconds since 1970."""

    participant: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]+\Z")]
    """The code of a participant, or the name of a service."""

    kind: ParticipantKind
    signing_key: str
    """The Ed25519 public key, base64url."""

    nats_user: str
    """The public NKEY with which the participant connects to the broker."""

    issued: float
    """When the root signed this entry."""

    not_before: float
    not_after: float
    """Signatures from `not_before` to `not_after` are valid."""

    revoked_at: float | None = None
    """From this time on no signature of the key is accepted, whatever time it states."""

    sealing_key: str = ""
    """The X-Wing public key for messages to it, base64url; services and the public have none."""

    standing: Standing = "member"
    """The standing of the participant when the entry was issued."""

    measure: Measure | None = None
    """The measure that the standing rests on; none of a member. When its end has passed, the standing is `member`."""

    requested: float = 0.0
    """When the participant, which generated the keys, requested the entry."""

    countersigned: Countersignature | None = None
    """The signature of the request by an earlier key of the participant; none for the first entry, or after a loss."""

    agreement: Agreement | None = None
    """What a partner may do when the entry was issued; none for others."""

    @property
    def statement(self) -> KeyStatement:
        """What the participant signed to request the entry."""
        return KeyStatement(
            participant=self.participant,
            kind=self.kind,
            signing_key=self.signing_key,
            nats_user=self.nats_user,
            sealing_key=self.sealing_key,
            requested=self.requested,
        )

    def verifying_key(self) -> VerifyingKey:
        """Return the key that verifies its signatures."""
        return VerifyingKey(decode_base64url(self.signing_key))

    @property
    def stated_standing(self) -> BureauStanding:
        """The standing that it states, whether or not the measure is over."""
        return BureauStanding(self.standing, self.measure)

    @property
    def kid(self) -> str:
        """The thumbprint of the signing key."""
        return self.verifying_key().kid

    def sealing_public_key(self) -> SealingPublicKey | None:
        """Return the key for messages to it, if it has one."""
        return SealingPublicKey(decode_base64url(self.sealing_key)) if self.sealing_key else None

    def valid_at(self, seconds: float) -> bool:
        """Return whether its keys may be used at a time."""
        return self.not_before <= seconds <= self.not_after and not self.is_revoked(seconds)

    @property
    def settles_at(self) -> float:
        """When all know of it."""
        return max(self.not_before, self.issued) + SETTLING_SECONDS

    def revoked_by(self, seconds: float) -> bool:
        """Return whether its keys were revoked at a time or before."""
        return self.revoked_at is not None and self.revoked_at <= seconds

    def is_revoked(self, now: float) -> bool:
        """Return whether its keys are revoked now, by a clock that may be behind that of the Secretariat."""
        return self.revoked_by(now + SKEW_SECONDS)


class SignedEntry(msgspec.Struct, frozen=True, gc=False):
    """A verified entry, its JWS and its decoded keys."""

    entry: Entry
    jws: str
    key: VerifyingKey
    sealing_key: SealingPublicKey | None


class _EntryHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


_decode_head = msgspec.json.Decoder(_EntryHead).decode
_decode_entry = msgspec.json.Decoder(Entry).decode


def sign_entry(entry: Entry, root: Signer) -> str:
    """Return the entry as a compact JWS of the root key. Raises ValueError if it is longer than its readers accept."""
    head = msgspec.json.encode(_EntryHead(alg=ALGORITHM, kid=root.kid, typ=ENTRY_TYPE))
    signed = f"{encode_base64url(head)}.{encode_base64url(msgspec.json.encode(entry))}"
    jws = f"{signed}.{encode_base64url(root.sign(signed.encode('ascii')))}"
    if len(jws) > MAX_ENTRY:
        raise ValueError(f"the entry of {entry.participant} has {len(jws)} characters, and may have {MAX_ENTRY}")
    return jws


def verify_entry(jws: str, root: VerifyingKey) -> Entry:
    """Return the entry in a compact JWS. Raises EntryRefused."""
    return verify_signed_entry(jws, root).entry


def verify_signed_entry(jws: str, root: VerifyingKey) -> SignedEntry:
    """Return the entry in a compact JWS with its decoded keys. Raises EntryRefused."""
    if len(jws) > MAX_ENTRY:
        raise EntryRefused(f"a directory entry exceeds {MAX_ENTRY} characters")
    signed, _, signature = jws.rpartition(".")
    protected, _, payload = signed.partition(".")
    try:
        head = _decode_head(decode_base64url(protected))
        is_of_root = root.verifies(decode_base64url(signature), signed.encode("ascii"))
        if (head.alg, head.typ) == (ALGORITHM, ENTRY_TYPE) and is_of_root:
            entry = _decode_entry(decode_base64url(payload))
            return SignedEntry(entry, jws, entry.verifying_key(), entry.sealing_public_key())
    except (ValueError, RecursionError) as error:
        raise EntryRefused("a directory entry cannot be decoded") from error
    raise EntryRefused("a directory entry is not signed by the pinned root key")


def best_known(keys: Iterable[T], seconds: float, entry_of: Callable[[T], Entry]) -> T:
    """Return the newest key that all know of, or else the oldest, which most know."""
    in_order = sorted(keys, key=lambda key: entry_of(key).not_before)
    settled = [key for key in in_order if entry_of(key).settles_at <= seconds]
    return settled[-1] if settled else in_order[0]
