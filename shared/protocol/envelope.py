"""The one format for everything that crosses the broker: exact body bytes and a detached JWS over head and body.

The header `I247-Signature` is a detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797); its protected
header is the head. Any JOSE library can check it.

A `Verifier` checks form, algorithm, kind, sender, key, signature, recipient and time, in that order, and touches the
body only to verify it. It does NOT know what was seen before (`replay`), what an answer answers (`requester`), nor
whether the scopes suffice (the service).
"""

import hashlib
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

import msgspec

from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.ids import UUID7_PATTERN

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


_encode = msgspec.json.Encoder().encode


def sign_envelope(head: Head, body: bytes, key: SigningKey) -> str:
    """Return the signature header for a head and a body. The head must name the key."""
    protected = encode_base64url(_encode(head))
    signature = key.sign(protected.encode("ascii") + b"." + body)
    return f"{protected}..{encode_base64url(signature)}"


def digest_of(signature_header: str) -> str:
    """Return the digest by which an answer names the envelope it answers."""
    return encode_base64url(hashlib.sha256(signature_header.encode()).digest())
