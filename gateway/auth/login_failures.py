"""Counts failed logins by source and name, by source and by name, and delays further attempts. See ADR 0021.

Unknown names are counted like all others: otherwise the limits would reveal which exist. Counts are in this process.
"""

from collections.abc import Hashable
from heapq import nlargest
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Final, NamedTuple

from shared.clock import Clock
from shared.errors import Refusal

# Each limit: so many failures at once, and one more for each span of seconds.
FAILURES_OF_LOGIN: Final = 5
SECONDS_PER_FAILURE_OF_LOGIN: Final = 30.0
FAILURES_OF_NAME: Final = 20
SECONDS_PER_FAILURE_OF_NAME: Final = 10.0
# Behind one address there may be a whole office, or a proxy that I247_TRUSTED_PROXIES does not name.
FAILURES_OF_SOURCE: Final = 300
SECONDS_PER_FAILURE_OF_SOURCE: Final = 1.0
REMEMBERED: Final = 10_000
# RFC 6177: a subscriber has at least one /64, and may use any address in it.
IPV6_PREFIX: Final = 64
UNKNOWN: Final = "unknown"


class TooManyFailures(Refusal, status=429, code="too-many-failures", title="Too many wrong passwords"):
    """Logins with this name, or from this address, are paused for a while."""

    def __init__(self, detail: str, retry_after_seconds: float = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = max(1, ceil(retry_after_seconds))


class Login(NamedTuple):
    """The name of a login attempt, and its source."""

    source: str
    name: str


class FailureCounter:
    """Counts failures by key. A count decays by one in `seconds_per_failure`."""

    def __init__(self, allowed: int, seconds_per_failure: float, clock: Clock) -> None:
        self._seconds = seconds_per_failure
        self._most_seconds = allowed * seconds_per_failure
        self._clock = clock
        # How many seconds each count needed to decay to nothing, and when.
        self._counts: dict[Hashable, tuple[float, float]] = {}

    def wait_seconds(self, key: Hashable) -> float:
        """Return how long the key has to wait before it may fail once more."""
        return max(0.0, self._left(key) + self._seconds - self._most_seconds)

    def add(self, key: Hashable) -> None:
        """Count one failure. A count does not exceed the limit: many at once do not make the wait longer."""
        if key not in self._counts and len(self._counts) >= REMEMBERED:
            # To have a count forgotten takes as many failures under thousands of other keys.
            kept = nlargest(REMEMBERED * 9 // 10, list(self._counts), key=self._left)
            self._counts = {each: self._counts[each] for each in kept}
        self._counts[key] = min(self._left(key) + self._seconds, self._most_seconds), self._clock.monotonic()

    def forget(self, key: Hashable) -> None:
        """Forget the failures of a key."""
        self._counts.pop(key, None)

    def _left(self, key: Hashable) -> float:
        """Return how many seconds the count of a key still needs to decay."""
        now = self._clock.monotonic()
        left, at = self._counts.get(key, (0.0, now))
        return max(0.0, left - (now - at))


class LoginFailures:
    """The failures of all logins, and the sources from which a name has logged in before."""

    def __init__(self, clock: Clock) -> None:
        self._by_login = FailureCounter(FAILURES_OF_LOGIN, SECONDS_PER_FAILURE_OF_LOGIN, clock)
        self._by_source = FailureCounter(FAILURES_OF_SOURCE, SECONDS_PER_FAILURE_OF_SOURCE, clock)
        self._by_name = FailureCounter(FAILURES_OF_NAME, SECONDS_PER_FAILURE_OF_NAME, clock)
        self._familiar: dict[Login, None] = {}

    def is_familiar(self, login: Login) -> bool:
        """Return whether the name has logged in from this source before: only failures of this pair concern it."""
        return login in self._familiar

    def is_guessed(self, login: Login) -> bool:
        """Return whether so many sources fail with this name that an unfamiliar one must be slowed down."""
        return not self.is_familiar(login) and self._by_name.wait_seconds(login.name) > 0

    def require_allowed(self, login: Login) -> None:
        """Raise TooManyFailures if too many logins of this name from this source, or of all names from it, failed."""
        self._refuse_for(self._by_login.wait_seconds(login), "with this name")
        if not self.is_familiar(login):
            self._refuse_for(self._by_source.wait_seconds(login.source), "from this address")

    def record_success(self, login: Login) -> None:
        """Reset the failures of a name from this source, and make the source familiar."""
        self._by_login.forget(login)
        self._familiar.pop(login, None)
        if len(self._familiar) >= REMEMBERED:
            del self._familiar[next(iter(self._familiar))]
        self._familiar[login] = None

    def record_failure(self, login: Login) -> None:
        """Count a failure."""
        self._by_login.add(login)
        if not self.is_familiar(login):
            self._by_source.add(login.source)
            self._by_name.add(login.name)

    def _refuse_for(self, wait_seconds: float, what: str) -> None:
        if wait_seconds > 0:
            raise TooManyFailures(f"too many wrong passwords {what}: wait {ceil(wait_seconds)} s", wait_seconds)


def source_of(host: str) -> str:
    """Return the source that an address belongs to: an IPv4 address itself, of an IPv6 address its /64."""
    try:
        address = ip_address(host)
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
