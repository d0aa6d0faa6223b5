"""Who may use a gateway: officers and client programs of its bureaus, with hashed passwords and scopes."""

import asyncio
import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.login_failures import Login, LoginFailures, TooManyFailures
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.errors import Busy, Refusal
from shared.fair_queue import FairQueue, LaneFull, QueueFull, Turn
from shared.identity import PURPOSE_PREFIX, PURPOSE_SCOPES, Purpose
from shared.signing import write_secret

# OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A secret of 112 random bits or more is out of reach of guessing, however cheap a guess is (NIST SP 800-63B, look-up
# secrets): the least work that Argon2id knows.
_secret_hasher: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET_BYTES: Final = 18

# Each comparison takes 19 MiB and a core for a while: a flood of guesses leaves one core to everything else.
COMPARISONS_IN_TURN: Final = max(1, min(3, (os.cpu_count() or 1) - 1))
# Beside them, for right passwords that would wait.
COMPARISONS_AHEAD: Final = 1
WAITING_PER_SOURCE: Final = 200
WAITING_COMPARISONS: Final = 1_000
# A name that many sources guess gets one comparison in this time from all sources that are not familiar.
SLOW_SECONDS: Final = 2.0
WAITING_PER_NAME: Final = 10


class OfficersUnusable(Exception):
    """The file of officers cannot be read, or says what cannot be meant; the message says where."""


class TooManyLogins(Refusal, status=429, code="too-many-logins", title="Too many logins wait"):
    """From this source, or for this name, more logins wait than are taken on."""

    retry_after_seconds = 1


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


class _Attempt(NamedTuple):
    login: Login
    officer: Officer | None
    password: str
    slowed: bool


class Officers:
    """The officers of one gateway. Failures are counted and logins wait in this process alone."""

    def __init__(self, officers: Iterable[Officer], clock: Clock) -> None:
        self.replace(officers)
        self._failures = LoginFailures(clock)
        self._threads = ThreadPoolExecutor(COMPARISONS_IN_TURN + COMPARISONS_AHEAD, "passwords")
        self._in_turn = _queue(COMPARISONS_IN_TURN)
        self._ahead = _queue(COMPARISONS_AHEAD)
        self._compared_ahead: set[Login | str] = set()
        self._slow: dict[str, FairQueue] = {}

    def replace(self, officers: Iterable[Officer]) -> None:
        """Take others in their place, as when a bureau has joined. Failures stay counted."""
        self._by_id = {officer.id: officer for officer in officers}
        costs = {_cost_of(officer.password_hash) for officer in self._by_id.values()}
        self._nobody = {cost: _hash_of_nobody(cost) for cost in costs if cost}

    def find(self, officer_id: str) -> Officer | None:
        """Return an officer by id."""
        return self._by_id.get(officer_id)

    async def authenticate(self, officer_id: str, password: str, kind: str, source: str) -> Officer | None:
        """Return the officer if the password is theirs. Raises TooManyFailures, TooManyLogins, Busy.

        A name that nobody has takes the same work and the same answers as a wrong password, at the same time: only a
        right password is answered before its turn.
        """
        officer = self._by_id.get(officer_id)
        if officer is not None and officer.kind != kind:
            officer = None
        login = Login(source, officer_id)
        self._failures.require_allowed(login)
        attempt = _Attempt(login, officer, password, slowed=self._failures.is_guessed(login))
        if attempt.slowed:
            await self._slow_down(login)
        try:
            with self._in_turn.place(self._lane(login)) as turn:
                return officer if await self._is_right(attempt, turn) else None
        except LaneFull as full:
            raise TooManyLogins("too many logins from this address wait: try again later") from full
        except QueueFull as full:
            raise Busy("too many passwords wait to be compared: try again later") from full

    async def _is_right(self, attempt: _Attempt, turn: Turn) -> bool:
        right = attempt.officer is not None and not turn.done() and await self._is_right_ahead(attempt, turn)
        if not right:
            await turn
            right = await self._fits(attempt) and attempt.officer is not None
        if right:
            self._failures.note_success(attempt.login)
        else:
            self._failures.note_failure(attempt.login)
        return right

    async def _is_right_ahead(self, attempt: _Attempt, turn: Turn) -> bool:
        """Tell before its turn whether the password is right; if not, wait for it: who guesses learns nothing earlier.

        At most one at once of a name, of which no failure is counted yet, or of a familiar login.
        """
        whose = attempt.login if self._failures.is_familiar(attempt.login) else attempt.login.name
        if whose in self._compared_ahead:
            return False
        self._compared_ahead.add(whose)
        comparison = asyncio.create_task(self._fits_ahead(attempt))
        try:
            await asyncio.wait((turn, comparison), return_when=asyncio.FIRST_COMPLETED)
            if comparison.done() and comparison.exception() is None and comparison.result():
                return True
            await asyncio.wait((turn,))
        finally:
            comparison.cancel()
            self._compared_ahead.discard(whose)
        return False

    async def _fits_ahead(self, attempt: _Attempt) -> bool:
        with self._ahead.place(self._lane(attempt.login)) as turn:
            await turn
            return await self._fits(attempt)

    async def _fits(self, attempt: _Attempt) -> bool:
        # Here and not only before the wait: of many guesses at once no more may pass than one by one.
        self._failures.require_allowed(attempt.login)
        if not attempt.slowed and self._failures.is_guessed(attempt.login):
            raise TooManyFailures("too many wrong passwords with this name: try again later", SLOW_SECONDS)
        compare = partial(self._compare, attempt.officer, attempt.password)
        return await asyncio.get_running_loop().run_in_executor(self._threads, compare)

    def _compare(self, officer: Officer | None, password: str) -> bool:
        """Tell whether a password is the officer's, with one comparison for each cost of a hash in the file.

        So a name takes the same work whether it is unknown, a person's, or that of a random secret.
        """
        expected = dict(self._nobody)
        if officer is not None:
            expected[_cost_of(officer.password_hash)] = officer.password_hash
        fitting = [password_hash for password_hash in expected.values() if _fits(password_hash, password)]
        return officer is not None and officer.password_hash in fitting

    def _lane(self, login: Login) -> Login | str:
        """Return in which lane a login waits: a familiar one does not wait for others from the same source."""
        return login if self._failures.is_familiar(login) else login.source

    async def _slow_down(self, login: Login) -> None:
        """Let the sources that guess a name pass one by one. Raises TooManyLogins."""
        queue = self._slow.setdefault(login.name, FairQueue(1, waiting_per_lane=1, waiting=WAITING_PER_NAME))
        try:
            with queue.place(login.source) as turn:
                await turn
                await asyncio.sleep(SLOW_SECONDS)
        except (LaneFull, QueueFull) as full:
            raise TooManyLogins("too many logins with this name wait: try again later") from full
        finally:
            if queue.idle:
                self._slow.pop(login.name, None)


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password."""
    return _hasher.hash(password)


def draw_secret() -> tuple[str, str]:
    """Return a random secret, which stands in the place of a password, and its hash."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return secret, _secret_hasher.hash(secret)


def load_officers(file: Path) -> list[Officer]:
    """Read the officers of a gateway. Raises OfficersUnusable."""
    try:
        officers = msgspec.json.decode(file.read_bytes(), type=list[Officer])
    except (OSError, msgspec.DecodeError) as error:
        raise OfficersUnusable(f"the officers in {file} cannot be read: restore or remove the file") from error
    for fault in _faults(officers):
        raise OfficersUnusable(f"the officers in {file} cannot be meant so: {fault}")
    return officers


def save_officers(file: Path, officers: Iterable[Officer]) -> None:
    """Write the officers of a gateway, for its eyes alone."""
    write_secret(file, msgspec.json.format(msgspec.json.encode(list(officers)), indent=1))


def _faults(officers: Iterable[Officer]) -> Iterator[str]:
    seen: set[str] = set()
    for officer in officers:
        if officer.id in seen:
            yield f"two of them are {officer.id}"
        seen.add(officer.id)
        for scope in officer.scopes:
            if scope.startswith(PURPOSE_PREFIX) and scope not in PURPOSE_SCOPES.values():
                yield f"{officer.id} holds {scope}, which is none of {', '.join(PURPOSE_SCOPES.values())}"


def _queue(workers: int) -> FairQueue:
    return FairQueue(workers, waiting_per_lane=WAITING_PER_SOURCE, waiting=WAITING_COMPARISONS)


Cost = tuple[Any, ...]


def _cost_of(password_hash: str) -> Cost:
    """Return what determines how long a comparison takes; nothing for what is no hash, which no password fits."""
    try:
        return astuple(extract_parameters(password_hash))
    except InvalidHashError:
        return ()


@cache
def _hash_of_nobody(cost: Cost) -> str:
    """Return a hash with which the password of an unknown officer is compared, so that it takes the same time."""
    return PasswordHasher.from_parameters(Parameters(*cost)).hash("nobody")


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
