"""Decides who may connect with TLS: the NKEY and the certificate must belong to the same participant.

The server checks the chain of a certificate, but not that it belongs to the NKEY. So it asks a relay for each
connection but the relay's own (auth callout, NATS ADR-26), and gets a user JWT. The relay verifies the signature of the
NKEY too: the server also asks about connections that its own check refused.
"""

import base64
import time
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import msgspec
import nkeys

from shared.crypto.ed25519 import VerifyingKey, encode_base64url
from shared.transport.nats.tls import Certificate, read_certificate
from shared.transport.tls_files import certificate_name
from shared.transport.users_list import list_number

_HEADER: Final = encode_base64url(b'{"typ":"JWT","alg":"ed25519-nkey"}')
_NO_LIMIT: Final = -1
NANOSECONDS: Final = 1_000_000_000
# A certificate may end in the year 9999 (RFC 5280 section 4.1.2.5). The server computes in nanoseconds, and overflows
# beyond 292 years.
LONGEST_SECONDS: Final = 100 * 365 * 24 * 3600

Permissions = dict[str, Any]


class NotAdmissible(Exception):
    """A connection is refused; the message says why, for the log."""


@dataclass(frozen=True, slots=True)
class User:
    """The user of an NKEY on the broker."""

    name: str
    account: str
    permissions: Permissions


FindUser = Callable[[str, int], User | None]
"""Finds the user of an NKEY in a list that is not older than the one of this number."""


class _Server(msgspec.Struct):
    id: str
    tags: list[str] = []


class _Client(msgspec.Struct):
    nonce: str = ""


class _Options(msgspec.Struct):
    nkey: str = ""
    sig: str = ""


class _Tls(msgspec.Struct):
    verified_chains: list[list[str]] = []


class _Request(msgspec.Struct):
    server_id: _Server
    user_nkey: str
    client_info: _Client
    connect_opts: _Options
    client_tls: _Tls | None = None


class _Claims(msgspec.Struct):
    nats: _Request


class Admission:
    """Replies to the server as the issuer whose account NKEY its configuration names."""

    def __init__(self, issuer: nkeys.KeyPair, find_user: FindUser) -> None:
        """`find_user` returns None for an NKEY that is revoked, paused or unknown; it may raise NotAdmissible."""
        self._pair = issuer
        self._issuer: str = self._pair.public_key.decode()
        self._find_user = find_user

    def answer(self, question: bytes) -> tuple[bytes, str]:
        """Return the reply to a question, and the reason if it refuses. Raises ValueError for a malformed question."""
        asked = _read(question)
        try:
            admitted, refused = self._admit(asked), ""
        except NotAdmissible as refusal:
            admitted, refused = "", str(refusal)
        said = {"jwt": admitted} if admitted else {"error": refused}
        answer = {"type": "authorization_response", "version": 2, **said}
        return self._signed(asked.user_nkey, audience=asked.server_id.id, nats=answer).encode(), refused

    def _admit(self, asked: _Request) -> str:
        nkey = asked.connect_opts.nkey
        user = self._find_user(nkey, list_number(asked.server_id.tags))
        if user is None:
            raise NotAdmissible("its NKEY may not connect")
        certificate = _certificate(asked)
        if not certificate.names_participant(user.name):
            raise NotAdmissible(f"{user.name} needs a certificate for {certificate_name(user.name)}")
        if not _is_signed(asked):
            raise NotAdmissible(f"the nonce is not signed with the NKEY of {user.name}")
        # The permission ends with the certificate.
        ends = min(int(certificate.not_after.timestamp()), int(time.time()) + LONGEST_SECONDS)
        return self._signed(asked.user_nkey, audience=user.account, nats=_user(user.permissions), exp=ends)

    def _signed(self, subject: str, *, audience: str, nats: dict[str, Any], **claims: object) -> str:
        body = {"jti": uuid4().hex, "iat": int(time.time()), "iss": self._issuer, "sub": subject, "aud": audience}
        said = f"{_HEADER}.{encode_base64url(msgspec.json.encode({**body, **claims, 'nats': nats}))}"
        return f"{said}.{encode_base64url(self._pair.sign(said.encode()))}"


def _read(question: bytes) -> _Request:
    # Only the server may publish on this subject, so its signature need not be verified.
    try:
        _, claims, _ = question.split(b".")
        return msgspec.json.decode(base64.urlsafe_b64decode(claims + b"=="), type=_Claims).nats
    except (ValueError, msgspec.MsgspecError, NotBase64) as error:
        raise ValueError("this is no authorization request") from error


def _certificate(asked: _Request) -> Certificate:
    if asked.client_tls is None or not asked.client_tls.verified_chains:
        raise NotAdmissible("it shows no certificate")
    try:
        return read_certificate(asked.client_tls.verified_chains[0][0].encode())
    except (LookupError, ValueError) as error:
        raise NotAdmissible("its certificate cannot be read") from error


def _is_signed(asked: _Request) -> bool:
    options = asked.connect_opts
    try:
        # Either alphabet, with padding or without, as the server accepts them.
        signature = base64.b64decode(options.sig.translate(str.maketrans("-_", "+/")) + "==")
        # A public NKEY is a byte for its kind, the key and a checksum.
        key = VerifyingKey(base64.b32decode(options.nkey)[1:33])
    except (ValueError, NotBase64):
        return False
    return key.verifies(signature, asked.client_info.nonce.encode())


def _user(permissions: Permissions) -> dict[str, Any]:
    """Return the claims of a user JWT for the permissions of a configuration."""
    limits = dict.fromkeys(("subs", "data", "payload"), _NO_LIMIT)
    user: dict[str, Any] = {"type": "user", "version": 2, **limits, "pub": {}, "sub": {}}
    if permissions:
        user |= {"pub": permissions["publish"], "sub": permissions["subscribe"]}
    if answers := permissions.get("allow_responses"):
        seconds = int(answers["expires"].removesuffix("m")) * 60
        user["resp"] = {"max": answers["max"], "ttl": seconds * NANOSECONDS}
    return user
