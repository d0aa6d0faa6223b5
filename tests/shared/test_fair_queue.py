"""The fair queue: the order in which lanes are served, and which request is dropped when it is full."""

import asyncio
from collections.abc import Awaitable, Mapping

import pytest

from shared.fair_queue import FairQueue, LaneFull, QueueFull


class Served:
    """A queue with its workers, and the order in which it served them."""

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
        """Request one worker for each lane, in this order."""
        tasks = [asyncio.create_task(self._work(lane)) for lane in lanes]
        self._tasks += tasks
        await asyncio.sleep(0)
        return tasks

    async def finish(self) -> list[BaseException | None]:
        """Return the outcome of each request, and check that every worker is free."""
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self.queue.idle
        return outcomes

    async def _work(self, lane: str) -> None:
        with self.queue.place(lane) as turn:
            await turn
            await asyncio.sleep(self._seconds.get(lane, 0.005))
            self.order.append(lane)


async def test_a_single_request_of_a_lane_is_served_before_the_rest_of_a_flood() -> None:
    """It waits only for the request that is being served."""
    served = Served()
    await served.join(*["flood"] * 10, "a", "b", "a")
    await served.finish()
    assert served.order[:3] == ["flood", "a", "b"]
    assert sorted(served.order[3:]) == ["a", *["flood"] * 9]


@pytest.mark.thorough
async def test_a_lane_with_long_work_has_fewer_turns() -> None:
    """Lanes share time, not turns."""
    served = Served(seconds={"long": 0.1, "short": 0.001})
    await served.join("long", "long", *["short"] * 6)
    await served.finish()
    assert served.order == ["long", *["short"] * 6, "long"]


async def test_a_lane_that_joins_late_gets_no_credit_for_its_idle_time() -> None:
    served = Served(seconds={"long": 0.02, "late": 0.02})
    await served.join("long", "long")
    await served.finish()
    await served.join("long", "long", "late", "late", "late")
    await served.finish()
    assert "long" in served.order[3:6]


@pytest.mark.thorough
async def test_a_lane_that_worked_alone_before_is_not_penalized() -> None:
    served = Served(seconds={"early": 0.1, "late": 0.01})
    await served.join("early")
    await served.finish()
    await served.join("late", "late", "late", "early")
    await served.finish()
    assert served.order == ["early", "late", "early", "late", "late"]


async def test_one_lane_does_not_occupy_all_workers() -> None:
    """A free worker serves a lane that has none."""
    served = Served(workers=2, seconds={"flood": 0.02, "a": 0.002})
    await served.join(*["flood"] * 4, "a")
    await served.finish()
    assert "a" in served.order[:3]


async def test_a_request_beyond_the_limit_of_its_lane_raises_lane_full() -> None:
    served = Served(waiting_per_lane=2)
    await served.join("flood", "flood", "flood", "flood", "other")
    assert [type(outcome) for outcome in await served.finish()] == [*[type(None)] * 3, LaneFull, type(None)]


async def test_a_full_queue_drops_the_last_request_of_the_longest_lane() -> None:
    """Many requests in few lanes do not keep other lanes out."""
    served = Served(waiting=4)
    await served.join("flood", "flood", "flood", "flood", "a", "b")
    outcomes = await served.finish()
    assert [type(outcome) for outcome in outcomes] == [*[type(None)] * 3, QueueFull, type(None), type(None)]


async def test_a_full_queue_refuses_a_request_if_no_lane_is_longer() -> None:
    served = Served(waiting=2)
    await served.join("x", "a", "b", "c")
    assert isinstance((await served.finish())[3], QueueFull)


@pytest.mark.parametrize("after", [0, 1, 3])
async def test_a_request_cancelled_before_or_during_its_turn_frees_its_worker(after: int) -> None:
    served = Served()
    tasks = await served.join("a", "a", "b", "a")
    await asyncio.sleep(0.004 * after)
    for task in tasks[:3]:
        task.cancel()
    outcomes = await served.finish()
    assert outcomes[3] is None
    assert served.order[-1] == "a"
