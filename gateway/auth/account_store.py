"""The accounts of a gateway: its officers, and the sessions in which they have logged in.

All processes of the gateway share two files: see `accounts` and `sessions`. Before a process checks a token it reads
the files that have changed, at most once in `POLL_SECONDS`; a revocation is reported as done after that time.
"""

import asyncio
import time
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec

from gateway.auth.accounts import Officer, OfficersUnusable, officers_in
from gateway.auth.sessions import Session, begin_session, end_session, load_sessions
from shared.bureaus import BureauCode
from shared.errors import StoreUnavailable
from shared.logs import Log

POLL_SECONDS: Final = 0.02

T = TypeVar("T")
R = TypeVar("R")


class Account(msgspec.Struct, frozen=True):
    """An officer, and the session in which they have logged in. The same object until a part of it changes."""

    officer: Officer
    session: Session | None


class Accounts:
    """The accounts of the officers of some bureaus. Does NOT check passwords: see `gateway.auth.logins`."""

    def __init__(self, officers: Path, sessions: Path, bureaus: Container[BureauCode], log: Log) -> None:
        """`bureaus` are those that the gateway hosts, and may change. Raises OfficersUnusable."""
        self._officers = _Watched(officers, officers_in)
        self._sessions = _Watched(sessions, load_sessions)
        self._bureaus = bureaus
        self._log = log
        self._looked = time.monotonic()
        self._accounts: dict[str, Account] = {}
        self.password_hashes: frozenset[str] = frozenset()
        self._take()

    def find(self, officer_id: str) -> Officer | None:
        """Return an officer who may log in: of a hosted bureau, and not disabled."""
        account = self.account(officer_id)
        return None if account is None else account.officer

    def account(self, officer_id: str) -> Account | None:
        """Return the account of an officer who may log in, whether or not they have."""
        if time.monotonic() - self._looked >= POLL_SECONDS:
            self.look()
        account = self._accounts.get(officer_id)
        if account is None or account.officer.disabled or account.officer.bureau not in self._bureaus:
            return None
        return account

    def holds(self, account: Account) -> bool:
        """Return whether an account has not changed. Cheap, as it is called for each request."""
        return self.account(account.officer.id) is account

    async def log_in(self, officer: Officer) -> Account | None:
        """Begin a session after a right password; None if they may not log in any more. Raises StoreUnavailable."""
        self.look()
        account = self.account(officer.id)
        if account is not None and account.session is None:
            await self._write("login-not-recorded", begin_session, self._officers.file, account.officer)
            account = self.account(officer.id)
        if account is None or account.session is None or not account.session.is_of(officer):
            return None
        return account

    async def revoke(self, officer_id: str) -> bool:
        """Revoke all tokens of an officer; return whether there was a session. Raises StoreUnavailable."""
        ended = await self._write("tokens-not-revoked", end_session, officer_id)
        # After that the other processes have read the file as well.
        await asyncio.sleep(POLL_SECONDS)
        return ended

    def look(self) -> None:
        """Read the files again if they have changed. Not in a thread: the last read must be the newest one."""
        self._looked = time.monotonic()
        # Separately: a revocation takes effect even if the other file is unreadable.
        changed = [self._has_changed(watched) for watched in (self._officers, self._sessions)]
        if any(changed):
            self._take()

    def _has_changed(self, watched: "_Watched[Any]") -> bool:
        try:
            return watched.look()
        except OfficersUnusable as error:
            self._log.error("officers-not-read", error=str(error))
            return False

    async def _write(self, failed: str, write: Callable[..., R], *values: object) -> R:
        try:
            written = await asyncio.to_thread(write, self._sessions.file, *values)
        except (OSError, OfficersUnusable) as error:
            self._log.failure(failed, error)
            raise StoreUnavailable("it cannot be recorded, as when the disk is full: try again later") from error
        self.look()
        return written

    def _take(self) -> None:
        before, self._accounts = self._accounts, {}
        for officer in self._officers.content:
            session = self._sessions.content.get(officer.id)
            account = Account(officer, session if session is not None and session.is_of(officer) else None)
            known = before.get(officer.id)
            self._accounts[officer.id] = known if known is not None and known == account else account
        self.password_hashes = frozenset(officer.password_hash for officer in self._officers.content)


class _Watched(Generic[T]):
    """The content of a file, and whether it has changed since it was read."""

    def __init__(self, file: Path, load: Callable[[Path], T]) -> None:
        """Read the file with `load`, which raises OfficersUnusable."""
        self.file = file
        self._load = load
        self._mark = _mark_of(file)
        self.content = load(file)

    def look(self) -> bool:
        """Read the file if it has changed; return whether it had. Raises OfficersUnusable: then the content stays."""
        mark = _mark_of(self.file)
        if mark == self._mark:
            return False
        self._mark = mark
        self.content = self._load(self.file)
        return True


def _mark_of(file: Path) -> tuple[int, int, int] | None:
    """Return a mark that changes with the file; None where there is no file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
