"""What others have signed as the time, against which a participant holds its own clock.

Every request and every reply states when it was signed. The last time of each participant is kept, and counted on from
its arrival by a clock that nobody can set. Whoever lies has one voice; an old envelope that is sent again has none.

The process has one clock, so whoever acts in it shares this. Does NOT set any clock.
"""

from statistics import median
from typing import Final

import msgspec

from shared.clock import Clock

# What was signed before that says nothing of a clock that may have been set since.
FRESH_SECONDS: Final = 300.0
# One clock may be 30 s ahead, and another as much behind.
NEAR_SECONDS: Final = 60.0
# Of these one may lie: the other is right, and so is who agrees with both.
MIN_AGREEING: Final = 2
# The end of the year 9999.
LATEST: Final = 253_402_300_799.0


class ClockAssessment(msgspec.Struct, frozen=True):
    """What others make of a clock."""

    signers: int
    """How many have signed a time in the last minutes."""

    near: int
    """With how many of them the clock agrees."""

    ahead_seconds: float | None
    """How far the clock is ahead of the median of all, below 0 if it is behind; None where too few signed."""

    others: dict[str, float]
    """How far each of the others is ahead of the median; of this clock, where too few signed."""

    @property
    def doubt(self) -> str | None:
        """Why the clock is not to be relied upon for what cannot be undone: `clock-off`, `clock-not-proven` or None."""
        if self.signers < MIN_AGREEING:
            return "clock-not-proven"
        return None if self.near >= MIN_AGREEING and 2 * self.near > self.signers else "clock-off"


class SignedTimes:
    """The last time that each of the others has signed."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}

    def note(self, participant: str, signed: float, clock: Clock, *, is_new: bool = False) -> None:
        """Take in what a participant signed as the time, in seconds since 1970, and what arrived now.

        What is not later than what it signed in the last minutes may be sent again by anyone, and is passed over; but
        not what is known to be new, as from one whose clock was set back.
        """
        arrived, last = clock.monotonic(), self._last.get(participant)
        if not is_new and last is not None and signed <= last[0] and arrived - last[1] < FRESH_SECONDS:
            return
        if 0 < signed <= LATEST:
            self._last[participant] = signed, arrived

    def ahead_of(self, clock: Clock) -> dict[str, float]:
        """Return how many seconds the clock of each was ahead of this one, of those who signed in the last minutes."""
        passed, now = clock.monotonic(), clock.now().timestamp()
        return {
            participant: signed + (passed - arrived) - now
            for participant, (signed, arrived) in self._last.items()
            if passed - arrived < FRESH_SECONDS
        }

    def assess(self, clock: Clock) -> ClockAssessment:
        """Return what others make of a clock, and it of theirs."""
        ahead = self.ahead_of(clock)
        near = sum(abs(seconds) <= NEAR_SECONDS for seconds in ahead.values())
        is_judged = len(ahead) >= MIN_AGREEING
        middle = median([0.0, *ahead.values()]) if is_judged else 0.0
        others = {participant: seconds - middle for participant, seconds in ahead.items()}
        return ClockAssessment(len(ahead), near, -middle if is_judged else None, others)
