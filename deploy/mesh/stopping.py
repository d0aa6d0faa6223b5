"""Runs a coroutine until the process is asked to stop. It imports little, for the supervisor."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Final

PARENT_POLL_SECONDS: Final = 1.0


async def until_stopped(work: Callable[[], Awaitable[None]]) -> None:
    """Run until SIGINT or SIGTERM, or until the parent process has ended."""
    task = asyncio.ensure_future(work())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    watch = asyncio.create_task(_cancel_with_parent(task))
    try:
        await task
    except asyncio.CancelledError:
        # The normal end.
        return
    finally:
        watch.cancel()


async def _cancel_with_parent(task: asyncio.Future[None]) -> None:
    # No event reports the end of a parent process.
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(PARENT_POLL_SECONDS)
    task.cancel()
