"""Decides who may connect where TLS is on: the NKEY and the certificate must both belong to the participant.

The server checks the chain of a certificate, but not that it is shown by whose NKEY signs. So it asks a relay before it
lets anybody in but the relay (auth callout, NATS ADR-26), and takes its answer, a user JWT. The relay checks the NKEY's
signature as well: the server asks likewise for those whom its own check refused.
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
# A certificate may end in the year 9999 (RFC 5280 section 4.1.2.5). The server reckons in nanoseconds and takes what is
# more than 292 years away for the past.
LONGEST_SECONDS: Final = 100 * 365 * 24 * 3600

Permissions = dict[str, Any]


class NotAdmissible(Exception):
    """A connection is refused; the message says why, for the log."""


@dataclass(frozen=True, slots=True)
class User:
    """Whom an NKEY stands for on the broker."""

    name: str
    account: str
    permissions: Permissions


FindUser = Callable[[str, int], User | None]
"""Finds whom an NKEY stands for, by a list that is not older than one of this number."""


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
    """Answers the questions of the server in the name of an issuer, whose account NKEY its configuration names."""

    def __init__(self, issuer: nkeys.KeyPair, find_user: FindUser) -> None:
        """`find_user` returns None for an NKEY that is revoked, paused or unknown; it may raise NotAdmissible."""
        self._pair = issuer
        self._issuer: str = self._pair.public_key.decode()
        self._find_user = find_user

    def answer(self, question: bytes) -> tuple[bytes, str]:
        """Return the answer to a question, and why it refuses, if it does. Raises ValueError if that is no question."""
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
            raise NotAdmissible("its NKEY is of nobody who may connect")
        certificate = _certificate(asked)
        if not certificate.names_participant(user.name):
            raise NotAdmissible(f"{user.name} needs a certificate for {certificate_name(user.name)}")
        if not _is_signed(asked):
            raise NotAdmissible(f"it does not prove that it has the NKEY of {user.name}")
        # It lasts no longer than the certificate.
        ends = min(int(certificate.not_after.timestamp()), int(time.time()) + LONGEST_SECONDS)
        return self._signed(asked.user_nkey, audience=user.account, nats=_user(user.permissions), exp=ends)

    def _signed(self, subject: str, *, audience: str, nats: dict[str, Any], **claims: object) -> str:
        body = {"jti": uuid4().hex, "iat": int(time.time()), "iss": self._issuer, "sub": subject, "aud": audience}
        said = f"{_HEADER}.{encode_base64url(msgspec.json.encode({**body, **claims, 'nats': nats}))}"
        return f"{said}.{encode_base64url(self._pair.sign(said.encode()))}"


def _read(question: bytes) -> _Request:
    # The server alone may say anything on this subject, so its signature proves no more.
    try:
        _, claims, _ = question.split(b".")
        return msgspec.json.decode(base64.urlsafe_b64decode(claims + b"=="), type=_Claims).nats
    except (ValueError, msgspec.MsgspecError, NotBase64) as error:
        raise ValueError("this is no question whether to let a connection in") from error


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
        # Either alphabet, with padding or without, as the server takes them.
        signature = base64.b64decode(options.sig.translate(str.maketrans("-_", "+/")) + "==")
        # A public NKEY is a byte for its kind, the key and a checksum.
        key = VerifyingKey(base64.b32decode(options.nkey)[1:33])
    except (ValueError, NotBase64):
        return False
    return key.verifies(signature, asked.client_info.nonce.encode())


def _user(permissions: Permissions) -> dict[str, Any]:
    """Return what a user may, in the words of a user JWT, from those of the configuration."""
    limits = dict.fromkeys(("subs", "data", "payload"), _NO_LIMIT)
    user: dict[str, Any] = {"type": "user", "version": 2, **limits, "pub": {}, "sub": {}}
    if permissions:
        user |= {"pub": permissions["publish"], "sub": permissions["subscribe"]}
    if answers := permissions.get("allow_responses"):
        seconds = int(answers["expires"].removesuffix("m")) * 60
        user["resp"] = {"max": answers["max"], "ttl": seconds * NANOSECONDS}
    return user
