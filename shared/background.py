"""What is done by itself, beside answering: turn after turn, whatever one of them brings."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from shared.changes import Changes
from shared.clock import Clock
from shared.logs import Log

# What failed is likely to fail again at once, and each time it is logged with where it did.
FAILED_SECONDS: Final = 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be done again and again."""

    name: str
    """In the log, such as `checkpoints`."""

    turn: Callable[[], Awaitable[float | None]]
    """Does what there is to do; returns how long to rest before the next turn, where it knows that there is more."""

    every_seconds: float
    """How long it usually rests after a turn, in real time, before it waits for changes."""

    changes: Changes | None = None
    """What ends the wait for the next turn before its time."""

    look_seconds: float = 1.0
    """How long it waits for changes: what another process did is seen then."""


@asynccontextmanager
async def at_work(works: Sequence[Work], log: Log) -> AsyncIterator[None]:
    """Do all works until the block ends."""
    tasks = [asyncio.create_task(repeat(work, log)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def repeat(work: Work, log: Log) -> None:
    """Do a work until cancelled."""
    while True:
        seen, rest = work.changes.version if work.changes else 0, None
        try:
            rest = await work.turn()
        except Exception as error:
            log.failure("work-failed", error, work=work.name)
            rest = max(work.every_seconds, FAILED_SECONDS)
        await asyncio.sleep(work.every_seconds if rest is None else rest)
        if rest is None and work.changes is not None:
            await work.changes.after(seen, work.look_seconds)


async def passed(clock: Clock, until: float) -> None:
    """Wait until a time on the monotonic scale of a clock, which may be moved on meanwhile."""
    while (now := clock.monotonic()) < until:  # noqa: ASYNC110 - who moves it on tells nobody
        await asyncio.sleep(min(until - now, clock.tick_seconds))


async def each_by_itself(act: Callable[[T], Awaitable[object]], items: Iterable[T]) -> None:
    """Do something with each, so that none keeps another from it; raise at the end what went wrong first."""
    faults: list[Exception] = []
    for item in items:
        try:
            await act(item)
        except Exception as error:
            faults.append(error)
    if faults:
        raise faults[0]
