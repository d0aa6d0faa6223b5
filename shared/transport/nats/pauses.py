"""Who is paused for having exceeded what it may, and for how long: twice as long each time."""

import asyncio
from dataclasses import dataclass
from typing import Final

FIRST_SECONDS: Final = 30.0
MAX_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Pause:
    """How long it lasts, and until when, both in seconds."""

    seconds: float
    until: float


class Pauses:
    """The pauses of participants. Who has kept to the rules for `MAX_SECONDS` begins anew."""

    def __init__(self) -> None:
        self._begun: dict[str, Pause] = {}

    def begin(self, name: str) -> float:
        """Pause a participant from now on; return for how many seconds."""
        before = self._begun.get(name)
        is_again = before is not None and _now() < before.until + MAX_SECONDS
        seconds = min(2 * before.seconds, MAX_SECONDS) if before is not None and is_again else FIRST_SECONDS
        self._begun[name] = Pause(seconds, _now() + seconds)
        return seconds

    def paused(self) -> frozenset[str]:
        """Return who is paused now."""
        return frozenset(name for name, pause in self._begun.items() if pause.until > _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
