"""Many small writes in one transaction, so that they share one wait for the disk."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from shared.errors import Busy, OutcomeUnknown, StoreUnavailable
from shared.storage import Database, Session

T = TypeVar("T")
R = TypeVar("R")
CarryOut = Callable[[Session, Sequence[T]], Awaitable[Sequence[R]]]

BATCH_SIZE: Final = 128


class GroupCommit(Generic[T, R]):
    """Carries out writes in the order in which they come, as many together as wait."""

    def __init__(self, database: Database, carry_out: CarryOut[T, R], *, gathered_seconds: float = 0.0) -> None:
        """`carry_out` does some writes together and returns what came of each.

        After one transaction the next waits until `gathered_seconds` have passed since that began, so that what comes
        in quick succession goes together; what comes after a rest does not wait.
        """
        self._database = database
        self._carry_out = carry_out
        self._gathered_seconds = gathered_seconds
        self._next_at = 0.0
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._leading: asyncio.Task[None] | None = None

    async def write(self, work: T) -> R:
        """Return what comes of a write, once it is committed. Raises what it raises: then it left nothing behind."""
        outcome: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, outcome))
        if self._leading is None or self._leading.done():
            self._leading = asyncio.create_task(self._lead())
        return await outcome

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._leading is not None:
            await asyncio.wait([self._leading])

    async def _lead(self) -> None:
        while self._waiting:
            await self._gather()
            together, self._waiting = self._waiting[:BATCH_SIZE], self._waiting[BATCH_SIZE:]
            if len(together) > 1 and await self._commit(together, alone=False):
                continue
            # One of them failed and took the others with it: each for itself.
            for each in together:
                await self._commit([each], alone=True)

    async def _gather(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_at:
            await asyncio.sleep(self._next_at - now)
            now = self._next_at
        self._next_at = now + self._gathered_seconds

    async def _commit(self, works: list[tuple[T, asyncio.Future[R]]], *, alone: bool) -> bool:
        try:
            async with self._database.writing(exclusive=True) as session:
                results = await self._carry_out(session, [work for work, _ in works])
        except (Busy, StoreUnavailable, OutcomeUnknown) as error:
            # No write is to blame. To try each would take as long for each, or do twice what may be done.
            for _, outcome in works:
                _settle(outcome, error=error)
            return True
        except Exception as error:
            if alone:
                _settle(works[0][1], error=error)
            return False
        for (_, outcome), result in zip(works, results, strict=True):
            _settle(outcome, result)
        return True


def _settle(outcome: asyncio.Future[Any], result: Any = None, *, error: Exception | None = None) -> None:
    if outcome.done():
        # Whoever waited has gone.
        return
    if error is None:
        outcome.set_result(result)
    else:
        outcome.set_exception(error)
