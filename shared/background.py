"""Background jobs: each runs once, rests, and runs again; a failure is logged and the job goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import Final, TypeVar

from shared.clock import Clock
from shared.logs import Log

# What failed is likely to fail again at once, and each time it is logged with where it did.
FAILED_SECONDS: Final = 1.0

T = TypeVar("T")


class ChangeSignal:
    """In-process change notification. It knows nothing of other processes, so waiters must also poll."""

    def __init__(self, longest_seconds: float = inf) -> None:
        """Nobody waits longer than `longest_seconds`: the clock that they go by may be moved on meanwhile."""
        self.version = 0
        self._longest = longest_seconds
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Wake all who wait."""
        self.version += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait_newer(self, version: int, seconds: float) -> None:
        """Return when there is something newer than a version, or when the time has passed."""
        event = self._next
        if self.version == version:
            # Not by `wait_for`, which forgets that it was cancelled when the event comes at the same moment.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, self._longest)):
                    await event.wait()


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again."""

    name: str
    """In the log, such as `checkpoints`."""

    run_once: Callable[[], Awaitable[float | None]]
    """Does what there is to do.

    Returns how many seconds to rest before the next run, where that is known; `inf` if there is nothing to do any more.
    """

    every_seconds: float
    """How long it usually rests after a run, in real time, before it waits for changes."""

    changes: ChangeSignal | None = None
    """What ends the wait for the next run before its time."""

    poll_seconds: float = 1.0
    """How long it waits for changes: what another process did is seen then."""

    retry_seconds: float | None = None
    """How long it rests at least after a failure; by default `FAILED_SECONDS`."""

    expected: tuple[type[Exception], ...] = ()
    """Failures that need no error in the log: they pass, or were logged where they happened."""


@asynccontextmanager
async def running(jobs: Sequence[Job], log: Log) -> AsyncIterator[None]:
    """Run all jobs until the block ends."""
    tasks = [asyncio.create_task(repeat(job, log)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def repeat(job: Job, log: Log) -> None:
    """Run a job until it has nothing to do any more, or is cancelled."""
    while True:
        seen = job.changes.version if job.changes else 0
        rest = await _run_once(job, log)
        if rest == inf:
            return
        await asyncio.sleep(job.every_seconds if rest is None else rest)
        if rest is None and job.changes is not None:
            await job.changes.wait_newer(seen, job.poll_seconds)


async def _run_once(job: Job, log: Log) -> float | None:
    """Run a job once; return how long it rests if that is known. A failure is logged."""
    try:
        return await job.run_once()
    except job.expected as error:
        log.debug("job-not-done", job=job.name, error=str(error))
    except Exception as error:
        log.failure("job-failed", error, job=job.name)
    return max(job.every_seconds, FAILED_SECONDS if job.retry_seconds is None else job.retry_seconds)


async def wait_until(clock: Clock, at: float) -> None:
    """Wait until a time on the monotonic scale of a clock, which may be moved on meanwhile."""
    while (now := clock.monotonic()) < at:  # noqa: ASYNC110 - who moves it on tells nobody
        await asyncio.sleep(min(at - now, clock.tick_seconds))


async def for_each(act: Callable[[T], Awaitable[object]], items: Iterable[T]) -> None:
    """Do something with each, so that none keeps another from it; raise at the end what went wrong first."""
    faults: list[Exception] = []
    for item in items:
        try:
            await act(item)
        except Exception as error:
            faults.append(error)
    if faults:
        raise faults[0]
