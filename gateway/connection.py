"""One HTTP connection, in bounds: the server below takes a head of any size, and waits for it as long as it takes."""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 32 * 1024
# More than the largest body, that of a message with attachments, with all that may be wrapped around it.
MAX_MESSAGE: Final = 72 * 1024 * 1024
HEAD_SECONDS: Final = 10.0


class BoundedConnection(HttpToolsProtocol):
    """Closes when the head of a request is too large or too slow, or when a message does not end.

    Time is looked at once in `HEAD_SECONDS`, not for each request: a head may take up to twice as long. A piece that
    begins a message is not counted, as no more is read at once than is harmless.
    """

    _message = 0
    _received = 0
    _head_since: float | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._head_since = self.loop.time()
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece."""
        message = self._message
        super().data_received(data)
        if message != self._message:
            return
        self._received += len(data)
        if self._received > (MAX_MESSAGE if self._head_since is None else MAX_HEAD):
            self._refuse()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head."""
        self._message += 1
        self._received = 0
        self._head_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the wait for it."""
        self._head_since = None
        super().on_headers_complete()

    def _look_later(self) -> None:
        self._watch = self.loop.call_later(HEAD_SECONDS, self._look)

    def _look(self) -> None:
        if self._head_since is not None and self.loop.time() - self._head_since >= HEAD_SECONDS:
            self.transport.close()
        else:
            self._look_later()

    def _refuse(self) -> None:
        if self.transport.is_closing():
            return
        if self._head_since is None:
            self.transport.abort()
        else:
            self.send_400_response("The head of the request is too large.")
