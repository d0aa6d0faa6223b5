"""The times that others signed, to check the clock of a participant. Does NOT set any clock.

Every request and reply has the time of its signature. The latest time of each participant is kept, and advanced from
its arrival by a monotonic clock. Each participant counts once; a repeated old envelope does not count. The participants
of a process have the same clock, and share this.
"""

from statistics import median
from typing import Final

import msgspec

from shared.clock import Clock

# Older times are ignored, as that clock may have been set since.
FRESH_SECONDS: Final = 300.0
# One clock may be 30 s ahead, and another 30 s behind.
NEAR_SECONDS: Final = 60.0
# One of two may be wrong; a clock that agrees with both is right.
MIN_AGREEING: Final = 2
# The end of the year 9999.
LATEST: Final = 253_402_300_799.0


class ClockAssessment(msgspec.Struct, frozen=True):
    """A comparison of a clock with those of others."""

    signers: int
    """How many signed a time in the last minutes."""

    near: int
    """How many of them agree with the clock."""

    ahead_seconds: float | None
    """How far the clock is ahead of the median, negative if behind; None if too few signed."""

    others: dict[str, float]
    """How far each of the others is ahead of the median; of this clock if too few signed."""

    @property
    def doubt(self) -> str | None:
        """Why the clock is not reliable for irreversible steps: `clock-off`, `clock-not-proven` or None."""
        if self.signers < MIN_AGREEING:
            return "clock-not-proven"
        return None if self.near >= MIN_AGREEING and 2 * self.near > self.signers else "clock-off"


class SignedTimes:
    """The latest time that each of the others signed."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}

    def add(self, participant: str, signed: float, clock: Clock, *, is_new: bool = False) -> None:
        """Add a time that a participant signed, in seconds since 1970, and that arrived now.

        A time that is not later than a recent one may be a replay and is ignored, unless it is known to be new.
        """
        arrived, last = clock.monotonic(), self._last.get(participant)
        if not is_new and last is not None and signed <= last[0] and arrived - last[1] < FRESH_SECONDS:
            return
        if 0 < signed <= LATEST:
            self._last[participant] = signed, arrived

    def ahead_of(self, clock: Clock) -> dict[str, float]:
        """Return how many seconds each clock is ahead of this one, of those who signed in the last minutes."""
        monotonic, now = clock.monotonic(), clock.now().timestamp()
        return {
            participant: signed + (monotonic - arrived) - now
            for participant, (signed, arrived) in self._last.items()
            if monotonic - arrived < FRESH_SECONDS
        }

    def assess(self, clock: Clock) -> ClockAssessment:
        """Compare a clock with those of the others."""
        ahead = self.ahead_of(clock)
        near = sum(abs(seconds) <= NEAR_SECONDS for seconds in ahead.values())
        is_enough = len(ahead) >= MIN_AGREEING
        middle = median([0.0, *ahead.values()]) if is_enough else 0.0
        others = {participant: seconds - middle for participant, seconds in ahead.items()}
        return ClockAssessment(len(ahead), near, -middle if is_enough else None, others)
