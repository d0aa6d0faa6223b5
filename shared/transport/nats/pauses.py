"""Pauses of participants that exceeded a limit: each twice as long as the one before."""

import asyncio
from dataclasses import dataclass
from typing import Final

FIRST_SECONDS: Final = 30.0
MAX_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Pause:
    """How long it lasts, and its end on the clock of the event loop, both in seconds."""

    seconds: float
    until: float


class Pauses:
    """The pauses of participants. After `MAX_SECONDS` within the limits a participant starts with the shortest."""

    def __init__(self) -> None:
        self._begun: dict[str, Pause] = {}

    def begin(self, name: str) -> float:
        """Pause a participant; return for how many seconds."""
        before = self._begun.get(name)
        is_again = before is not None and _now() < before.until + MAX_SECONDS
        seconds = min(2 * before.seconds, MAX_SECONDS) if before is not None and is_again else FIRST_SECONDS
        self._begun[name] = Pause(seconds, _now() + seconds)
        return seconds

    def paused(self) -> frozenset[str]:
        """Return the participants that are paused now."""
        return frozenset(name for name, pause in self._begun.items() if pause.until > _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
