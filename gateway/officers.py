"""Who may use a gateway: officers and client programs of its bureaus, with hashed passwords and scopes."""

import asyncio
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.errors import Busy, Refusal
from shared.identity import PURPOSE_PREFIX, PURPOSE_SCOPES, Purpose
from shared.signing import write_secret

# OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A secret of 112 random bits or more is out of reach of guessing, however cheap a guess is (NIST SP 800-63B, look-up
# secrets): the least work that Argon2id knows.
_secret_hasher: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET_BYTES: Final = 18

FAILURES_ALLOWED: Final = 5
LOCKED_SECONDS: Final = 30.0
# Names that nobody has are locked as well, or the lock would tell who exists; this many are remembered.
REMEMBERED_FAILURES: Final = 10_000
# Each comparison takes 19 MiB: as many at once as memory bears.
CONCURRENT_COMPARISONS: Final = 4
WAITING_COMPARISONS: Final = 100


class OfficersUnusable(Exception):
    """The file of officers cannot be read, or says what cannot be meant; the message says where."""


class TooManyFailures(Refusal, status=429, code="too-many-failures", title="Too many wrong passwords"):
    """The officer is locked for a while."""

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


class Officers:
    """The officers of one gateway. Wrong passwords are counted in this process alone."""

    def __init__(self, officers: Iterable[Officer], clock: Clock) -> None:
        self.replace(officers)
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}
        self._room = asyncio.Semaphore(CONCURRENT_COMPARISONS)
        self._waiting = 0

    def replace(self, officers: Iterable[Officer]) -> None:
        """Take others in their place, as when a bureau has joined. Who is locked stays locked."""
        self._by_id = {officer.id: officer for officer in officers}
        costs = {_cost_of(officer.password_hash) for officer in self._by_id.values()}
        self._nobody = {cost: _hash_of_nobody(cost) for cost in costs if cost}

    def find(self, officer_id: str) -> Officer | None:
        """Return an officer by id."""
        return self._by_id.get(officer_id)

    async def authenticate(self, officer_id: str, password: str, kind: str) -> Officer | None:
        """Return the officer if the password is his. Raises TooManyFailures, Busy.

        A name that nobody has takes the same work and the same answers as a wrong password.
        """
        officer = self._by_id.get(officer_id)
        if officer is not None and officer.kind != kind:
            officer = None
        if self._waiting >= WAITING_COMPARISONS:
            raise Busy("too many passwords wait to be compared: try again later")
        self._waiting += 1
        try:
            async with self._room:
                # Here and not before the wait: of many guesses at once no more may pass than one by one.
                self._require_unlocked(officer_id)
                right = await asyncio.to_thread(self._compare, officer, password)
                self._note(officer_id, right=right)
        finally:
            self._waiting -= 1
        return officer if right else None

    def _compare(self, officer: Officer | None, password: str) -> bool:
        """Tell whether a password is the officer's, with one comparison for each cost of a hash in the file.

        So a name takes the same work whether it is unknown, a person's, or that of a random secret.
        """
        expected = dict(self._nobody)
        if officer is not None:
            expected[_cost_of(officer.password_hash)] = officer.password_hash
        fitting = [password_hash for password_hash in expected.values() if _fits(password_hash, password)]
        return officer is not None and officer.password_hash in fitting

    def _require_unlocked(self, officer_id: str) -> None:
        failures, since = self._failures.get(officer_id, (0, 0.0))
        left = since + LOCKED_SECONDS - self._clock.now().timestamp()
        if failures >= FAILURES_ALLOWED and left > 0:
            refusal = TooManyFailures(f"after {failures} wrong passwords wait {LOCKED_SECONDS:.0f} s")
            refusal.retry_after_seconds = int(left) + 1
            raise refusal

    def _note(self, officer_id: str, *, right: bool) -> None:
        failures, _ = self._failures.pop(officer_id, (0, 0.0))
        if right:
            return
        if len(self._failures) >= REMEMBERED_FAILURES:
            del self._failures[next(iter(self._failures))]
        self._failures[officer_id] = failures + 1, self._clock.now().timestamp()


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
