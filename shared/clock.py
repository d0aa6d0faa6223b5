"""Time as something that is handed in. Only the edge of a program makes the clock by which it goes."""

import fcntl
import mmap
import os
import time
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Final, Protocol

from shared.errors import IllegalStep

MAX_OFFSET: Final = timedelta(days=60 * 365)
_CELL_BYTES: Final = 8
_MICROSECOND: Final = timedelta(microseconds=1)


def time_at(seconds: float) -> datetime:
    """Return the time so many seconds after the beginning of 1970, aware, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC. Whoever sets the clock of the machine changes it."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a scale of their own, for intervals: nobody who sets the clock changes it."""
        ...

    @property
    def tick_seconds(self) -> float:
        """How long one who waits for a time may go without a look at the clock: for ever, if nobody moves it on."""
        ...


class SystemClock:
    """The clock of the machine."""

    tick_seconds: Final = inf

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds of the machine, which never go back and never leap."""
        return time.monotonic()


class FixedClock:
    """A clock for tests: it stands still until it is told to advance."""

    tick_seconds: Final = inf

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._passed = timedelta(0)

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._at

    def monotonic(self) -> float:
        """Return how many seconds have passed since it was made."""
        return self._passed.total_seconds()

    def advance(self, by: timedelta) -> None:
        """Let a span of time pass."""
        self._at += by
        self._passed += by

    def step(self, by: timedelta) -> None:
        """Have it set on, or back, by a span: no time passes."""
        self._at += by


class ClockUnusable(Exception):
    """The file of a shared clock holds none; the message says which."""


class SharedClock:
    """The clock of the machine, moved on by an offset that all processes of a mesh read from one file.

    For tests alone: whoever may write the file moves the time of all, forward only. What the broker does by its own
    clock, such as to deliver again what was not acknowledged, stays in the time of the machine.
    """

    tick_seconds: Final = 0.5

    def __init__(self, file: Path) -> None:
        """Share the clock of a file, which `make` has made. Raises ClockUnusable, OSError."""
        self._file = file
        with file.open("r+b") as stream:
            if os.fstat(stream.fileno()).st_size != _CELL_BYTES:
                raise ClockUnusable(f"{file} holds no clock: restore or remove the file")
            # What another process writes is seen at once, and a look costs no system call.
            self._memory = mmap.mmap(stream.fileno(), _CELL_BYTES)
        self._microseconds = memoryview(self._memory).cast("q")
        self._known = 0, timedelta(0)
        if not timedelta(0) <= self.offset <= MAX_OFFSET:
            raise ClockUnusable(f"{file} holds no clock: restore or remove the file")

    @classmethod
    def make(cls, file: Path) -> "SharedClock":
        """Return the clock of a file, which is made if it is not there. Raises ClockUnusable, OSError."""
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size == 0:
                os.ftruncate(descriptor, _CELL_BYTES)
        finally:
            os.close(descriptor)
        return cls(file)

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        """Return the seconds of the machine, and those by which it was moved on: as if that time had passed."""
        return time.monotonic() + self.offset.total_seconds()

    @property
    def offset(self) -> timedelta:
        """How far the clock was moved on."""
        microseconds, known = self._microseconds[0], self._known
        if known[0] != microseconds:
            self._known = known = microseconds, timedelta(microseconds=microseconds)
        return known[1]

    def advance(self, by: timedelta) -> datetime:
        """Move the clock on by a span and return its time. Raises IllegalStep."""
        if by < timedelta(0):
            raise IllegalStep("the clock cannot be put back: it is only ever moved on")
        with self._file.open("rb") as lock:
            # Two at once move it by both.
            fcntl.flock(lock, fcntl.LOCK_EX)
            offset = self.offset + by
            if offset > MAX_OFFSET:
                raise IllegalStep(f"the clock can be moved on by {MAX_OFFSET.days} days in all, not by {offset.days}")
            self._microseconds[0] = offset // _MICROSECOND
            self._memory.flush()
        return self.now()

    def advance_to(self, at: datetime) -> datetime:
        """Move the clock on to a time and return its time. Raises IllegalStep."""
        now = self.now()
        if at < now:
            raise IllegalStep(f"the clock stands at {now:%Y-%m-%dT%H:%M:%SZ}, and is only ever moved on")
        return self.advance(at - now)
