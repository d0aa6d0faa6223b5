"""Logins of officers and programs: compares the password, slows guesses down, and records the login."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from functools import cache, lru_cache, partial
from typing import Any, Final, NamedTuple

from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError

from gateway.auth.account_store import Account, Accounts
from gateway.auth.accounts import Officer, is_password_of
from gateway.auth.login_failures import Login, LoginFailures, TooManyFailures
from shared.clock import Clock
from shared.errors import Busy, Refusal
from shared.fair_queue import FairQueue, LaneFull, QueueFull, Turn

# Each comparison takes 19 MiB and a core for a while: a flood of guesses leaves one core for everything else.
COMPARISONS_IN_TURN: Final = max(1, min(3, (os.cpu_count() or 1) - 1))
# In addition, for right passwords that would wait.
COMPARISONS_AHEAD: Final = 1
WAITING_PER_SOURCE: Final = 200
WAITING_COMPARISONS: Final = 1_000
# A name that many sources guess gets one comparison in this time from all unfamiliar sources.
SLOW_SECONDS: Final = 2.0
WAITING_PER_NAME: Final = 10


class TooManyLogins(Refusal, status=429, code="too-many-logins", title="Too many logins wait"):
    """The maximum number of logins from this address, or for this name, are waiting."""

    retry_after_seconds = 1


class _Attempt(NamedTuple):
    login: Login
    officer: Officer | None
    password: str
    slowed: bool


class Logins:
    """Logs in the officers of one gateway. Failures and waiting logins are counted in this process alone."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self.accounts = accounts
        self._failures = LoginFailures(clock)
        self._threads = ThreadPoolExecutor(COMPARISONS_IN_TURN + COMPARISONS_AHEAD, "passwords")
        self._in_turn = _queue(COMPARISONS_IN_TURN)
        self._ahead = _queue(COMPARISONS_AHEAD)
        self._compared_ahead: set[Login | str] = set()
        self._slow: dict[str, FairQueue] = {}

    async def log_in(self, officer_id: str, password: str, kind: str, source: str) -> Account | None:
        """Return the account of an officer, logged in, if the password is theirs.

        Raises TooManyFailures, TooManyLogins, Busy, StoreUnavailable.
        """
        officer = await self.authenticate(officer_id, password, kind, source)
        return None if officer is None else await self.accounts.log_in(officer)

    async def authenticate(self, officer_id: str, password: str, kind: str, source: str) -> Officer | None:
        """Return the officer if the password is theirs. Does NOT log them in. Raises as `log_in` does.

        An unknown name gets the same work and the same answers as a wrong password, at the same time: only a right
        password is answered before its turn.
        """
        officer = self.accounts.find(officer_id)
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
            raise Busy("too many logins wait: try again later") from full

    async def _is_right(self, attempt: _Attempt, turn: Turn) -> bool:
        right = attempt.officer is not None and not turn.done() and await self._is_right_ahead(attempt, turn)
        if not right:
            await turn
            right = await self._fits(attempt) and attempt.officer is not None
        if right:
            self._failures.record_success(attempt.login)
        else:
            self._failures.record_failure(attempt.login)
        return right

    async def _is_right_ahead(self, attempt: _Attempt, turn: Turn) -> bool:
        """Return before its turn whether the password is right; if not, wait for it: a guess learns nothing earlier.

        At most one at once for each name, of which no failure is counted yet, or for each familiar login.
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
        # Checked here too, not only before the wait: of many guesses at once no more may pass than one by one.
        self._failures.require_allowed(attempt.login)
        if not attempt.slowed and self._failures.is_guessed(attempt.login):
            raise TooManyFailures("too many wrong passwords with this name: try again later", SLOW_SECONDS)
        compare = partial(self._compare, attempt.officer, attempt.password)
        return await asyncio.get_running_loop().run_in_executor(self._threads, compare)

    def _compare(self, officer: Officer | None, password: str) -> bool:
        """Return whether a password is the officer's, with one comparison for each cost of a hash in the file.

        So the work is the same for an unknown name, an officer, and a program with a random secret.
        """
        expected = dict(_hashes_of_nobody(self.accounts.password_hashes))
        if officer is not None:
            expected[_cost_of(officer.password_hash)] = officer.password_hash
        fitting = [password_hash for password_hash in expected.values() if is_password_of(password_hash, password)]
        return officer is not None and officer.password_hash in fitting

    def _lane(self, login: Login) -> Login | str:
        """Return the lane in which a login waits: a familiar one does not wait for others from the same source."""
        return login if self._failures.is_familiar(login) else login.source

    async def _slow_down(self, login: Login) -> None:
        """Delay the sources that guess a name, one by one. Raises TooManyLogins."""
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


def _queue(workers: int) -> FairQueue:
    return FairQueue(workers, waiting_per_lane=WAITING_PER_SOURCE, waiting=WAITING_COMPARISONS)


Cost = tuple[Any, ...]


def _cost_of(password_hash: str) -> Cost:
    """Return the parameters that determine how long a comparison takes; none for an invalid hash."""
    try:
        return astuple(extract_parameters(password_hash))
    except InvalidHashError:
        return ()


@lru_cache(maxsize=2)
def _hashes_of_nobody(password_hashes: frozenset[str]) -> dict[Cost, str]:
    costs = {_cost_of(password_hash) for password_hash in password_hashes}
    return {cost: _hash_of_nobody(cost) for cost in costs if cost}


@cache
def _hash_of_nobody(cost: Cost) -> str:
    """Return a hash to compare the password of an unknown officer with, so that it takes the same time."""
    return PasswordHasher.from_parameters(Parameters(*cost)).hash("nobody")
