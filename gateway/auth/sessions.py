"""The sessions of officers: a file that all processes of a gateway share.

A session begins with the first login and ends when the officer's tokens are revoked, or with another password; all
their tokens name it. Its id is random: the signing key alone is not enough to make a valid token.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from gateway.auth.accounts import Officer, OfficersUnusable, officers_in
from shared.crypto.ed25519 import write_secret

ID_BYTES: Final = 16


class Session(msgspec.Struct, frozen=True):
    """The logins of an officer since their tokens were last revoked."""

    id: str
    password: str
    """A digest of the password hash with which it began."""

    def is_of(self, officer: Officer) -> bool:
        """Return whether the officer has the password with which it began."""
        return self.password == _digest(officer)


def load_sessions(file: Path) -> dict[str, Session]:
    """Read the sessions by the ids of their officers; without a file there are none. Raises OfficersUnusable."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Session])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise OfficersUnusable(
            f"the sessions in {file} cannot be read: restore the file, or remove it, which revokes all tokens"
        ) from error


def begin_session(file: Path, officers: Path, officer: Officer) -> Session | None:
    """Return the session of an officer, a new one if they have none.

    None if they are disabled, removed or have another password by now: the file of officers is read again under the
    lock. Raises OfficersUnusable, OSError.
    """
    with alone_in(file.parent):
        known = {each.id: each for each in officers_in(officers)}
        if officer.disabled or known.get(officer.id) != officer:
            return None
        sessions = load_sessions(file)
        session = sessions.get(officer.id)
        if session is None or not session.is_of(officer):
            session = Session(secrets.token_urlsafe(ID_BYTES), _digest(officer))
            # Drop the sessions of removed officers.
            others = {name: each for name, each in sessions.items() if name in known}
            _save(file, others | {officer.id: session})
        return session


def end_session(file: Path, officer_id: str) -> bool:
    """End the session of an officer, and return whether there was one. Raises OfficersUnusable, OSError."""
    with alone_in(file.parent):
        sessions = load_sessions(file)
        ended = sessions.pop(officer_id, None)
        if ended is not None:
            _save(file, sessions)
        return ended is not None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock for changing the sessions, or making the signing key of tokens, in a folder of this machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _save(file: Path, sessions: Mapping[str, Session]) -> None:
    write_secret(file, msgspec.json.format(msgspec.json.encode(sessions), indent=1))


def _digest(officer: Officer) -> str:
    return hashlib.sha256(officer.password_hash.encode()).hexdigest()
