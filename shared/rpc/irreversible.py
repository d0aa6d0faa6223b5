"""Guards irreversible steps that follow from the time alone, such as deletion: a wrong clock would take all at once.

They wait until the participant has a valid key, and until the times that others signed in the last minutes confirm its
clock. With too few signers, as in a small or idle mesh, they wait as well: they are taken later.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from shared.clock import Clock
from shared.logs import Log
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant

MayBeTaken = Callable[[], bool]
"""Returns whether irreversible steps are allowed now."""

WATCHED_EVERY_SECONDS: Final = 5.0
# After a start, or after a test clock was moved, others have signed times in less than this.
LOGGED_AFTER_SECONDS: Final = 60.0
# This many, or a tenth of all, may be deleted at once.
FEW: Final = 100
USUALLY_LEFT: Final = 9
# A larger share is deleted a day after its announcement.
LARGE_SHARE_WAITS: Final = timedelta(days=1)


def blocked_reason(participant: Participant) -> str | None:
    """Return why no step is allowed now: `clock-off`, `clock-not-proven` or the code of the key error; or None."""
    try:
        _ = participant.keys.signing
    except NoKeyInForce as refusal:
        return refusal.code
    return participant.times.assess(participant.clock).doubt


def may_be_taken(participant: Participant) -> bool:
    """Return whether irreversible steps are allowed now."""
    return blocked_reason(participant) is None


class Announcement:
    """A deletion that is logged before it is carried out; a large share is deleted a day later."""

    def __init__(self, what: str, clock: Clock, log: Log) -> None:
        self._what = what
        self._clock = clock
        self._log = log
        self._announced = 0
        self._from = 0.0

    @property
    def stands(self) -> bool:
        """Whether an announced deletion is not complete."""
        return self._announced > 0

    @property
    def left(self) -> int:
        """How many may be deleted now."""
        return self._announced if self._clock.monotonic() >= self._from else 0

    def make(self, due: int, left: int) -> None:
        """Announce the deletion of `due` items, of which at least `left` others remain."""
        if due <= 0:
            return
        is_large = due > FEW and left < USUALLY_LEFT * due
        wait = LARGE_SHARE_WAITS.total_seconds() if is_large else 0.0
        self._announced, self._from = due, self._clock.monotonic() + wait
        log = self._log.warning if is_large else self._log.info
        log("deletion-announced", what=self._what, due=due, left_at_least=left, in_seconds=wait)

    def count(self, deleted: int) -> None:
        """Count deleted items."""
        self._announced = max(0, self._announced - deleted)

    def withdraw(self) -> None:
        """Cancel the announcement."""
        self._announced = 0


class IrreversibleWatch:
    """Logs that the irreversible steps of a participant wait, why, and by how much its clock is off."""

    def __init__(self, participant: Participant) -> None:
        self._participant = participant
        self._waiting_since: float | None = None
        self._logged = ""

    async def run_once(self) -> None:
        """Log that they have waited for a minute, or that they go on."""
        reason, now = blocked_reason(self._participant), self._participant.clock.monotonic()
        if reason is None:
            self._waiting_since = None
            self._log_once("")
            return
        self._waiting_since = now if self._waiting_since is None else self._waiting_since
        if now - self._waiting_since >= LOGGED_AFTER_SECONDS:
            self._log_once(reason)

    def _log_once(self, reason: str) -> None:
        if reason == self._logged:
            return
        self._logged, log, name = reason, self._participant.log, self._participant.name
        if not reason:
            log.info("irreversible-steps-go-on", participant=name)
            return
        assessed = self._participant.times.assess(self._participant.clock)
        ahead = None if assessed.ahead_seconds is None else round(assessed.ahead_seconds, 1)
        log.warning(
            "irreversible-steps-wait", participant=name, reason=reason, signers=assessed.signers, ahead_seconds=ahead
        )
