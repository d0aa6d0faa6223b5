"""Many small writes in one transaction, so that they share one wait for the disk."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from shared.storage import Database, Session

T = TypeVar("T")
Work = Callable[[Session], Awaitable[T]]

MOST_TOGETHER: Final = 128


class GroupCommit:
    """Carries out writes in the order in which they come, as many together as wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._leading: asyncio.Task[None] | None = None

    async def write(self, work: Work[T]) -> T:
        """Return what a work returns, once it is committed. Raises what it raises: then it left nothing behind."""
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
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
            together, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            if len(together) > 1 and await self._commit(together, alone=False):
                continue
            # One of them failed and took the others with it: each for itself.
            for each in together:
                await self._commit([each], alone=True)

    async def _commit(self, works: list[tuple[Work[Any], asyncio.Future[Any]]], *, alone: bool) -> bool:
        try:
            async with self._database.writing(alone=True) as session:
                results = [await work(session) for work, _ in works]
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
