"""The content of one leaf of the audit log, and the salted digests in it. The bytes that `encode` returns are hashed.

A leaf names the officer, the time and the purpose. The request and the records are in it as digests; one commitment
stands for all records, so that its length does not reveal how many there are. Each record has a random salt of its own,
so that opening one reveals nothing of the others. The salt is deleted with the record: then the leaf still proves the
log, but no guess of the content of the record can be tested.
"""

from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import msgspec

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.disclosure import PUBLISHED, Disclosure
from shared.protocol.envelope import Digest
from shared.protocol.http import HttpRequest

SALT_BYTES: Final = 16
# More than the longest name of an officer can take, escaped.
MAX_LEAF: Final = 8 * 1024
MAX_LOG: Final = 1_000_000_000
MAX_REASON: Final = 400
_QUERY: Final = b"query"
_FILLER: Final = b"filler"


class NewLog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a log was retired and another opened, of which this is the first leaf."""

    log: Annotated[int, msgspec.Meta(ge=1, lt=MAX_LOG)]
    """The number of the new log."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON)]
    retired: str | None
    """The last cosigned checkpoint of the retired log of which all leaves are kept; null if there is none.

    Every leaf after it is lost, or at least not proven.
    """


class Leaf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One answer, or one action of the service itself. Times are seconds since 1970, with a fraction."""

    v: Literal[1] = 1
    at: float
    request: str
    """The id of the request, a UUID."""

    bureau: str
    officer: str
    purpose: str
    operation: str
    """The operationId in the service's OpenAPI document."""

    status: Annotated[int, msgspec.Meta(ge=0, le=599)]
    """The HTTP status; 0 if there was no answer."""

    query: Digest | None
    """The digest of the request; null if it is not known."""

    records: Digest | None
    """The commitment to all versions of records that were shown or made, and why; null if there are none."""

    answer: Digest | None
    """The digest of the answer's signature header, which signs the whole answer; null if there was none."""

    new_log: NewLog | msgspec.UnsetType = msgspec.UNSET
    """Only in the first leaf of a log that replaces another."""


class _Asked(msgspec.Struct, frozen=True, gc=False):
    at: float
    request: str
    bureau: str
    officer: str
    purpose: str


encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Leaf).decode
_decode_asked: Final = msgspec.json.Decoder(_Asked).decode


def decode(raw: bytes) -> Leaf:
    """Return the leaf in some bytes. Raises ValueError, also for another encoding of it than `encode` returns."""
    if len(raw) > MAX_LEAF:
        raise ValueError(f"a leaf exceeds {MAX_LEAF} bytes")
    leaf = _decode(raw)
    if encode(leaf) != raw:
        raise ValueError("the leaf is not in the encoding of the log")
    if leaf.new_log is not msgspec.UNSET and (leaf.query, leaf.records, leaf.answer) != (None, None, None):
        raise ValueError("a leaf that opens a log answers nobody")
    return leaf


def matches_leaf(raw: bytes, row: Any) -> bool:
    """Return whether the row of a disclosure names the same bureau, officer, purpose, request and time as its leaf.

    The reader of what was published is not in the leaf itself, but in the digest that it commits to.
    """
    try:
        asked = _decode_asked(raw)
    except ValueError:
        return False
    bureau = asked.bureau if row.how == PUBLISHED else row.bureau
    return asked == _Asked(row.at, row.request, bureau, row.officer, row.purpose)


def bureau_of(raw: bytes) -> str | None:
    """Return the bureau that a leaf names; None of bytes that are no leaf."""
    try:
        return _decode_asked(raw).bureau
    except ValueError:
        return None


def disclosure_in(row: Any) -> Disclosure:
    """Return the disclosure that a row states."""
    reader = BureauCode(row.bureau) if row.how == PUBLISHED else None
    owner = BureauCode(row.owner)
    return Disclosure(row.kind, row.record_id, row.version, owner, row.how, row.score, row.match, reader)


def query_digest(salt: bytes, asked: HttpRequest) -> Digest:
    """Return the digest of a request, under the salt of the leaf."""
    return opened_query_digest(query_salt(salt), asked)


def query_salt(salt: bytes) -> bytes:
    """Return the salt that opens the digest of the request, and nothing else."""
    return sha256(salt + _QUERY).digest()[:SALT_BYTES]


def opened_query_digest(salt: bytes, asked: HttpRequest) -> Digest:
    """Return the digest of a request, under its own salt: a JSON array of the head, then the body."""
    return _digest(salt, encode((asked.method, asked.target, asked.content_type)) + asked.body)


def filler_secret(salt: bytes) -> bytes:
    """Return the secret with which the commitment can be computed again, and no record opened."""
    return sha256(salt + _FILLER).digest()


def record_digest(salt: bytes, shown: Disclosure, rule: str) -> Digest:
    """Return the digest of a version of a record and why it was shown, under its own salt: a JSON array."""
    # The third member is a number, and a text in the digest of a request: neither can be taken for the other.
    content = (shown.kind, shown.record, shown.version, shown.owner, rule, shown.how, float(shown.score), shown.match)
    # One leaf has all recipients of a version, so that the log does not grow by their number.
    return _digest(salt, encode(content if shown.reader is None else (*content, shown.reader)))


def _digest(salt: bytes, content: bytes) -> Digest:
    return encode_base64url(sha256(salt + content).digest())
