"""Counts failed logins by source and name, by source and by name, and delays further attempts. See ADR 0021.

Unknown names are counted like all others: otherwise the limits would reveal which exist. Counts are in this process.
"""

from math import ceil
from typing import Final, NamedTuple

from gateway.rates import REMEMBERED, DecayingCounter
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


class TooManyFailures(Refusal, status=429, code="too-many-failures", title="Too many wrong passwords"):
    """Logins with this name, or from this address, are paused for a while."""

    def __init__(self, detail: str, retry_after_seconds: float = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = max(1, ceil(retry_after_seconds))


class Login(NamedTuple):
    """The name of a login attempt, and its source."""

    source: str
    name: str


class LoginFailures:
    """The failures of all logins, and the sources from which a name has logged in before."""

    def __init__(self, clock: Clock) -> None:
        self._by_login = DecayingCounter(FAILURES_OF_LOGIN, SECONDS_PER_FAILURE_OF_LOGIN, clock)
        self._by_source = DecayingCounter(FAILURES_OF_SOURCE, SECONDS_PER_FAILURE_OF_SOURCE, clock)
        self._by_name = DecayingCounter(FAILURES_OF_NAME, SECONDS_PER_FAILURE_OF_NAME, clock)
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
