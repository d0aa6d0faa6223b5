"""Runs a process until it is asked to stop. It imports next to nothing: a supervisor needs no service."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Final

PARENT_LOOKED_AFTER_SECONDS: Final = 1.0


async def until_stopped(work: Callable[[], Awaitable[None]]) -> None:
    """Do a work until SIGINT or SIGTERM comes, or the process that started this one is gone."""
    task = asyncio.ensure_future(work())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    watch = asyncio.create_task(_cancel_with_parent(task))
    try:
        await task
    except asyncio.CancelledError:
        # Asked to stop: this is how it ends well.
        return
    finally:
        watch.cancel()


async def _cancel_with_parent(task: asyncio.Future[None]) -> None:
    # There is no event for the end of a parent: it is seen by looking.
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(PARENT_LOOKED_AFTER_SECONDS)
    task.cancel()
