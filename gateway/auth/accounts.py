"""The officers and client programs that may use a gateway, with hashed passwords and scopes, in a file.

Does NOT know who has logged in: see `gateway.auth.account_store`.
"""

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import write_secret
from shared.identity import PURPOSE_PREFIX, PURPOSE_SCOPES, Purpose

# OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A secret of 112 random bits or more cannot be guessed, however cheap a guess is (NIST SP 800-63B, look-up secrets):
# the minimum work of Argon2id.
_secret_hasher: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET_BYTES: Final = 18


class OfficersUnusable(Exception):
    """The file of officers or sessions cannot be used; the message says where and why."""


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """An officer or a client program of a bureau."""

    id: str
    bureau: BureauCode
    kind: str
    """`officer` (password grant) or `client` (client credentials)."""

    password_hash: str
    scopes: tuple[str, ...]
    purpose: Purpose | None = None
    """The purpose of requests that state none."""

    disabled: bool = False
    """Whether they can neither log in nor use a token."""


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password."""
    return _hasher.hash(password)


def draw_secret() -> tuple[str, str]:
    """Return a random secret, for a program instead of a password, and its hash."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return secret, _secret_hasher.hash(secret)


def is_password_of(password_hash: str, password: str) -> bool:
    """Return whether a hash is that of a password; False for an invalid hash."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


# Made once: two threads that make one at the same time can crash in msgspec.
_decode: Final = msgspec.json.Decoder(list[Officer]).decode


def officers_in(file: Path) -> list[Officer]:
    """Return the officers in a file; without a file there are none. Raises OfficersUnusable."""
    if not file.exists():
        return []
    try:
        officers = _decode(file.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise OfficersUnusable(f"the officers in {file} cannot be read: restore or remove the file") from error
    for fault in _faults(officers):
        raise OfficersUnusable(f"the officers in {file} are not valid: {fault}")
    return officers


def save_officers(file: Path, officers: Iterable[Officer]) -> None:
    """Write the officers of a gateway, readable by this user alone."""
    write_secret(file, msgspec.json.format(msgspec.json.encode(list(officers)), indent=1))


def _faults(officers: Iterable[Officer]) -> Iterator[str]:
    seen: set[str] = set()
    for officer in officers:
        if officer.id in seen:
            yield f"{officer.id} occurs twice"
        seen.add(officer.id)
        for scope in officer.scopes:
            if scope.startswith(PURPOSE_PREFIX) and scope not in PURPOSE_SCOPES.values():
                yield f"{officer.id} holds {scope}, which is not one of {', '.join(PURPOSE_SCOPES.values())}"
