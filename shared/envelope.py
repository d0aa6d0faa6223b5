"""The one format for everything that crosses the broker: exact body bytes and a detached JWS over head and body.

The header `I247-Signature` is a detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797); its protected
header is the head. Any JOSE library can check it.

A `Verifier` checks form, algorithm, kind, sender, key, signature, recipient and time, in that order, and touches the
body only to verify it. It does NOT know what was seen before (`replay`), what an answer answers (`requester`), nor
whether the scopes suffice (the service).
"""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol, TypeVar

import msgspec

from shared.clock import Clock
from shared.signing import SigningKey, VerifyingKey, decode_base64url, encode_base64url

SIGNATURE_HEADER: Final = "I247-Signature"
ALGORITHM: Final = "Ed25519"
MAX_SIGNATURE_HEADER: Final = 12_000
MAX_LIFETIME_SECONDS: Final = 120.0
SKEW_SECONDS: Final = 30.0
SHOWN_OF_A_FAULT: Final = 120
# What a JOSE library elsewhere would take for something else if it were left out.
ALWAYS_STATED: Final = frozenset({"typ", "alg", "b64", "crit"})


class Reason(StrEnum):
    """Why an envelope is refused."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    KIND = "kind"
    KEY_UNKNOWN = "key-unknown"
    KEY_NOT_VALID = "key-not-valid"
    SIGNATURE = "signature"
    SENDER = "sender"
    RECIPIENT = "recipient"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    LIFETIME = "lifetime"
    REPLAYED = "replayed"
    UNRELATED = "unrelated"


class EnvelopeRefused(Exception):
    """An envelope that is not to be trusted, with the reason."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Head(msgspec.Struct, frozen=True, kw_only=True, tag_field="typ", forbid_unknown_fields=True):
    """What every head states. Times are NumericDates (RFC 7519): seconds since 1970, with a fraction."""

    alg: str = ALGORITHM
    b64: bool = False
    crit: tuple[str, ...] = ("b64",)
    kid: str
    id: str
    sender: str = msgspec.field(name="from")
    to: str
    iat: float
    exp: float


class RequestHead(Head, frozen=True, kw_only=True, tag="i247-request", forbid_unknown_fields=True):
    """The head of an HTTP request, and on whose behalf and for what purpose it is made."""

    method: str
    target: str
    content_type: str = ""
    officer: str
    scopes: tuple[str, ...]
    purpose: str


class ReplyHead(Head, frozen=True, kw_only=True, tag="i247-reply", omit_defaults=False, forbid_unknown_fields=True):
    """The head of an HTTP response, bound to the one request that it answers."""

    re: str
    """The id of the request."""

    re_digest: str
    """The digest of the request's whole signature header: an answer cannot be moved to another question."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)]
    content_type: str = ""
    headers: dict[str, str] = {}
    """The few response headers that mean something to the caller, such as `location` and `allow`."""

    error: str | None = None
    """Set where the transport refuses, not the service: one of the values of the header I247-Error."""


class Keys(Protocol):
    """Knows the keys of the participants."""

    def key_of(self, participant: str, kid: str, at: datetime) -> VerifyingKey:
        """Return a participant's key. Raises EnvelopeRefused if it has no such key, or not at that time."""
        ...


H = TypeVar("H", bound=Head)

_encode = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(RequestHead | ReplyHead).decode


def seal(head: Head, body: bytes, key: SigningKey) -> str:
    """Return the signature header for a head and a body. The head must name the key."""
    protected = encode_base64url(_encode(head))
    signature = key.sign(protected.encode("ascii") + b"." + body)
    return f"{protected}..{encode_base64url(signature)}"


def digest_of(signature_header: str) -> str:
    """Return the digest by which an answer names the envelope it answers."""
    return encode_base64url(hashlib.sha256(signature_header.encode()).digest())


class Verifier:
    """Opens the envelopes that one participant receives."""

    def __init__(self, recipient: str, keys: Keys, clock: Clock) -> None:
        self._recipient = recipient
        self._keys = keys
        self._clock = clock

    def open(self, kind: type[H], signature_header: str, body: bytes, *, sender: str) -> H:
        """Return the head of an envelope from a sender. Raises EnvelopeRefused.

        `sender` is the participant whom the broker lets speak on the subject; it must have signed.
        """
        protected, head, signature = _parse(kind, signature_header)
        if head.sender != sender:
            raise EnvelopeRefused(Reason.SENDER, f"signed by {head.sender[:16]!r} but sent by {sender}")
        now = self._clock.now()
        key = self._keys.key_of(sender, head.kid, now)
        if not key.verifies(signature, protected.encode("ascii") + b"." + body):
            raise EnvelopeRefused(Reason.SIGNATURE, "the signature does not fit head and body")
        if head.to != self._recipient:
            raise EnvelopeRefused(Reason.RECIPIENT, f"addressed to {head.to[:16]!r}, received by {self._recipient}")
        _check_time(head, now.timestamp())
        return head


def _parse(kind: type[H], signature_header: str) -> tuple[str, H, bytes]:
    if len(signature_header) > MAX_SIGNATURE_HEADER:
        raise EnvelopeRefused(Reason.MALFORMED, f"the signature header exceeds {MAX_SIGNATURE_HEADER} characters")
    protected, separator, signature_text = signature_header.partition("..")
    if not separator:
        raise EnvelopeRefused(Reason.MALFORMED, "no detached JWS")
    try:
        raw_head, signature = decode_base64url(protected), decode_base64url(signature_text)
        head: Head = _decode(raw_head)
        if _encode(head) != raw_head:
            _check_members(raw_head)
    except msgspec.ValidationError as error:
        raise EnvelopeRefused(Reason.MALFORMED, f"the head does not fit: {error}"[:SHOWN_OF_A_FAULT]) from error
    except (ValueError, RecursionError) as error:
        raise EnvelopeRefused(Reason.MALFORMED, "the head or the signature cannot be decoded") from error
    _check_algorithm(head)
    if not isinstance(head, kind):
        raise EnvelopeRefused(Reason.KIND, f"{type(head).__name__} where {kind.__name__} is expected")
    return protected, head, signature


def _check_members(raw_head: bytes) -> None:
    # A head that others wrote may be spelled differently; but it must mean the same to every reader.
    if not json.loads(raw_head, object_pairs_hook=_stated_once).keys() >= ALWAYS_STATED:
        raise ValueError("a member without which the head is read differently elsewhere is missing")


def _stated_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is stated twice")
    return members


def _check_algorithm(head: Head) -> None:
    # Before any key is looked up: the sender has no say in how he is verified.
    if head.alg != ALGORITHM or head.b64 or head.crit != ("b64",):
        raise EnvelopeRefused(Reason.ALGORITHM, f"only {ALGORITHM} with b64=false and crit=[b64] is accepted")


def _check_time(head: Head, now: float) -> None:
    if not 0 < head.exp - head.iat <= MAX_LIFETIME_SECONDS:
        raise EnvelopeRefused(Reason.LIFETIME, f"valid for more than {MAX_LIFETIME_SECONDS:.0f} s, or for no time")
    if head.iat > now + SKEW_SECONDS:
        raise EnvelopeRefused(Reason.NOT_YET_VALID, "issued in the future: check the clocks")
    if head.exp < now - SKEW_SECONDS:
        raise EnvelopeRefused(Reason.EXPIRED, "expired: check the clocks")
