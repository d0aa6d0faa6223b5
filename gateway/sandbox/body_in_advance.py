"""Reads a body before the application does, which receives it as if it just came."""

from collections import deque
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

Receive = Callable[[], Awaitable[Any]]


class BodyInAdvance:
    """What was read of a body; the rest is read when the application asks for it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = deque[Any]()
        self.digest: str | None = None
        """SHA-256 of the body; None if it is larger, or did not arrive."""

    @classmethod
    async def read(cls, receive: Receive, max_bytes: int) -> "BodyInAdvance":
        """Read a body until it ends, or has more bytes."""
        body, found, size, goes_on = cls(receive), sha256(), 0, True
        while goes_on and size <= max_bytes:
            message = await receive()
            body._read.append(message)
            if message["type"] != "http.request":
                return body
            found.update(message.get("body", b""))
            size, goes_on = size + len(message.get("body", b"")), message.get("more_body", False)
        body.digest = None if goes_on else found.hexdigest()
        return body

    async def receive(self) -> Any:
        """Return the next ASGI message. Raises what the server raises."""
        return self._read.popleft() if self._read else await self._receive()
