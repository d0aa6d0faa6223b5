"""What a service does by itself: how long it rests, after what went well and after what failed."""

import asyncio
import io
import json
from collections.abc import Callable
from math import inf

import pytest

from shared import background
from shared.background import ChangeSignal, Job, for_each, repeat, running
from shared.logs import Log

A_WHILE = 0.2


class Turns:
    """Takes turns, of which each does as it is told, and tells when they were taken."""

    def __init__(self, does: Callable[[], float | None], often: int) -> None:
        self._does = does
        self._often = often
        self.taken: list[float] = []
        self.enough = asyncio.Event()

    async def turn(self) -> float | None:
        self.taken.append(asyncio.get_running_loop().time())
        if len(self.taken) == self._often:
            self.enough.set()
        return self._does()


async def rests(does: Callable[[], float | None], often: int = 2, changes: ChangeSignal | None = None) -> float:
    """Return how long a work rests that would do so for no time, between so many turns."""
    turns = Turns(does, often)
    work = Job("turns", turns.turn, every_seconds=0, changes=changes, poll_seconds=60)
    async with asyncio.timeout(5), running([work], Log("test", stream=io.BytesIO())):
        await turns.enough.wait()
    return turns.taken[-1] - turns.taken[0]


def fail() -> None:
    raise ValueError("Jane Roe")


async def test_what_failed_rests_before_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However soon it is to be done otherwise, and whatever changes meanwhile; the log holds no thousands of it."""
    assert background.FAILED_SECONDS >= 1
    monkeypatch.setattr(background, "FAILED_SECONDS", A_WHILE)
    changes = ChangeSignal()

    def changed_and_failed() -> None:
        changes.notify()
        fail()

    assert await rests(fail) >= A_WHILE
    assert await rests(changed_and_failed, changes=changes) >= A_WHILE


async def test_who_knows_that_there_is_more_does_not_wait_for_changes() -> None:
    """He rests as long as he says, and goes on though nothing new comes."""
    assert await rests(lambda: 0.0, often=100, changes=ChangeSignal()) < 5
    assert await rests(lambda: A_WHILE, changes=ChangeSignal()) >= A_WHILE


async def test_none_of_several_keeps_another_from_its_turn() -> None:
    """All are done, and what went wrong first is told at the end."""
    done = list[int]()

    async def act(item: int) -> None:
        done.append(item)
        if item > 1:
            raise ValueError(item)

    with pytest.raises(ValueError, match="2"):
        await for_each(act, [1, 2, 3, 1])
    assert done == [1, 2, 3, 1]


async def test_a_job_that_has_nothing_to_do_any_more_ends() -> None:
    """It says so by an endless rest."""
    turns = Turns(lambda: inf, 1)
    async with asyncio.timeout(5):
        await repeat(Job("turns", turns.turn, every_seconds=0), Log("test", stream=io.BytesIO()))
    assert len(turns.taken) == 1


@pytest.mark.parametrize(("expected", "logged"), [((), "job-failed"), ((ValueError,), None)])
async def test_an_expected_failure_is_no_error_in_the_log(
    expected: tuple[type[Exception], ...], logged: str | None
) -> None:
    """As where it was logged when it happened; the job goes on all the same."""
    written = io.BytesIO()
    turns = Turns(fail, 2)
    job = Job("turns", turns.turn, every_seconds=0, retry_seconds=0, expected=expected)
    async with asyncio.timeout(5), running([job], Log("test", stream=written)):
        await turns.enough.wait()
    events = {json.loads(line)["event"] for line in written.getvalue().splitlines()}
    assert events == ({logged} if logged else set())
