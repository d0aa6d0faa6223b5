"""Background jobs that run repeatedly; a failure is logged, and the job goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from shared.clock import Clock
from shared.logs import Log

# A retry at once would likely fail and be logged again.
FAILED_SECONDS: Final = 1.0
# Of the errors of one run; the number of all is logged with each.
MAX_LOGGED: Final = 3
# No cleanup takes longer.
CANCEL_AGAIN_SECONDS: Final = 5.0
# A job is reported once its failures in sequence span so long: a shorter failure may be transient.
REPORTED_SECONDS: Final = 30.0
# It has recovered if it has not failed for so long, or for two intervals: a run may last for hours.
RECOVERED_SECONDS: Final = 60.0

T = TypeVar("T")


class ChangeSignal:
    """In-process change notification. Other processes do not notify, so waiters must also poll."""

    def __init__(self, longest_seconds: float = inf) -> None:
        """No wait is longer than `longest_seconds`, as a test clock may be advanced meanwhile."""
        self.version = 0
        self._longest = longest_seconds
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Wake all who wait."""
        self.version += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait_newer(self, version: int, seconds: float) -> None:
        """Wait for a version newer than this, or for a number of seconds."""
        event = self._next
        if self.version == version:
            # Not `wait_for`, which may lose a cancellation (Python 3.11).
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, self._longest)):
                    await event.wait()


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do repeatedly."""

    name: str
    """For the log, such as `checkpoints`, or `delivery of FR`: its kind comes before ` of `."""

    run_once: Callable[[], Awaitable[float | None]]
    """Returns the seconds until the next run, `inf` to end the job, or None for the usual interval."""

    every_seconds: float
    """The usual interval in real time, before it waits for changes."""

    changes: ChangeSignal | None = None
    """Ends the wait for the next run early."""

    poll_seconds: float = 1.0
    """The longest wait for changes, as other processes do not notify."""

    retry_seconds: float | None = None
    """The least interval after a failure; by default `FAILED_SECONDS`."""

    expected: tuple[type[Exception], ...] = ()
    """Exceptions that are not logged as errors: they are transient, or logged elsewhere."""


class AlreadyLogged(Exception):
    """Raised by a run that failed, and has logged why."""


@dataclass(frozen=True, slots=True)
class _Failures:
    """Failures of a job in sequence, in loop time."""

    first: float
    last: float
    until: float
    """When the job has recovered, if it does not fail before."""


_FAILING: Final[WeakKeyDictionary[Log, dict[str, _Failures]]] = WeakKeyDictionary()
"""For the log of each part of the mesh the jobs that fail, by name."""


class TaskSet:
    """Tasks that run until they are done, and that can be awaited together."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def finish(self) -> None:
        """Wait until no task runs."""
        while self._running:
            await asyncio.wait(self._running)


@asynccontextmanager
async def running(jobs: Sequence[Job], log: Log) -> AsyncIterator[None]:
    """Run all jobs until the block ends."""
    tasks = [asyncio.create_task(repeat(job, log)) for job in jobs]
    try:
        yield
    finally:
        await end_all(tasks)


async def end_all(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until all have ended. Does NOT raise what they raise.

    A task loses a cancellation that comes together with a failure in one of its task groups, which has priority.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def repeat(job: Job, log: Log) -> None:
    """Run a job until it ends or is cancelled."""
    failing = _FAILING.setdefault(log, {})
    try:
        while True:
            seen = job.changes.version if job.changes else 0
            rest = await _run_once(job, log, failing)
            if rest == inf:
                return
            await asyncio.sleep(job.every_seconds if rest is None else rest)
            if rest is None and job.changes is not None:
                await job.changes.wait_newer(seen, job.poll_seconds)
    finally:
        failing.pop(job.name, None)


def failing_jobs(log: Log) -> dict[str, int]:
    """Return the kinds of job with this log that fail, each with the seconds since its first failure in sequence.

    Does NOT say of which bureau. A run that does not end is no failure.
    """
    now, seconds = loop_time(), dict[str, int]()
    for name, failures in _FAILING.get(log, {}).items():
        if failures.last - failures.first >= REPORTED_SECONDS and now < failures.until:
            kind = name.partition(" of ")[0]
            seconds[kind] = max(seconds.get(kind, 0), int(now - failures.first))
    return seconds


async def _run_once(job: Job, log: Log, failing: dict[str, _Failures]) -> float | None:
    try:
        rest = await job.run_once()
    except Exception as error:
        pause = max(job.every_seconds, FAILED_SECONDS if job.retry_seconds is None else job.retry_seconds)
        now, before = loop_time(), failing.get(job.name)
        first = before.first if before and now < before.until else now
        failing[job.name] = _Failures(first, now, now + max(RECOVERED_SECONDS, 2 * pause))
        errors = list(_each_of(error))
        unexpected = [each for each in errors if not isinstance(each, (AlreadyLogged, *job.expected))]
        for each in unexpected[:MAX_LOGGED]:
            log.failure("job-failed", each, job=job.name, failures=len(unexpected))
        if not unexpected:
            log.debug("job-not-done", job=job.name, error=str(errors[0]))
        return pause
    failing.pop(job.name, None)
    return rest


def _each_of(error: Exception) -> Iterator[Exception]:
    if isinstance(error, ExceptionGroup):
        for each in error.exceptions:
            yield from _each_of(each)
    else:
        yield error


async def wait_until(clock: Clock, at: float) -> None:
    """Wait until a time on the monotonic scale of a clock, which may be advanced meanwhile."""
    while (now := clock.monotonic()) < at:  # noqa: ASYNC110 - an advance does not notify
        await asyncio.sleep(min(at - now, clock.tick_seconds))


def loop_time() -> float:
    """Return the monotonic time of the running event loop."""
    return asyncio.get_running_loop().time()


async def for_each(act: Callable[[T], Awaitable[object]], items: Iterable[T]) -> None:
    """Await `act` for every item, also after a failure.

    Raises at the end what one of them raised, or an ExceptionGroup of what several raised.
    """
    faults: list[Exception] = []
    for item in items:
        try:
            await act(item)
        except Exception as error:
            faults.append(error)
    if len(faults) > 1:
        raise ExceptionGroup(f"{len(faults)} items failed", faults)
    if faults:
        raise faults[0]
