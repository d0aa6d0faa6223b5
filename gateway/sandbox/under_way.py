"""The requests that a gateway of a sandbox works on: when the mesh is replaced, they end soon, or are given up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from starlette.responses import Response

from gateway.messages import SERVICE as MESSAGES
from shared.errors import Busy
from shared.web.problems import problem_response
from shared.web.routing import path_of

Inner = Callable[[Any, Any, Any], Awaitable[None]]

# For those that are nearly done. The restore waits for them.
FINISH_SECONDS: Final = 0.5
# For a client that does not read its answer.
MOST_SECONDS: Final = 2 * FINISH_SECONDS
EVENTS: Final = "text/event-stream"
EVENTS_PATH: Final = f"{path_of(MESSAGES.name)}/stream"
GIVEN_UP: Final = "the sandbox is being restored or reset, and nothing of this request is kept: send it again"


class UnderWay:
    """The requests of clients in one process of a gateway."""

    def __init__(self) -> None:
        self._tasks = set[asyncio.Task[Any]]()
        self._is_given_up = False
        self._none_left = asyncio.Event()
        self._none_left.set()

    async def answer(self, inner: Inner, scope: Any, receive: Any, send: Any) -> None:
        """Let a request be answered, or refuse it as busy if it is given up before its answer begins.

        A stream of events is not refused, as a browser would never ask for it again: it ends, and the client connects
        anew, which waits as every request does.
        """
        has_begun = False

        async def send_on(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            if _is_stream(message):
                # It has no end that could be waited for.
                self._forget(task)
            await send(message)

        with self._counted() as task:
            try:
                if not self._is_given_up:
                    await inner(scope, receive, send_on)
            except asyncio.CancelledError:
                if not self._is_given_up:
                    raise
                task.uncancel()
            if self._is_given_up and not has_begun:
                await _given_up(scope["path"])(scope, receive, send)

    @contextmanager
    def _counted(self) -> Iterator[asyncio.Task[Any]]:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a request is answered in one
        self._tasks.add(task)
        self._none_left.clear()
        try:
            yield task
        finally:
            self._forget(task)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not self._tasks:
            self._none_left.set()

    def end_soon(self) -> None:
        """Give up in a moment what is not answered by then."""
        asyncio.get_running_loop().call_later(FINISH_SECONDS, self._give_up)

    async def ended(self) -> None:
        """Return once none is left, though not much later than all are given up."""
        try:
            await asyncio.wait_for(self._none_left.wait(), MOST_SECONDS)
        except TimeoutError:
            return

    def _give_up(self) -> None:
        self._is_given_up = True
        for task in tuple(self._tasks):
            task.cancel()


def _given_up(path: str) -> Response:
    if path == EVENTS_PATH:
        return Response(f": {GIVEN_UP}\n\n", media_type=EVENTS)
    return problem_response(Busy(GIVEN_UP))


def _is_stream(message: Any) -> bool:
    """Return whether a response of server-sent events begins."""
    headers = message.get("headers", ())
    return any(name == b"content-type" and value.startswith(EVENTS.encode()) for name, value in headers)
