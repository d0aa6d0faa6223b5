"""Pauses of participants that exceeded a limit: each twice as long as the one before."""

from math import inf
from typing import Final

from shared.background import loop_time

FIRST_SECONDS: Final = 30.0
MAX_SECONDS: Final = 600.0


class Pauses:
    """The pauses of participants. After `MAX_SECONDS` within the limits a participant starts with the shortest."""

    def __init__(self) -> None:
        # By name: the length and the end of the last pause.
        self._last: dict[str, tuple[float, float]] = {}

    def begin(self, name: str) -> float:
        """Pause a participant; return for how many seconds."""
        now, (before, until) = loop_time(), self._last.get(name, (0.0, -inf))
        seconds = min(2 * before, MAX_SECONDS) if now < until + MAX_SECONDS else FIRST_SECONDS
        self._last[name] = seconds, now + seconds
        return seconds

    def paused(self) -> frozenset[str]:
        """Return the participants that are paused now."""
        return frozenset(name for name, (_, until) in self._last.items() if until > loop_time())
