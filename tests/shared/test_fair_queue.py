"""The fair queue: who is served when, and who makes room."""

import asyncio
from collections.abc import Awaitable, Mapping

import pytest

from shared.fair_queue import FairQueue, LaneFull, QueueFull


class Served:
    """A queue before its workers, and the order in which it served."""

    def __init__(
        self,
        *,
        workers: int = 1,
        waiting_per_lane: int = 100,
        waiting: int = 100,
        seconds: Mapping[str, float] | None = None,
    ) -> None:
        self.queue = FairQueue(workers, waiting_per_lane=waiting_per_lane, waiting=waiting)
        self._seconds = seconds or {}
        self.order: list[str] = []
        self._tasks: list[Awaitable[None]] = []

    async def join(self, *lanes: str) -> list[asyncio.Task[None]]:
        """Let one worker each be asked for, in this order."""
        tasks = [asyncio.create_task(self._work(lane)) for lane in lanes]
        self._tasks += tasks
        await asyncio.sleep(0)
        return tasks

    async def finish(self) -> list[BaseException | None]:
        """Return what came of all, and see to it that nobody holds the worker."""
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self.queue.idle
        return outcomes

    async def _work(self, lane: str) -> None:
        with self.queue.place(lane) as turn:
            await turn
            await asyncio.sleep(self._seconds.get(lane, 0.005))
            self.order.append(lane)


async def test_who_comes_alone_is_served_next() -> None:
    """Whoever comes alone waits for nobody but who is served already, however many came before."""
    served = Served()
    await served.join(*["flood"] * 10, "a", "b", "a")
    await served.finish()
    assert served.order[:3] == ["flood", "a", "b"]
    assert sorted(served.order[3:]) == ["a", *["flood"] * 9]


async def test_a_lane_whose_work_takes_long_has_fewer_turns() -> None:
    """Time is what is shared, so long work does not take it from those with short work."""
    served = Served(seconds={"long": 0.1, "short": 0.001})
    await served.join("long", "long", *["short"] * 6)
    await served.finish()
    assert served.order == ["long", *["short"] * 6, "long"]


async def test_no_time_is_saved_up() -> None:
    """Who comes after others have worked for long has no more turns than they from then on."""
    served = Served(seconds={"long": 0.02, "late": 0.02})
    await served.join("long", "long")
    await served.finish()
    await served.join("long", "long", "late", "late", "late")
    await served.finish()
    assert "long" in served.order[3:6]


async def test_nothing_is_owed_for_time_that_nobody_else_asked_for() -> None:
    """Who worked alone before is served as one who did not."""
    served = Served(seconds={"early": 0.1, "late": 0.01})
    await served.join("early")
    await served.finish()
    await served.join("late", "late", "late", "early")
    await served.finish()
    assert served.order == ["early", "late", "early", "late", "late"]


async def test_with_several_workers_no_lane_has_all() -> None:
    """A worker that is free goes to a lane that has none."""
    served = Served(workers=2, seconds={"flood": 0.02, "a": 0.002})
    await served.join(*["flood"] * 4, "a")
    await served.finish()
    assert "a" in served.order[:3]


async def test_a_lane_is_bounded() -> None:
    served = Served(waiting_per_lane=2)
    await served.join("flood", "flood", "flood", "flood", "other")
    assert [type(outcome) for outcome in await served.finish()] == [*[type(None)] * 3, LaneFull, type(None)]


async def test_the_last_of_the_longest_lane_makes_room() -> None:
    """Many in few lanes do not keep others out."""
    served = Served(waiting=4)
    await served.join("flood", "flood", "flood", "flood", "a", "b")
    outcomes = await served.finish()
    assert [type(outcome) for outcome in outcomes] == [*[type(None)] * 3, QueueFull, type(None), type(None)]


async def test_nobody_makes_room_for_one_who_has_as_many() -> None:
    served = Served(waiting=2)
    await served.join("x", "a", "b", "c")
    assert isinstance((await served.finish())[3], QueueFull)


@pytest.mark.parametrize("after", [0, 1, 3])
async def test_who_goes_before_its_turn_or_in_it_keeps_no_worker(after: int) -> None:
    served = Served()
    tasks = await served.join("a", "a", "b", "a")
    await asyncio.sleep(0.004 * after)
    for task in tasks[:3]:
        task.cancel()
    outcomes = await served.finish()
    assert outcomes[3] is None
    assert served.order[-1] == "a"
