"""The format of everything that crosses the broker: the exact body, and a detached JWS over head and body.

The header `I247-Signature` is a detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797); its protected
header is the head. A JOSE library that knows both can verify it; `verifier` does so here.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

import msgspec

from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.ids import UUID7_PATTERN

SIGNATURE_HEADER: Final = "I247-Signature"
ALGORITHM: Final = "Ed25519"
# Enough for a head with the most recipients, by digest.
MAX_SIGNATURE_HEADER: Final = 18_000
MAX_LIFETIME_SECONDS: Final = 120.0
# How long a post may work offline with one field pack.
MAX_FIELD_PACK_SECONDS: Final = 7 * 86_400.0
# A message waits for a bureau that is offline; its receipts are valid for as long.
MAX_MESSAGE_LIFETIME_SECONDS: Final = 366 * 86_400.0
MAX_RECIPIENTS: Final = 256
# The prefix of the digest of an undisclosed recipient.
UNDISCLOSED: Final = "~"
SKEW_SECONDS: Final = 30.0


class RefusalReason(StrEnum):
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
    """An envelope that is not accepted, with the reason."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


# `\Z`, as `$` would allow a line feed; without U+0000, which not every store can keep.
Uuid = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
# Checked in `parse`: a pattern here would double the cost of an envelope.
Uuid7 = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": UUID7_PATTERN})]
Digest = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]{0,64}\Z")]
MAX_DIRECTORY_HEAD: Final = 400
DirectoryHead = Annotated[str, msgspec.Meta(max_length=MAX_DIRECTORY_HEAD)]
# Readers check for U+0000: a pattern here costs each request half a microsecond.
Officer = Annotated[str, msgspec.Meta(max_length=255)]


class Head(msgspec.Struct, frozen=True, kw_only=True, tag_field="typ", forbid_unknown_fields=True):
    """What every head has. Times are NumericDates (RFC 7519): seconds since 1970, with a fraction."""

    max_lifetime: ClassVar[float] = MAX_LIFETIME_SECONDS
    is_sent_at_once: ClassVar[bool] = True
    """Whether it is sent when it is signed, so that `iat` is the time of the sender's clock."""

    alg: str = ALGORITHM
    b64: bool = False
    """The body is signed unencoded, and sent separately (RFC 7797)."""

    crit: tuple[str, ...] = ("b64",)
    kid: str
    """The thumbprint of the signing key (RFC 7638)."""

    id: Uuid7
    """A UUID of version 7 (RFC 9562), in lower case."""

    sender: str = msgspec.field(name="from")
    """The signer: the participant that the broker lets publish on the subject."""

    to: str | tuple[str, ...]
    """The recipient or recipients."""

    iat: float
    """When it was signed."""

    exp: float
    """When it expires."""

    def signed_at(self, now: float) -> float:
        """Return when it was signed: the key may have expired since, but must not be revoked."""
        return min(self.iat, now)

    def is_for(self, participant: str) -> bool:
        """Return whether a participant is the recipient."""
        return self.to == participant


class _Stored(Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be stored between signing and verification."""

    max_lifetime: ClassVar[float] = MAX_MESSAGE_LIFETIME_SECONDS
    is_sent_at_once: ClassVar[bool] = False


class RequestHead(Head, frozen=True, kw_only=True, tag="i247-request", forbid_unknown_fields=True):
    """The head of an HTTP request, with its officer and purpose."""

    to: str
    """The name of the service."""

    method: str
    """The method of HTTP."""

    target: str
    """Path and query in visible ASCII, as in the request line of HTTP; they begin with `/`."""

    content_type: str = ""
    """The media type of the body; empty without a body."""

    officer: Officer
    """The officer who makes the request."""

    scopes: tuple[str, ...]
    """The scopes of the officer: `<service>:<verb>`, and `purpose:` with the purpose, if it is allowed."""

    purpose: str
    """One of the purposes of RPD article 10(2)."""


class ReplyHead(Head, frozen=True, kw_only=True, tag="i247-reply", omit_defaults=False, forbid_unknown_fields=True):
    """The head of an HTTP response, bound to its request."""

    to: str
    """The code of the bureau that made the request."""

    re: str
    """The id of the request; empty where it could not be read."""

    re_digest: str
    """The digest of the whole signature header of the request, which binds the reply to it."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)]
    """The status of HTTP."""

    content_type: str = ""
    """The media type of the body; empty without a body."""

    headers: dict[str, str] = {}
    """The response headers that are passed on, such as `location` and `allow`."""

    error: str | None = None
    """Set if the transport refuses and not the service: a value of the header I247-Error."""


class MessageHead(_Stored, frozen=True, kw_only=True, tag="i247-message", forbid_unknown_fields=True):
    """The head of an encrypted message from a bureau or a service to bureaus: what the broker can see of it."""

    to: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1, max_length=MAX_RECIPIENTS)]
    """Codes of bureaus; for undisclosed recipients `~` and the digest of a salt of 16 bytes and the code."""

    urgency: Literal["urgent", "routine"]
    """The lane in which it is posted."""

    purpose: Code
    """One of the purposes of RPD article 10(2)."""

    content_digest: Digest
    """SHA-256 of salt and content: a commitment that can be opened later."""

    def is_for(self, participant: str) -> bool:
        """Return whether a bureau is named, or may be an undisclosed recipient: `open_message` decides then."""
        return participant in self.to or any(each.startswith(UNDISCLOSED) for each in self.to)


ReceiptState = Literal["delivered", "read", "applied", "refused", "acknowledged", "deferred"]


class ReceiptHead(_Stored, frozen=True, kw_only=True, tag="i247-receipt", forbid_unknown_fields=True):
    """A signed receipt for a message. The body is empty."""

    to: str
    """The code of the bureau, or the name of the service, that sent the message."""

    re: Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]{0,36}\Z")]
    """The id of the message, or of the receipt if the state is `acknowledged`; empty where it could not be read."""

    re_digest: Digest
    """The digest of the whole signature header of the message, which binds the receipt to it."""

    state: ReceiptState
    """`applied`: the request in the message is carried out. `acknowledged`: its sender has the receipt, which need not
    be sent again. `deferred`: it was not accepted, and may be if it is sent again later; this is not final."""

    reason: Code | None = None
    """A code, if the state is `refused` or `deferred`."""

    directory: DirectoryHead = ""
    """A head of the directory that the signer knows, without cosignatures: see `directory_log`."""


class FieldPackHead(Head, frozen=True, kw_only=True, tag="i247-field-pack", forbid_unknown_fields=True):
    """The head of a field pack, which is carried to its post in a file and crosses no broker."""

    max_lifetime: ClassVar[float] = MAX_FIELD_PACK_SECONDS
    is_sent_at_once: ClassVar[bool] = False

    to: str
    """The name of the post."""


_encode = msgspec.json.Encoder().encode


def sign_envelope(head: Head, body: bytes, key: SigningKey) -> str:
    """Return the signature header for a head and a body. The head must name the key."""
    protected = encode_base64url(_encode(head))
    signature = key.sign(protected.encode("ascii") + b"." + body)
    return f"{protected}..{encode_base64url(signature)}"


def digest_of(signature_header: str) -> str:
    """Return the digest of an envelope that binds replies and receipts to it."""
    return encode_base64url(hashlib.sha256(signature_header.encode()).digest())
