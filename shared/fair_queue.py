"""A queue that shares the time of a few workers fairly among lanes, so that a busy lane does not delay the others.

Start-time fair queueing (Goyal, Vin and Cheng 1996). A lane that was idle is due at once, but gains no credit.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Turn = asyncio.Future[None]


class LaneFull(Exception):
    """The limit of this lane is reached."""


class QueueFull(Exception):
    """The limit of all lanes is reached, and no other lane is longer than this one."""


@dataclass(slots=True)
class _Work:
    """A worker in use: its start tag in virtual time, and in real time."""

    start: float
    began: float


@dataclass(slots=True)
class _Shares:
    """The virtual time of all, and of each lane that is ahead of it, in seconds."""

    reached: float = 0.0
    due: dict[Hashable, float] = field(default_factory=dict)

    def of(self, lane: Hashable) -> float:
        """Return the virtual time when a lane is due."""
        return max(self.due.get(lane, 0.0), self.reached)

    def begin(self, lane: Hashable) -> float:
        """Give a lane a worker, and return its start tag."""
        self.reached = start = self.of(lane)
        return start

    def end(self, lane: Hashable, start: float, seconds: float) -> None:
        """Add the time that a lane used a worker."""
        self.due[lane] = max(self.due.get(lane, 0.0), start) + seconds
        self.due = {each: due for each, due in self.due.items() if due > self.reached}


class FairQueue:
    """Assigns a bounded number of workers, in order of arrival within a lane.

    When the queue is full, the last of the longest lane is dropped, so that one lane cannot keep others out.
    """

    def __init__(self, workers: int, *, waiting_per_lane: int, waiting: int) -> None:
        self._workers = self._free = workers
        self._waiting_per_lane = waiting_per_lane
        self._waiting = waiting
        self._lanes: dict[Hashable, deque[Turn]] = {}
        self._at_work: Counter[Hashable] = Counter()
        self._works: dict[Turn, _Work] = {}
        self._shares = _Shares()

    @property
    def idle(self) -> bool:
        """Whether nothing waits or runs."""
        return self._free == self._workers

    @contextmanager
    def place(self, lane: Hashable) -> Iterator[Turn]:
        """Join a lane; the worker is released when the block ends. Raises LaneFull, QueueFull.

        Await the turn before any work: it raises QueueFull as well, if it was dropped.
        """
        turn = self.join(lane)
        try:
            yield turn
        finally:
            self.leave(lane, turn)

    def join(self, lane: Hashable) -> Turn:
        """Join a lane; call `leave` afterwards. Raises LaneFull, QueueFull."""
        turn: Turn = asyncio.get_running_loop().create_future()
        waiting = len(self._lanes.get(lane, ()))
        if self._free:
            self._begin(lane, turn)
            return turn
        if waiting >= self._waiting_per_lane:
            raise LaneFull
        if sum(map(len, self._lanes.values())) >= self._waiting:
            self._make_room(waiting)
        self._lanes.setdefault(lane, deque()).append(turn)
        return turn

    def renew(self, lane: Hashable, turn: Turn) -> Turn:
        """Release a worker and join the front of the same lane: long work yields to other lanes."""
        following: Turn = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, deque()).appendleft(following)
        self.leave(lane, turn)
        return following

    def leave(self, lane: Hashable, turn: Turn) -> None:
        """Leave a lane, and release the worker if there was one."""
        work = self._works.pop(turn, None)
        if work is not None:
            self._end(lane, work, turn.get_loop().time())
            return
        waiting = self._lanes.get(lane)
        if waiting is not None and turn in waiting:
            waiting.remove(turn)
            if not waiting:
                del self._lanes[lane]

    def _make_room(self, waiting: int) -> None:
        longest = max(self._lanes, key=lambda lane: len(self._lanes[lane]))
        if len(self._lanes[longest]) <= waiting + 1:
            raise QueueFull
        last = self._lanes[longest].pop()
        if not last.done():
            last.set_exception(QueueFull())

    def _begin(self, lane: Hashable, turn: Turn) -> None:
        self._free -= 1
        self._at_work[lane] += 1
        self._works[turn] = _Work(self._shares.begin(lane), turn.get_loop().time())
        turn.set_result(None)

    def _end(self, lane: Hashable, work: _Work, now: float) -> None:
        self._free += 1
        self._at_work[lane] -= 1
        if not self._at_work[lane]:
            del self._at_work[lane]
        self._shares.end(lane, work.start, now - work.began)
        self._serve()
        if self.idle:
            # Time used while no other lane waited does not count.
            self._shares = _Shares()

    def _serve(self) -> None:
        while self._free and self._lanes:
            lane = min(self._lanes, key=self._rank)
            waiting = self._lanes.pop(lane)
            turn = waiting.popleft()
            if waiting:
                # After all other lanes that are due at the same time.
                self._lanes[lane] = waiting
            # A cancelled one has not left yet.
            if not turn.cancelled():
                self._begin(lane, turn)

    def _rank(self, lane: Hashable) -> tuple[int, float]:
        return self._at_work[lane], self._shares.of(lane)
