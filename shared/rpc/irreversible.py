"""Whether steps may be taken now that cannot be undone: to delete, to tell others that something has ended.

Each follows from the time alone, and a wrong clock would take all of them at once. So they wait until the participant
holds a key in force, and others have signed in the last minutes that its clock is right. Where too few are heard, as in
a mesh that is very small or idle, they wait as well: they are taken later then, and nothing is lost.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from shared.clock import Clock
from shared.logs import Log
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant

MayBeTaken = Callable[[], bool]
"""Tells whether such steps may be taken now."""

WATCHED_EVERY_SECONDS: Final = 5.0
# Who has just started, or whose clock was moved on for a test, hears of the time in less than this.
LOGGED_AFTER_SECONDS: Final = 60.0
# So many are never too many at once, nor is a tenth of all that there are.
FEW: Final = 100
USUALLY_LEFT: Final = 9
# What is announced and more than that is deleted a day later.
LARGE_SHARE_WAITS: Final = timedelta(days=1)


def blocked_reason(participant: Participant) -> str | None:
    """Return why they may not be taken now: `clock-off`, `clock-not-proven` or what is wrong with the key; or None."""
    try:
        _ = participant.keys.signing
    except NoKeyInForce as refusal:
        return refusal.code
    return participant.times.assess(participant.clock).doubt


def may_be_taken(participant: Participant) -> bool:
    """Tell whether they may be taken now."""
    return blocked_reason(participant) is None


class Announcement:
    """How much of one kind is to be deleted: it is said before, no more is deleted, and a large share a day later."""

    def __init__(self, what: str, clock: Clock, log: Log) -> None:
        self._what = what
        self._clock = clock
        self._log = log
        self._announced = 0
        self._from = 0.0

    @property
    def stands(self) -> bool:
        """Whether something is announced that is not deleted yet."""
        return self._announced > 0

    @property
    def left(self) -> int:
        """How much may be deleted now."""
        return self._announced if self._clock.monotonic() >= self._from else 0

    def make(self, due: int, left: int) -> None:
        """Announce that so much will be deleted, and at least so much is left; of nothing there is nothing to say."""
        if due <= 0:
            return
        is_large = due > FEW and left < USUALLY_LEFT * due
        wait = LARGE_SHARE_WAITS.total_seconds() if is_large else 0.0
        self._announced, self._from = due, self._clock.monotonic() + wait
        tell = self._log.warning if is_large else self._log.info
        tell("deletion-announced", what=self._what, due=due, left_at_least=left, in_seconds=wait)

    def note(self, deleted: int) -> None:
        """Take in that so much was deleted."""
        self._announced = max(0, self._announced - deleted)

    def withdraw(self) -> None:
        """Take it back, as the steps may not be taken after all."""
        self._announced = 0


class IrreversibleWatch:
    """Writes down that the steps of a participant wait, why, and by how much its clock is off."""

    def __init__(self, participant: Participant) -> None:
        self._participant = participant
        self._waiting_since: float | None = None
        self._told = ""

    async def turn(self) -> None:
        """Look once, and tell what has changed: that they wait for longer than a minute, or do not any more."""
        reason, now = blocked_reason(self._participant), self._participant.clock.monotonic()
        if reason is None:
            self._waiting_since = None
            self._tell("")
            return
        self._waiting_since = now if self._waiting_since is None else self._waiting_since
        if now - self._waiting_since >= LOGGED_AFTER_SECONDS:
            self._tell(reason)

    def _tell(self, reason: str) -> None:
        if reason == self._told:
            return
        self._told, log, name = reason, self._participant.log, self._participant.name
        if not reason:
            log.info("irreversible-steps-go-on", participant=name)
            return
        judged = self._participant.times.assess(self._participant.clock)
        ahead = None if judged.ahead_seconds is None else round(judged.ahead_seconds, 1)
        log.warning(
            "irreversible-steps-wait", participant=name, reason=reason, signers=judged.signers, ahead_seconds=ahead
        )
