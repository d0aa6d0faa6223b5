"""A queue before a few workers that shares their time among its lanes, so that a busy lane does not delay the others.

Start-time fair queueing (Goyal, Vin and Cheng 1996): a lane is due again when the time that it took has passed for all,
whether it took that in one piece or in many. A lane that was idle is due at once, and saves nothing up.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Turn = asyncio.Future[None]


class LaneFull(Exception):
    """As many as allowed wait in this lane."""


class QueueFull(Exception):
    """As many as allowed wait in all, and no other lane has more of them than this one."""


@dataclass(slots=True)
class _Work:
    """What a worker does for a lane: the place of its start in the time that is shared, and when that was."""

    start: float
    began: float


@dataclass(slots=True)
class _Shares:
    """How far lanes are with the time that is shared, in seconds. One that is not named is as far as all."""

    reached: float = 0.0
    due: dict[Hashable, float] = field(default_factory=dict)

    def of(self, lane: Hashable) -> float:
        """Return when a lane is due."""
        return max(self.due.get(lane, 0.0), self.reached)

    def begin(self, lane: Hashable) -> float:
        """Let a lane have a worker, and return when it was due."""
        self.reached = start = self.of(lane)
        return start

    def end(self, lane: Hashable, start: float, seconds: float) -> None:
        """Count the time that a lane had a worker for."""
        self.due[lane] = max(self.due.get(lane, 0.0), start) + seconds
        self.due = {each: due for each, due in self.due.items() if due > self.reached}


class FairQueue:
    """Hands out a bounded number of workers. Within a lane, first come is first served.

    When the queue is full, the last of the longest lane makes room: many in one lane do not keep others out.
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
        """Whether nobody waits or works."""
        return self._free == self._workers

    @contextmanager
    def place(self, lane: Hashable) -> Iterator[Turn]:
        """Take a place in a lane; the worker is free again when the block ends. Raises LaneFull, QueueFull.

        Await the turn before any work: this raises QueueFull too, if the place had to make room.
        """
        turn = self.join(lane)
        try:
            yield turn
        finally:
            self.leave(lane, turn)

    def join(self, lane: Hashable) -> Turn:
        """Take a place in a lane, which must be left. Raises LaneFull, QueueFull."""
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
        """Give up a worker, and take the first place in the same lane: who has more to do lets others go before."""
        following: Turn = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, deque()).appendleft(following)
        self.leave(lane, turn)
        return following

    def leave(self, lane: Hashable, turn: Turn) -> None:
        """Give up a place, and the worker if it was its turn."""
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
            # What one took while nobody else asked is no debt.
            self._shares = _Shares()

    def _serve(self) -> None:
        while self._free and self._lanes:
            lane = min(self._lanes, key=self._rank)
            waiting = self._lanes.pop(lane)
            turn = waiting.popleft()
            if waiting:
                # Behind all other lanes that are due at the same time.
                self._lanes[lane] = waiting
            # A cancelled one has not left yet.
            if not turn.cancelled():
                self._begin(lane, turn)

    def _rank(self, lane: Hashable) -> tuple[int, float]:
        return self._at_work[lane], self._shares.of(lane)
