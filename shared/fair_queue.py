"""A queue before a few workers that serves its lanes round robin, so that a long lane does not delay the others."""

import asyncio
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

Turn = asyncio.Future[None]


class LaneFull(Exception):
    """As many as allowed wait in this lane."""


class QueueFull(Exception):
    """As many as allowed wait in all, and no other lane has more of them than this one."""


class FairQueue:
    """Hands out a bounded number of workers. Within a lane, first come is first served.

    When the queue is full, the last of the longest lane makes room: many in one lane do not keep others out.
    """

    def __init__(self, workers: int, *, waiting_per_lane: int, waiting: int) -> None:
        self._workers = self._free = workers
        self._waiting_per_lane = waiting_per_lane
        self._waiting = waiting
        self._lanes: dict[Hashable, deque[Turn]] = {}

    @property
    def idle(self) -> bool:
        """Whether nobody waits or works."""
        return self._free == self._workers

    @contextmanager
    def place(self, lane: Hashable) -> Iterator[Turn]:
        """Take a place in a lane; the worker is free again when the block ends. Raises LaneFull, QueueFull.

        Await the turn before any work: this raises QueueFull too, if the place had to make room.
        """
        turn = self._join(lane)
        try:
            yield turn
        finally:
            self._leave(lane, turn)

    def _join(self, lane: Hashable) -> Turn:
        turn: Turn = asyncio.get_running_loop().create_future()
        waiting = len(self._lanes.get(lane, ()))
        if self._free:
            self._free -= 1
            turn.set_result(None)
            return turn
        if waiting >= self._waiting_per_lane:
            raise LaneFull
        if sum(map(len, self._lanes.values())) >= self._waiting:
            self._make_room(waiting)
        self._lanes.setdefault(lane, deque()).append(turn)
        return turn

    def _make_room(self, waiting: int) -> None:
        longest = max(self._lanes, key=lambda lane: len(self._lanes[lane]))
        if len(self._lanes[longest]) <= waiting + 1:
            raise QueueFull
        last = self._lanes[longest].pop()
        if not last.done():
            last.set_exception(QueueFull())

    def _leave(self, lane: Hashable, turn: Turn) -> None:
        waiting = self._lanes.get(lane)
        if waiting is not None and turn in waiting:
            waiting.remove(turn)
            if not waiting:
                del self._lanes[lane]
        elif not turn.cancelled() and turn.exception() is None:
            self._free += 1
            self._serve()

    def _serve(self) -> None:
        while self._free and self._lanes:
            lane = next(iter(self._lanes))
            waiting = self._lanes.pop(lane)
            turn = waiting.popleft()
            if waiting:
                # Behind all other lanes.
                self._lanes[lane] = waiting
            # A cancelled one has not left yet.
            if not turn.cancelled():
                self._free -= 1
                turn.set_result(None)
