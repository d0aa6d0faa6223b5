"""Group commit: many small writes in one transaction share one wait for the disk."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from shared.background import loop_time
from shared.errors import Busy, OutcomeUnknown, StoreUnavailable
from shared.storage import Database, Session

T = TypeVar("T")
R = TypeVar("R")
Write = Callable[[Session, Sequence[T]], Awaitable[Sequence[R]]]

BATCH_SIZE: Final = 128


class GroupCommit(Generic[T, R]):
    """Carries out writes in the order of their arrival, all that wait in one transaction."""

    def __init__(self, database: Database, write_batch: Write[T, R], *, gathered_seconds: float = 0.0) -> None:
        """`write_batch` carries out some writes and returns their results, in order.

        A transaction begins `gathered_seconds` after the one before at the earliest, to gather writes in quick
        succession; a write after an idle time does not wait.
        """
        self._database = database
        self._write_batch = write_batch
        self._gathered_seconds = gathered_seconds
        self._next_at = 0.0
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._leading: asyncio.Task[None] | None = None

    async def write(self, work: T) -> R:
        """Return the result of a write once it is committed. Raises what it raises: it is rolled back then."""
        outcome: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, outcome))
        if self._leading is None or self._leading.done():
            self._leading = asyncio.create_task(self._lead())
        return await outcome

    async def close(self) -> None:
        """Wait for pending writes."""
        if self._leading is not None:
            await asyncio.wait([self._leading])

    async def _lead(self) -> None:
        while self._waiting:
            await self._gather()
            batch, self._waiting = self._waiting[:BATCH_SIZE], self._waiting[BATCH_SIZE:]
            if len(batch) > 1 and await self._commit(batch):
                continue
            # One of them failed, which rolled all back: now one by one.
            for each in batch:
                await self._commit([each])

    async def _gather(self) -> None:
        now = loop_time()
        if now < self._next_at:
            await asyncio.sleep(self._next_at - now)
            now = self._next_at
        self._next_at = now + self._gathered_seconds

    async def _commit(self, works: list[tuple[T, asyncio.Future[R]]]) -> bool:
        try:
            async with self._database.writing(exclusive=True) as session:
                results = await self._write_batch(session, [work for work, _ in works])
        except (Busy, StoreUnavailable, OutcomeUnknown) as error:
            # Not the fault of a single write. To retry each would take as long, or carry out twice what may be done.
            for _, outcome in works:
                _set_outcome(outcome, error=error)
            return True
        except Exception as error:
            if len(works) == 1:
                _set_outcome(works[0][1], error=error)
            return False
        for (_, outcome), result in zip(works, results, strict=True):
            _set_outcome(outcome, result)
        return True


def _set_outcome(outcome: asyncio.Future[Any], result: Any = None, *, error: Exception | None = None) -> None:
    if outcome.done():
        # The caller was cancelled.
        return
    if error is None:
        outcome.set_result(result)
    else:
        outcome.set_exception(error)
