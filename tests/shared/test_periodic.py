"""Periodic jobs: how long they pause after a success and after a failure."""

import asyncio
import io
import json
from collections.abc import Callable
from contextlib import suppress
from math import inf

import pytest

from shared import background
from shared.background import AlreadyLogged, ChangeSignal, Job, end_all, failing_jobs, for_each, repeat, running
from shared.logs import Log

A_WHILE = 0.2


class Turns:
    """Runs a function at each turn, and records when."""

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


async def pause_between_turns(
    does: Callable[[], float | None], often: int = 2, changes: ChangeSignal | None = None
) -> float:
    """Return how long a job with an interval of zero pauses between this many turns."""
    turns = Turns(does, often)
    work = Job("turns", turns.turn, every_seconds=0, changes=changes, poll_seconds=60)
    async with asyncio.timeout(5), running([work], Log("test", stream=io.BytesIO())):
        await turns.enough.wait()
    return turns.taken[-1] - turns.taken[0]


def fail() -> None:
    raise ValueError("Jane Roe")


def log_and_fail() -> None:
    raise AlreadyLogged


@pytest.mark.thorough
async def test_a_failed_job_pauses_before_its_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its interval and whatever changes meanwhile, so that it does not flood the log."""
    assert background.FAILED_SECONDS >= 1
    monkeypatch.setattr(background, "FAILED_SECONDS", A_WHILE)
    changes = ChangeSignal()

    def changed_and_failed() -> None:
        changes.notify()
        fail()

    assert await pause_between_turns(fail) >= A_WHILE
    assert await pause_between_turns(changed_and_failed, changes=changes) >= A_WHILE


@pytest.mark.thorough
async def test_a_job_that_returns_a_delay_does_not_wait_for_changes() -> None:
    """It runs again after that delay, without a change."""
    assert await pause_between_turns(lambda: 0.0, often=100, changes=ChangeSignal()) < 5
    assert await pause_between_turns(lambda: A_WHILE, changes=ChangeSignal()) >= A_WHILE


async def test_a_failing_item_does_not_stop_the_other_items() -> None:
    """All errors are raised at the end, together."""
    done = list[int]()

    async def act(item: int) -> None:
        done.append(item)
        if item > 1:
            raise ValueError(item)

    with pytest.raises(ExceptionGroup) as raised:
        await for_each(act, [1, 2, 3, 1])
    assert [str(error) for error in raised.value.exceptions] == ["2", "3"]
    with pytest.raises(ValueError, match="2"):
        await for_each(act, [2])
    assert done == [1, 2, 3, 1, 2]


async def test_each_error_of_a_job_is_logged_also_beside_an_expected_one() -> None:
    """An expected exception does not hide another that the same run raised."""
    stream = io.BytesIO()

    async def act(error: Exception) -> None:
        raise error

    async def run_once() -> float:
        await for_each(act, [TimeoutError("expected"), ValueError("unexpected")])
        return inf

    job = Job("batch", run_once, every_seconds=0, expected=(TimeoutError,), retry_seconds=A_WHILE)
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await repeat(job, Log("test", stream=stream))
    logged = [(line["event"], line.get("error")) for line in map(json.loads, stream.getvalue().splitlines())]
    assert ("job-failed", "ValueError") in logged
    assert "TimeoutError" not in str([error for event, error in logged if event == "job-failed"])


async def test_a_job_that_returns_an_infinite_delay_ends() -> None:
    turns = Turns(lambda: inf, 1)
    async with asyncio.timeout(5):
        await repeat(Job("turns", turns.turn, every_seconds=0), Log("test", stream=io.BytesIO()))
    assert len(turns.taken) == 1


@pytest.mark.parametrize(("expected", "logged"), [((), "job-failed"), ((ValueError,), None)])
async def test_an_expected_failure_of_a_job_is_not_logged(
    expected: tuple[type[Exception], ...], logged: str | None
) -> None:
    """It was logged where it occurred; the job continues."""
    written = io.BytesIO()
    turns = Turns(fail, 2)
    job = Job("turns", turns.turn, every_seconds=0, retry_seconds=0, expected=expected)
    async with asyncio.timeout(5), running([job], Log("test", stream=written)):
        await turns.enough.wait()
    events = {json.loads(line)["event"] for line in written.getvalue().splitlines()}
    assert events == ({logged} if logged else set())


async def test_a_job_is_listed_as_failing_until_a_run_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if its failures are expected. A short failure is not listed, nor a job of another part or one that ended."""
    log, monitored = Log("test", stream=io.BytesIO()), list[dict[str, int]]()
    broken = [True, True, True, False, False]

    async def run_once() -> float:
        monitored.append(failing_jobs(log))
        if not broken:
            return inf
        if broken.pop(0):
            raise ValueError
        return 0.0

    job = Job("batch", run_once, every_seconds=0, retry_seconds=0, expected=(ValueError,))
    monkeypatch.setattr(background, "REPORTED_SECONDS", 0)
    await repeat(job, log)
    assert monitored == [{}, {"batch": 0}, {"batch": 0}, {"batch": 0}, {}, {}]
    broken += [True, True]
    monitored.clear()
    monkeypatch.setattr(background, "REPORTED_SECONDS", 1)
    await repeat(job, log)
    assert monitored == [{}, {}, {}]


@pytest.mark.thorough
async def test_a_job_whose_run_lasts_is_listed_until_it_has_not_failed_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its success is not known yet; a later failure begins a new sequence."""
    monkeypatch.setattr(background, "REPORTED_SECONDS", 0)
    monkeypatch.setattr(background, "RECOVERED_SECONDS", A_WHILE)
    log, began = Log("test", stream=io.BytesIO()), asyncio.Event()

    async def run_once() -> float:
        if not began.is_set():
            began.set()
            raise ValueError
        return await asyncio.Future()

    async with running([Job("delivery of FR", run_once, every_seconds=0, retry_seconds=0)], log):
        await began.wait()
        await asyncio.sleep(0)
        assert failing_jobs(log) == {"delivery": 0}
        async with asyncio.timeout(5):
            while failing_jobs(log):  # noqa: ASYNC110 - nothing signals it
                await asyncio.sleep(0.01)


async def test_the_jobs_of_all_bureaus_are_listed_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not failing does not hide another; what a run has logged is not logged again."""
    monkeypatch.setattr(background, "REPORTED_SECONDS", 0)
    written = io.BytesIO()
    log, failed = Log("test", stream=written), Turns(log_and_fail, 2)
    works = Turns(lambda: 0.0, 2)
    jobs = [
        Job("witness of FR", failed.turn, every_seconds=0, retry_seconds=0),
        Job("witness of DE", works.turn, every_seconds=0),
    ]
    async with running(jobs, log):
        await failed.enough.wait()
        await works.enough.wait()
        assert list(failing_jobs(log)) == ["witness"]
    assert written.getvalue() == b""


async def test_a_job_that_is_cancelled_is_not_listed_as_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "REPORTED_SECONDS", 0)
    log, other = Log("test", stream=io.BytesIO()), Log("other", stream=io.BytesIO())
    turns = Turns(fail, 2)
    async with running([Job("turns", turns.turn, every_seconds=0, retry_seconds=0)], log):
        await turns.enough.wait()
        assert (list(failing_jobs(log)), failing_jobs(other)) == (["turns"], {})
    assert failing_jobs(log) == {}


async def test_a_task_that_loses_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does in which a task group fails at that moment: the failure has priority."""
    monkeypatch.setattr(background, "CANCEL_AGAIN_SECONDS", 0.01)
    ends, failed = asyncio.Event(), list[str]()

    async def fail_at_the_end() -> None:
        try:
            await asyncio.Future()
        finally:
            raise ValueError

    async def work() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail_at_the_end())
                ends.set()
        except* ValueError:
            failed.append("lost")
        await asyncio.Future()

    task = asyncio.create_task(work())
    await ends.wait()
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end_all([task])
    assert (failed, task.cancelled()) == (["lost"], True)
