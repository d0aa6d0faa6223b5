"""Ends work for a client that has left: nobody would read what it comes to."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

from shared.errors import Malformed

T = TypeVar("T")


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of work, which is cancelled when the client leaves. Raises Malformed then.

    The body of the request must have been read.
    """
    at_work, leaving = asyncio.create_task(work), asyncio.create_task(_left(request))
    try:
        await asyncio.wait((at_work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not at_work.done():
            raise Malformed("the client left before the answer")
        return at_work.result()
    finally:
        at_work.cancel()
        leaving.cancel()
        await asyncio.gather(at_work, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
