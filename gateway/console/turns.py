"""Bounds how many pages are made for one officer at the same time, so that they do not take the time of others."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from shared.errors import Busy
from shared.fair_queue import FairQueue, LaneFull, QueueFull

# As many as a browser asks for at the same time over HTTP/1.1.
AT_ONCE: Final = 6
WAITING: Final = 100


T = TypeVar("T")


class Turns:
    """The pages that are being made, and those that wait, by officer."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, FairQueue] = {}

    @asynccontextmanager
    async def of(self, officer: Hashable) -> AsyncIterator[None]:
        """Wait for the turn of a page of an officer, and end it with the block. Raises Busy."""
        made = FairQueue(AT_ONCE, waiting_per_lane=WAITING, waiting=WAITING)
        queue = self._queues.setdefault(officer, made)
        try:
            turn = queue.join(officer)
        except (LaneFull, QueueFull) as full:
            raise Busy(f"{WAITING} pages of yours wait already: go on when they are there") from full
        try:
            await turn
            yield
        finally:
            queue.leave(officer, turn)
            if queue.idle:
                self._queues.pop(officer, None)


class LargePages:
    """Pages that take long to make: one at a time, in a thread, so that the gateway goes on meanwhile."""

    def __init__(self) -> None:
        self._queue = FairQueue(1, waiting_per_lane=AT_ONCE, waiting=WAITING)

    async def make(self, officer: Hashable, made: Callable[[], T]) -> T:
        """Return what `made` returns, once it is the turn of an officer. Raises Busy."""
        try:
            with self._queue.place(officer) as turn:
                await turn
                return await asyncio.to_thread(made)
        except (LaneFull, QueueFull) as full:
            raise Busy(f"{WAITING} large pages wait already: try again soon") from full
