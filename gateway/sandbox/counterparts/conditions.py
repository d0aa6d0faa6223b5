"""The conditions that a counterpart works under: the error of its clock, and the loss of its connection."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from gateway.sandbox.counterparts.models import StoredCounterpart
from shared.clock import Clock

Seed = Callable[[], str]


class Line(Protocol):
    """The connection of a bureau to the broker."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""

    async def drop(self, reason: str) -> None:
        """Lose the connection; another is made as soon as the key can be read."""


class CutOff(Exception):
    """The bureau has no connection to the broker, as its script says."""


class OffsetClock:
    """The clock of a bureau: that of the mesh, and how far it is wrong."""

    def __init__(self, right: Clock) -> None:
        self._right = right
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the time that it shows."""
        return self._right.now() + self.ahead

    def monotonic(self) -> float:
        """Return monotonic seconds: only its time is wrong."""
        return self._right.monotonic()

    @property
    def tick_seconds(self) -> float:
        """The longest wait without reading it again."""
        return self._right.tick_seconds


class Condition:
    """The clock and the connection of one bureau in this process."""

    def __init__(self, right: Clock) -> None:
        self.clock = OffsetClock(right)
        self.line: Line | None = None
        self._right = right
        self._cut_off_until: datetime | None = None

    def seed(self, read: Seed) -> Seed:
        """Return what reads the key of the connection: not while the bureau is cut off, so it cannot connect."""

        def read_unless_cut_off() -> str:
            if self.is_cut_off:
                raise CutOff(f"the sandbox has cut it off until {self._cut_off_until:%Y-%m-%dT%H:%M:%SZ}")
            return read()

        return read_unless_cut_off

    @property
    def is_cut_off(self) -> bool:
        """Whether the bureau may have no connection now."""
        return self._cut_off_until is not None and self._right.now() < self._cut_off_until

    def set(self, stored: StoredCounterpart | None) -> None:
        """Set the clock, and whether a connection may be made, as a script says; without one, both work."""
        self.clock.ahead = timedelta(minutes=stored.script.clock_minutes if stored else 0)
        self._cut_off_until = stored.cut_off_until if stored else None

    async def apply(self, stored: StoredCounterpart | None) -> None:
        """Set both, and lose the connection that there is where there may be none."""
        self.set(stored)
        if self.is_cut_off and self.line is not None and self.line.connected:
            await self.line.drop("the sandbox has cut it off")


class Conditions:
    """The conditions of all bureaus in this process."""

    def __init__(self, right: Clock) -> None:
        self._right = right
        self._of: dict[str, Condition] = {}

    def of(self, bureau: str) -> Condition:
        """Return those of a bureau, which are normal unless a script changes them."""
        return self._of.setdefault(bureau, Condition(self._right))
