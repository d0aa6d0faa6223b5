"""Wakes those who wait for something new in this process. Knows nothing of other processes: who waits looks as well."""

import asyncio
from contextlib import suppress
from math import inf


class Changes:
    """Counts what is new."""

    def __init__(self, longest_seconds: float = inf) -> None:
        """Nobody waits longer than stated, as where the clock by which he reckoned may be moved on meanwhile."""
        self.version = 0
        self._longest = longest_seconds
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Wake all who wait."""
        self.version += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, version: int, seconds: float) -> None:
        """Return when there is something newer than a version, or when the time has passed."""
        event = self._next
        if self.version == version:
            # Not by `wait_for`, which forgets that it was cancelled when the event comes at the same moment.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, self._longest)):
                    await event.wait()
