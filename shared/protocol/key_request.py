"""The request of a participant for a directory entry with keys that it generated.

A request has the public keys, and signatures as a JWS in the JSON serialization (RFC 7515 section 7.2): those of the
new signing key and of the NKEY prove possession of both; one of the signing key in force, if any, authorizes the
replacement. It has no secrets.

A sealing key cannot sign; the new signing key certifies it. To state the sealing key of another participant is useless,
as encrypted messages are bound to their recipient (`protocol.messages`).
"""

import base64
import hashlib
import json
from typing import Final

import msgspec
import nkeys

from shared.bureaus import MAILBOX_KINDS, ParticipantKind
from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import SealingPublicKey
from shared.protocol.envelope import ALGORITHM
from shared.protocol.verifier import unique_members

REQUEST_TYPE: Final = "i247-key-request"
MAX_REQUEST: Final = 8_000
FINGERPRINT_BYTES: Final = 16
MAX_SIGNATURES: Final = 3


class RequestRefused(Exception):
    """A malformed request, or one that its keys did not sign; the message says why."""


class KeyStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public keys of a requested entry."""

    participant: str
    kind: ParticipantKind
    signing_key: str
    nats_user: str
    sealing_key: str = ""
    requested: float
    """The time of the request, in seconds since 1970."""

    @property
    def payload(self) -> bytes:
        """The bytes that are signed."""
        return _encode(self)


class Countersignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature by an earlier key of the participant over the statement of the new ones."""

    kid: str
    signature: str


class KeyRequest(msgspec.Struct, frozen=True):
    """A request that its own keys signed. The countersignature is unverified: see `is_countersigned_by`."""

    statement: KeyStatement
    countersignature: Countersignature | None

    @property
    def fingerprint(self) -> str:
        """What both sides compare out of band, such as by telephone: eight groups of four digits."""
        return fingerprint_of(self.statement)


class _Protected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


class _Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    protected: str
    signature: str


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payload: str
    signatures: list[_Signature]


_encode = msgspec.json.Encoder().encode
_decode_statement = msgspec.json.Decoder(KeyStatement).decode
_decode_protected = msgspec.json.Decoder(_Protected).decode
_decode_document = msgspec.json.Decoder(_Document).decode


def make_request(
    statement: KeyStatement, signing: SigningKey, nats_seed: bytes, in_force: SigningKey | None = None
) -> str:
    """Return the text of a request, signed by the new keys and by the one in force."""
    nats_key = SigningKey(raw_nats_seed(nats_seed))
    by = [(signing.kid, signing), (statement.nats_user, nats_key)]
    if in_force is not None:
        by.append((in_force.kid, in_force))
    signatures = [_sign(statement, kid, key) for kid, key in by]
    document = _Document(encode_base64url(statement.payload), signatures)
    return msgspec.json.format(_encode(document), indent=1).decode() + "\n"


def read_request(text: str) -> KeyRequest:
    """Parse a request, and verify the signatures of its own keys. Raises RequestRefused."""
    if len(text) > MAX_REQUEST:
        raise RequestRefused(f"a request has at most {MAX_REQUEST} characters")
    try:
        json.loads(text, object_pairs_hook=unique_members)
        document = _decode_document(text)
        payload = decode_base64url(document.payload)
        statement = _decode_statement(payload)
        signing, nats_key = _keys_of(statement)
        signatures = dict(_signature(each) for each in document.signatures[:MAX_SIGNATURES])
    except (ValueError, RecursionError) as error:
        raise RequestRefused(f"this is no request for an entry: {error}") from error
    if payload != statement.payload or len(signatures) != len(document.signatures):
        raise RequestRefused("this is no request for an entry: it is not canonical, or has a duplicate signature")
    for kid, key in ((signing.kid, signing), (statement.nats_user, nats_key)):
        if not _verifies(statement, kid, signatures.pop(kid, ""), key):
            raise RequestRefused(f"its key {kid} did not sign it")
    [earlier] = signatures.items() if signatures else [None]
    return KeyRequest(statement, None if earlier is None else Countersignature(*earlier))


def is_countersigned_by(statement: KeyStatement, countersignature: Countersignature | None, key: VerifyingKey) -> bool:
    """Return whether an earlier key signed a statement of new ones."""
    if countersignature is None or countersignature.kid != key.kid:
        return False
    return _verifies(statement, key.kid, countersignature.signature, key)


def fingerprint_of(statement: KeyStatement) -> str:
    """Return the fingerprint of a statement."""
    digits = hashlib.sha256(statement.payload).digest()[:FINGERPRINT_BYTES].hex()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def raw_nats_seed(text: bytes) -> bytes:
    """Decode the seed of an NKEY: the 32 bytes of an Ed25519 key. Raises ValueError."""
    try:
        _, raw = nkeys.decode_seed(bytearray(text.strip()))
    except nkeys.NkeysError as error:
        raise ValueError("this is no seed of an NKEY") from error
    return bytes(raw)


def nats_user_key(text: str) -> VerifyingKey:
    """Decode the public NKEY of a user. Raises ValueError."""
    raw = base64.b32decode(text)
    checksum = nkeys.crc16(bytearray(raw[:-2])).to_bytes(2, "little")
    if raw[:1] != bytes([nkeys.PREFIX_BYTE_USER]) or raw[-2:] != checksum:
        raise ValueError("this is no public NKEY of a user")
    return VerifyingKey(raw[1:-2])


def _keys_of(statement: KeyStatement) -> tuple[VerifyingKey, VerifyingKey]:
    if (statement.kind in MAILBOX_KINDS) != bool(statement.sealing_key):
        raise ValueError("a participant with a mailbox needs a sealing key, a service and the public have none")
    if statement.sealing_key:
        SealingPublicKey(decode_base64url(statement.sealing_key))
    return VerifyingKey(decode_base64url(statement.signing_key)), nats_user_key(statement.nats_user)


def _sign(statement: KeyStatement, kid: str, key: SigningKey) -> _Signature:
    return _Signature(_protected(kid), encode_base64url(key.sign(_signed(statement, kid))))


def _verifies(statement: KeyStatement, kid: str, signature: str, key: VerifyingKey) -> bool:
    try:
        return key.verifies(decode_base64url(signature), _signed(statement, kid))
    except ValueError:
        return False


def _signature(each: _Signature) -> tuple[str, str]:
    head = _decode_protected(decode_base64url(each.protected))
    if each.protected != _protected(head.kid):
        raise ValueError(f"a signature is not by {ALGORITHM}, or not of a request")
    return head.kid, each.signature


def _protected(kid: str) -> str:
    return encode_base64url(_encode(_Protected(alg=ALGORITHM, kid=kid, typ=REQUEST_TYPE)))


def _signed(statement: KeyStatement, kid: str) -> bytes:
    return f"{_protected(kid)}.{encode_base64url(statement.payload)}".encode("ascii")
