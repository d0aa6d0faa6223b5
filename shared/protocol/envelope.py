"""The one format for everything that crosses the broker: exact body bytes and a detached JWS over head and body.

The header `I247-Signature` is a detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797); its protected
header is the head. Any JOSE library can check it.

A `Verifier` checks form, algorithm, kind, sender, key, signature, recipient and time, in that order, and touches the
body only to verify it. It does NOT know what was seen before (`replay`), what an answer answers (`requester`), nor
whether the scopes suffice (the service).
"""

import hashlib
import json
import re
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Protocol, TypeVar

import msgspec

from shared.clock import Clock
from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url
from shared.ids import UUID7_PATTERN
from shared.protocol.signed_times import LATEST, SignedTimes

SIGNATURE_HEADER: Final = "I247-Signature"
ALGORITHM: Final = "Ed25519"
# Room for a head that names the most recipients by digests.
MAX_SIGNATURE_HEADER: Final = 18_000
MAX_LIFETIME_SECONDS: Final = 120.0
# A message waits for a bureau that is away; what is said of it is good for as long.
MAX_MESSAGE_LIFETIME_SECONDS: Final = 366 * 86_400.0
MAX_RECIPIENTS: Final = 256
# In front of what stands for a recipient whom the others are not told.
UNDISCLOSED: Final = "~"
SKEW_SECONDS: Final = 30.0
SHOWN_OF_A_FAULT: Final = 120
# What a JOSE library elsewhere would take for something else if it were left out.
REQUIRED_MEMBERS: Final = frozenset({"typ", "alg", "b64", "crit"})


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
    SEALING_KEY_UNKNOWN = "sealing-key-unknown"
    SEAL = "seal"
    CONTENT = "content"


class EnvelopeRefused(Exception):
    """An envelope that is not to be trusted, with the reason."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


# To the very end, where `$` would let a line feed pass; and without U+0000, which not every store can keep.
Uuid = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
# Stated here and checked in `parse`: a pattern here would cost each envelope twice as much.
Uuid7 = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": UUID7_PATTERN})]
Digest = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]{0,64}\Z")]
MAX_DIRECTORY_HEAD: Final = 400
DirectoryHead = Annotated[str, msgspec.Meta(max_length=MAX_DIRECTORY_HEAD)]
# Whoever takes one looks for U+0000 himself: a pattern costs each request half a microsecond.
Officer = Annotated[str, msgspec.Meta(max_length=255)]


class Head(msgspec.Struct, frozen=True, kw_only=True, tag_field="typ", forbid_unknown_fields=True):
    """What every head states. Times are NumericDates (RFC 7519): seconds since 1970, with a fraction."""

    max_lifetime: ClassVar[float] = MAX_LIFETIME_SECONDS
    is_sent_at_once: ClassVar[bool] = True
    """Whether it arrives when it is signed, so that it tells the time."""

    alg: str = ALGORITHM
    b64: bool = False
    """The body is signed as it is, and travels beside the signature (RFC 7797)."""

    crit: tuple[str, ...] = ("b64",)
    kid: str
    """The thumbprint of the signing key (RFC 7638)."""

    id: Uuid7
    """A UUID of version 7 (RFC 9562), in lower case."""

    sender: str = msgspec.field(name="from")
    """Who signed: the participant that the broker lets publish on the subject."""

    to: str | tuple[str, ...]
    """For whom it is."""

    iat: float
    """When it was signed."""

    exp: float
    """Until when it is to be taken."""

    def signed_at(self, now: float) -> float:
        """Return when it was signed: the key may have run out since, but must not have been revoked."""
        return min(self.iat, now)

    def is_for(self, participant: str) -> bool:
        """Tell whether a participant is named as the recipient."""
        return self.to == participant


class _Stored(Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may wait in a store between signing and opening. What is kept of it is bounded."""

    max_lifetime: ClassVar[float] = MAX_MESSAGE_LIFETIME_SECONDS
    is_sent_at_once: ClassVar[bool] = False


class RequestHead(Head, frozen=True, kw_only=True, tag="i247-request", forbid_unknown_fields=True):
    """The head of an HTTP request, and on whose behalf and for what purpose it is made."""

    to: str
    """The name of the service."""

    method: str
    """The method of HTTP."""

    target: str
    """Path and query, in visible ASCII, as the request line of HTTP has them; they begin with `/`."""

    content_type: str = ""
    """The media type of the body; empty where there is none."""

    officer: Officer
    """The officer on whose behalf the bureau asks."""

    scopes: tuple[str, ...]
    """What the officer may do: `<service>:<verb>`; and `purpose:` with the purpose, if the officer may state it."""

    purpose: str
    """For what: one of the purposes of RPD article 10(2)."""


class ReplyHead(Head, frozen=True, kw_only=True, tag="i247-reply", omit_defaults=False, forbid_unknown_fields=True):
    """The head of an HTTP response, bound to the one request that it answers."""

    to: str
    """The code of the bureau that asked."""

    re: str
    """The id of the request; empty where it could not be read."""

    re_digest: str
    """The digest of the request's whole signature header: an answer cannot be moved to another question."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)]
    """The status of HTTP."""

    content_type: str = ""
    """The media type of the body; empty where there is none."""

    headers: dict[str, str] = {}
    """The few response headers that mean something to the caller, such as `location` and `allow`."""

    error: str | None = None
    """Set where the transport refuses, not the service: one of the values of the header I247-Error."""


class MessageHead(_Stored, frozen=True, kw_only=True, tag="i247-message", forbid_unknown_fields=True):
    """The head of a sealed message from a bureau or a service to bureaus: what the broker may see of it."""

    to: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1, max_length=MAX_RECIPIENTS)]
    """Codes of bureaus; for undisclosed recipients `~` and the digest of a salt of 16 bytes and the code."""

    urgency: Literal["urgent", "routine"]
    """In which lane it is posted."""

    purpose: Code
    """For what: one of the purposes of RPD article 10(2)."""

    content_digest: Digest
    """SHA-256 of salt and content, by which both can be proven later without being told before."""

    def is_for(self, participant: str) -> bool:
        """Tell whether a bureau is named, or may be meant by a digest: then whoever opens the message has to look."""
        return participant in self.to or any(each.startswith(UNDISCLOSED) for each in self.to)


class ReceiptHead(_Stored, frozen=True, kw_only=True, tag="i247-receipt", forbid_unknown_fields=True):
    """What a recipient signs about a message that it holds. The body is empty."""

    to: str
    """The code of the bureau, or the name of the service, that is answered."""

    re: Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]{0,36}\Z")]
    """The id of the message; of the receipt, where the state is `noted`; empty where it could not be read."""

    re_digest: Digest
    """The digest of the message's whole signature header: a receipt cannot be moved to another message."""

    state: Literal["delivered", "read", "applied", "refused", "noted", "deferred"]
    """`applied`: what the message asks is done. `noted`: its sender holds a receipt, which is then not sent again.
    `deferred`: it was not taken, and may be if it is sent again later; this is not final."""

    reason: Code | None = None
    """The code of the reason, where the state is `refused` or `deferred`."""

    directory: DirectoryHead = ""
    """A head of the directory that the signer has seen, with the line of the root key alone: see `directory_log`."""


class Keys(Protocol):
    """Knows the keys of the participants."""

    def key_of(self, participant: str, kid: str, signed_at: float, now: float) -> VerifyingKey:
        """Return a participant's key that was valid when it signed and is not revoked now. Raises EnvelopeRefused.

        Times are seconds since 1970.
        """
        ...


H = TypeVar("H", bound=Head)

_encode = msgspec.json.Encoder().encode
_is_uuid7: Final = re.compile(UUID7_PATTERN[1:-1]).fullmatch
_decode: Final = msgspec.json.Decoder(RequestHead | ReplyHead | MessageHead | ReceiptHead).decode


def sign_envelope(head: Head, body: bytes, key: SigningKey) -> str:
    """Return the signature header for a head and a body. The head must name the key."""
    protected = encode_base64url(_encode(head))
    signature = key.sign(protected.encode("ascii") + b"." + body)
    return f"{protected}..{encode_base64url(signature)}"


def digest_of(signature_header: str) -> str:
    """Return the digest by which an answer names the envelope it answers."""
    return encode_base64url(hashlib.sha256(signature_header.encode()).digest())


class Verifier:
    """Opens the envelopes that one participant receives."""

    def __init__(self, recipient: str, keys: Keys, clock: Clock, times: SignedTimes | None = None) -> None:
        """Tell `times` what is signed as the time, also where an envelope is refused because of it."""
        self._recipient = recipient
        self._keys = keys
        self._clock = clock
        self._times = times or SignedTimes()

    def verify(self, kind: type[H], signature_header: str, body: bytes, *, sender: str, answers: str = "") -> H:
        """Return the head of an envelope from a sender. Raises EnvelopeRefused.

        `sender` is the participant that the broker lets publish on the subject; it must have signed. `answers` is the
        digest of a request that was made just now, so that an answer to it tells the time.
        """
        protected, head, signature = parse(kind, signature_header)
        if head.sender != sender:
            raise EnvelopeRefused(Reason.SENDER, f"signed by {head.sender[:16]!r} but sent by {sender}")
        signed, now = protected.encode("ascii") + b"." + body, self._clock.now().timestamp()
        try:
            key = self._keys.key_of(sender, head.kid, head.signed_at(now), now)
        except EnvelopeRefused as refused:
            if refused.reason is Reason.KEY_NOT_VALID:
                self._note_time_by_itself(head, signature, signed, answers)
            raise
        if not key.verifies(signature, signed):
            raise EnvelopeRefused(Reason.SIGNATURE, "the signature does not fit head and body")
        if not head.is_for(self._recipient):
            raise EnvelopeRefused(Reason.RECIPIENT, f"addressed to {head.to[:16]!r}, received by {self._recipient}")
        if head.is_sent_at_once:
            self._note_time(head, answers)
        _check_time(head, now)
        return head

    def _note_time(self, head: Head, answers: str) -> None:
        is_new = isinstance(head, ReplyHead) and head.re_digest == answers
        self._times.note(head.sender, head.iat, self._clock, is_new=is_new)

    def _note_time_by_itself(self, head: Head, signature: bytes, signed: bytes, answers: str) -> None:
        """Note the time of who signed with a key that is valid at that time, or at this: either clock may be off."""
        if not (head.is_sent_at_once and head.is_for(self._recipient) and 0 < head.iat <= LATEST):
            return
        for at in (head.iat, self._clock.now().timestamp()):
            with suppress(EnvelopeRefused):
                # Whenever it was revoked, whoever has it by now may state any time.
                if self._keys.key_of(head.sender, head.kid, at, LATEST).verifies(signature, signed):
                    self._note_time(head, answers)
                return


def parse(kind: type[H], signature_header: str) -> tuple[str, H, bytes]:
    """Return protected header, head and signature of a detached JWS. Does NOT verify. Raises EnvelopeRefused."""
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
    if not _is_uuid7(head.id):
        raise EnvelopeRefused(Reason.MALFORMED, "the id is not a UUID of version 7 in lower case")
    _check_algorithm(head)
    if not isinstance(head, kind):
        raise EnvelopeRefused(Reason.KIND, f"{type(head).__name__} where {kind.__name__} is expected")
    return protected, head, signature


def _check_members(raw_head: bytes) -> None:
    # A head that others wrote may be spelled differently; but it must mean the same to every reader.
    if not json.loads(raw_head, object_pairs_hook=unique_members).keys() >= REQUIRED_MEMBERS:
        raise ValueError("a member without which the head is read differently elsewhere is missing")


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, for `object_pairs_hook`. Raises ValueError if a member is stated twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is stated twice in an object")
    return members


def _check_algorithm(head: Head) -> None:
    # Before any key is looked up: the sender has no say in how he is verified.
    if head.alg != ALGORITHM or head.b64 or head.crit != ("b64",):
        raise EnvelopeRefused(Reason.ALGORITHM, f"only {ALGORITHM} with b64=false and crit=[b64] is accepted")


def _check_time(head: Head, now: float) -> None:
    if not 0 < head.exp - head.iat <= head.max_lifetime:
        raise EnvelopeRefused(Reason.LIFETIME, f"valid for more than {head.max_lifetime:.0f} s, or for no time")
    if head.iat > now + SKEW_SECONDS:
        raise EnvelopeRefused(Reason.NOT_YET_VALID, "issued in the future: check the clocks")
    if head.exp < now - SKEW_SECONDS:
        raise EnvelopeRefused(Reason.EXPIRED, "expired: check the clocks")
