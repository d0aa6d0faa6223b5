"""What one leaf of the audit log says, and the salted digests in it. Its bytes, as `encode` spells them, are hashed.

A leaf names who asked, when, and for what purpose. What was asked and shown it holds as digests, those of all records
in one, so that it is as long whether one was shown or hundreds. Each record has a random salt of its own, so that
whoever is shown what is behind one learns nothing of the others. It is deleted with the record: then the leaf proves as
much as before of the log, and of the record nothing, as no guess of what it said can be tested.
"""

from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import msgspec

from shared.crypto.ed25519 import encode_base64url
from shared.disclosure import Disclosure
from shared.protocol.envelope import Digest
from shared.protocol.http import HttpRequest

SALT_BYTES: Final = 16
# More than the longest name of an officer makes of it, however it is escaped.
MAX_LEAF: Final = 8 * 1024
MAX_LOG: Final = 1_000_000_000
MAX_REASON: Final = 400
_QUERY: Final = b"query"
_FILLER: Final = b"filler"


class NewLog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a log was retired and another one opened, which begins with the leaf that says so."""

    log: Annotated[int, msgspec.Meta(ge=1, lt=MAX_LOG)]
    """The number of the new log."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON)]
    retired: str | None
    """The last checkpoint of the retired log of which all leaves are kept, with the cosignatures of bureaus.

    Every leaf after it is lost, or at least not proven. Null: nothing is kept that bureaus cosigned.
    """


class Leaf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One answer, or one thing that the service did by itself. Times are seconds since 1970, with a fraction."""

    v: Literal[1] = 1
    at: float
    request: str
    """The id of the request, a UUID."""

    bureau: str
    officer: str
    purpose: str
    operation: str
    """What was asked: the operationId in the service's OpenAPI document."""

    status: Annotated[int, msgspec.Meta(ge=0, le=599)]
    """The status of HTTP; 0 where what was done was never answered."""

    query: Digest | None
    """The digest of what was asked; null where it is not known any more."""

    records: Digest | None
    """The commitment to all versions of records that were shown or made, and why; null where none was."""

    answer: Digest | None
    """The digest of the answer's signature header, which signs the whole answer; null where there was none."""

    new_log: NewLog | msgspec.UnsetType = msgspec.UNSET
    """Left out of all leaves but the first one of a log that was opened in the place of another."""


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """What a leaf says of who asked, and when."""

    at: float
    request: str
    bureau: str
    officer: str
    purpose: str


encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Leaf).decode
_decode_asked: Final = msgspec.json.Decoder(_Asked).decode


def decode(raw: bytes) -> Leaf:
    """Return what a leaf says. Raises ValueError, also for a second spelling of it."""
    if len(raw) > MAX_LEAF:
        raise ValueError(f"a leaf exceeds {MAX_LEAF} bytes")
    leaf = _decode(raw)
    if encode(leaf) != raw:
        raise ValueError("the leaf is spelled otherwise than a log spells it")
    if leaf.new_log is not msgspec.UNSET and (leaf.query, leaf.records, leaf.answer) != (None, None, None):
        raise ValueError("a leaf that opens a log answers nobody")
    return leaf


def is_said_in(raw: bytes, beside: Any) -> bool:
    """Tell whether the row of a disclosure names the same bureau, officer, purpose, request and time as its leaf."""
    try:
        said = _decode_asked(raw)
    except ValueError:
        return False
    kept = _Asked(beside.at, beside.request, beside.bureau, beside.officer, beside.purpose)
    return said == kept


def query_digest(salt: bytes, asked: HttpRequest) -> Digest:
    """Return the digest of what was asked, under the salt of the leaf."""
    return opened_query_digest(query_salt(salt), asked)


def query_salt(salt: bytes) -> bytes:
    """Return the salt that opens the digest of what was asked, and nothing else."""
    return sha256(salt + _QUERY).digest()[:SALT_BYTES]


def opened_query_digest(salt: bytes, asked: HttpRequest) -> Digest:
    """Return the digest of what was asked, under its own salt: the array of the head in JSON, and the body."""
    return _digest(salt, encode((asked.method, asked.target, asked.content_type)) + asked.body)


def filler_secret(salt: bytes) -> bytes:
    """Return the secret with which the commitment to all records can be made anew, and none of them opened."""
    return sha256(salt + _FILLER).digest()


def record_digest(salt: bytes, shown: Disclosure, rule: str) -> Digest:
    """Return the digest of a version of a record and why it was shown, under its own salt: an array in JSON."""
    # The third is a number here and a text in what was asked: neither can be taken for the other.
    spelled = encode(
        (shown.kind, shown.record, shown.version, shown.owner, rule, shown.how, float(shown.score), shown.match)
    )
    return _digest(salt, spelled)


def _digest(salt: bytes, said: bytes) -> Digest:
    return encode_base64url(sha256(salt + said).digest())
