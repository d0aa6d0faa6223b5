"""How a participant asks to be entered into the directory with keys that it made itself.

A request states the public keys and carries a signature by each holder, as a JWS in the JSON serialization (RFC 7515
section 7.2): one by the new signing key and one by the NKEY prove that whoever asks holds both; one by a signing key
that is in force, if there is one, proves that the holder of that key wants this one in its place. It holds no secret.

A sealing key signs nothing: the new signing key vouches for it. Whoever states the sealing key of somebody else gains
nothing, since what is sealed names its recipient (`shared.protocol.messages`).
"""

import base64
import hashlib
import json
from typing import Final, Literal

import msgspec
import nkeys

from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import SealingPublicKey
from shared.protocol.envelope import ALGORITHM
from shared.protocol.verifier import unique_members

REQUEST_TYPE: Final = "i247-key-request"
MAX_REQUEST: Final = 8_000
FINGERPRINT_BYTES: Final = 16
MAX_SIGNATURES: Final = 3

Kind = Literal["bureau", "service"]


class RequestRefused(Exception):
    """A request for an entry that is none, or that its keys did not sign; the message says why."""


class KeyStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public keys that a participant asks to be entered with."""

    participant: str
    kind: Kind
    signing_key: str
    nats_user: str
    sealing_key: str = ""
    requested: float
    """When it asked, in seconds since 1970."""

    @property
    def payload(self) -> bytes:
        """The bytes that are signed."""
        return _encode(self)


class Countersignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature by an earlier key of the participant under the statement of the new ones."""

    kid: str
    signature: str


class KeyRequest(msgspec.Struct, frozen=True):
    """A request whose own keys signed it. The countersignature is unchecked: see `is_countersigned_by`."""

    statement: KeyStatement
    countersignature: Countersignature | None

    @property
    def fingerprint(self) -> str:
        """What both sides compare by another way, such as a telephone call: eight groups of four digits."""
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
    """Return the text of a request, signed by the new keys and by the one that is in force."""
    nats_key = SigningKey(raw_nats_seed(nats_seed))
    by = [(signing.kid, signing), (statement.nats_user, nats_key)]
    if in_force is not None:
        by.append((in_force.kid, in_force))
    signatures = [_sign(statement, kid, key) for kid, key in by]
    document = _Document(encode_base64url(statement.payload), signatures)
    return msgspec.json.format(_encode(document), indent=1).decode() + "\n"


def read_request(text: str) -> KeyRequest:
    """Return the request in a text, once its own keys are seen to have signed it. Raises RequestRefused."""
    if len(text) > MAX_REQUEST:
        raise RequestRefused(f"a request has no more than {MAX_REQUEST} characters")
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
        raise RequestRefused("this is no request for an entry: it states something twice, or in another form")
    for kid, key in ((signing.kid, signing), (statement.nats_user, nats_key)):
        if not _verifies(statement, kid, signatures.pop(kid, ""), key):
            raise RequestRefused(f"the key {kid} that it states did not sign it")
    [earlier] = signatures.items() if signatures else [None]
    return KeyRequest(statement, None if earlier is None else Countersignature(*earlier))


def is_countersigned_by(statement: KeyStatement, countersignature: Countersignature | None, key: VerifyingKey) -> bool:
    """Tell whether an earlier key signed a statement of new ones."""
    if countersignature is None or countersignature.kid != key.kid:
        return False
    return _verifies(statement, key.kid, countersignature.signature, key)


def fingerprint_of(statement: KeyStatement) -> str:
    """Return the fingerprint of what a participant asks to be entered with."""
    digits = hashlib.sha256(statement.payload).digest()[:FINGERPRINT_BYTES].hex()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def raw_nats_seed(text: bytes) -> bytes:
    """Return the 32 bytes of the Ed25519 key behind the seed of an NKEY. Raises ValueError."""
    try:
        _, raw = nkeys.decode_seed(bytearray(text.strip()))
    except nkeys.NkeysError as error:
        raise ValueError("this is no seed of an NKEY") from error
    return bytes(raw)


def nats_user_key(text: str) -> VerifyingKey:
    """Return the Ed25519 key behind the public NKEY of a user. Raises ValueError."""
    raw = base64.b32decode(text)
    checksum = nkeys.crc16(bytearray(raw[:-2])).to_bytes(2, "little")
    if raw[:1] != bytes([nkeys.PREFIX_BYTE_USER]) or raw[-2:] != checksum:
        raise ValueError("this is no public NKEY of a user")
    return VerifyingKey(raw[1:-2])


def _keys_of(statement: KeyStatement) -> tuple[VerifyingKey, VerifyingKey]:
    if (statement.kind == "bureau") != bool(statement.sealing_key):
        raise ValueError("a bureau states a sealing key, and a service none")
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
