"""Clocks, which are passed in. Only the entry point of a program creates one."""

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
    """Return the aware UTC time for seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC. Setting the clock of the machine changes it."""

    def monotonic(self) -> float:
        """Return monotonic seconds, for intervals. Setting the clock of the machine does not change them."""

    @property
    def tick_seconds(self) -> float:
        """The longest wait without reading the clock again; `inf` if nobody advances it."""


class SystemClock:
    """The clock of the machine."""

    tick_seconds: Final = inf

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the monotonic seconds of the machine."""
        return time.monotonic()


class FixedClock:
    """A clock for tests that only moves when it is advanced."""

    tick_seconds: Final = inf

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._passed = timedelta(0)

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._at

    def monotonic(self) -> float:
        """Return how many seconds have passed since its creation."""
        return self._passed.total_seconds()

    def advance(self, by: timedelta) -> None:
        """Let a span of time pass."""
        self._at += by
        self._passed += by

    def step(self, by: timedelta) -> None:
        """Set it forward or back by a span: no time passes."""
        self._at += by


class ClockUnusable(Exception):
    """A file is not that of a shared clock; the message names it."""


class SharedClock:
    """The clock of the machine plus an offset, which all processes of a mesh read from one file. For tests only.

    It can only be advanced. Does NOT affect the broker, which redelivers unacknowledged messages by its own clock.
    """

    tick_seconds: Final = 0.5

    def __init__(self, file: Path) -> None:
        """Open the file of a clock, which `make` creates. Raises ClockUnusable, OSError."""
        self._file = file
        with file.open("r+b") as stream:
            if os.fstat(stream.fileno()).st_size != _CELL_BYTES:
                raise ClockUnusable(f"{file} holds no clock: restore or remove the file")
            # Writes of other processes are visible at once, and a read needs no system call.
            self._memory = mmap.mmap(stream.fileno(), _CELL_BYTES)
        self._microseconds = memoryview(self._memory).cast("q")
        self._known = 0, timedelta(0)
        if not timedelta(0) <= self.offset <= MAX_OFFSET:
            raise ClockUnusable(f"{file} holds no clock: restore or remove the file")

    @classmethod
    def make(cls, file: Path) -> "SharedClock":
        """Return the clock of a file, which is created if missing. Raises ClockUnusable, OSError."""
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
        """Return the monotonic seconds of the machine plus the offset, as if that time had passed."""
        return time.monotonic() + self.offset.total_seconds()

    @property
    def offset(self) -> timedelta:
        """By how much the clock was advanced."""
        microseconds, known = self._microseconds[0], self._known
        if known[0] != microseconds:
            self._known = known = microseconds, timedelta(microseconds=microseconds)
        return known[1]

    def advance(self, by: timedelta) -> datetime:
        """Advance the clock by a span and return its time. Raises IllegalStep."""
        if by < timedelta(0):
            raise IllegalStep("the clock cannot be set back")
        with self._file.open("rb") as lock:
            # Two concurrent advances add up.
            fcntl.flock(lock, fcntl.LOCK_EX)
            offset = self.offset + by
            if offset > MAX_OFFSET:
                raise IllegalStep(f"the clock can be advanced by {MAX_OFFSET.days} days in all, not by {offset.days}")
            self._microseconds[0] = offset // _MICROSECOND
            self._memory.flush()
        return self.now()

    def advance_to(self, at: datetime) -> datetime:
        """Advance the clock to a time and return its time. Raises IllegalStep."""
        now = self.now()
        if at < now:
            raise IllegalStep(f"the clock is at {now:%Y-%m-%dT%H:%M:%SZ} and cannot be set back")
        return self.advance(at - now)
