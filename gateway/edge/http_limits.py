"""One HTTP connection: bounds the size of a head and of a message, and the time that a client may keep it waiting.

These are the only deadlines for clients, for all routes. The application does not measure time.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from math import inf
from typing import Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.edge.access import refusal_response
from gateway.edge.edge import CUT_OFF_BY
from shared.errors import HeadTooLarge, Malformed, Refusal, TooSlow

MAX_HEAD: Final = 32 * 1024
# More than the largest body, that of a message with attachments, with its form.
MAX_MESSAGE: Final = 72 * 1024 * 1024
# Requests that wait on a connection for the answers to those before them.
MAX_PIPELINED: Final = 32
HEAD_SECONDS: Final = 10.0
# A body may fall this far behind the minimum rate. So MAX_MESSAGE takes at most 30 s + 72 MiB / 16 KiB/s = 77 minutes.
BODY_GRACE_SECONDS: Final = 30.0
MIN_BODY_RATE: Final = 16 * 1024
# A client that reads nothing of an answer for so long is disconnected.
WRITE_SECONDS: Final = 30.0
# A client that still sends can read the refusal before the connection is reset (RFC 9112 section 9.6).
LINGER_SECONDS: Final = 2.0
MAX_DISCARDED: Final = 256 * 1024

Lost = Callable[["BoundedConnection"], None]


class BoundedConnection(HttpToolsProtocol):
    """Closes when a head or a message is too large, or when the client keeps the connection waiting for too long.

    Sets no timer: the listener calls `enforce` about once a second. The piece that begins a message is not counted:
    its size is bounded by what is read at once.
    """

    def __init__(self, config: Config, state: ServerState, lost: Lost) -> None:
        """`lost` is called when the connection has ended."""
        super().__init__(config, state, {})
        self._lost = lost
        self._messages = 0
        self._received = 0
        self._in_head = False
        self._in_body = False
        # When the wait for a head began; in a body, the time up to which `_behind` is computed.
        self._since = inf
        self._behind = 0.0
        self._writing_since: float | None = None
        self._closing_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        self._since = self.loop.time()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end to the listener."""
        self._lost(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive a piece."""
        if self._closing_since is not None:
            self._received += len(data)
            if self._received > MAX_DISCARDED:
                self.transport.abort()
            return
        messages = self._messages
        if self._in_body:
            self._credit(len(data))
        super().data_received(data)
        if messages != self._messages:
            return
        self._received += len(data)
        if self._in_head and self._received > MAX_HEAD:
            self.refuse(HeadTooLarge(f"the head of a request may have at most {MAX_HEAD} bytes: send less in it"))
        elif self._received > MAX_MESSAGE:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head."""
        if len(self.pipeline) >= MAX_PIPELINED:
            # One piece may hold thousands of requests, each of which would wait for the answers to those before it.
            raise ConnectionAbortedError("too many requests before the first is answered")
        self._messages += 1
        self._received = 0
        self._in_head = True
        self._since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to wait for the body."""
        super().on_headers_complete()
        # Not before: an error there is still one of the head.
        self._in_head, self._in_body = False, True
        self._behind, self._since = 0.0, self.loop.time()

    def on_message_complete(self) -> None:
        """Begin to wait for the next head, though not before the answer is sent."""
        self._in_body = False
        self._since = self.loop.time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Let the time for the next head begin now."""
        if not self._in_body:
            self._since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        self._writing_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """End this wait."""
        self._writing_since = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer malformed HTTP with a problem; uvicorn would send plain text."""
        self.refuse(Malformed(msg))

    def seconds_behind(self, now: float) -> float:
        """Return for how long the client has kept the connection waiting; 0 while the client waits for an answer."""
        if self._closing_since is not None:
            return now - self._closing_since
        if self._writing_since is not None:
            return now - self._writing_since
        if self._in_body:
            return self._behind if self._delays_body() else self._behind + now - self._since
        return 0.0 if self._is_answering() else now - self._since

    def shutdown(self) -> None:
        """End with the server, after the answer that is being sent."""
        if self._closing_since is not None:
            self.transport.close()
        else:
            super().shutdown()

    def enforce(self, now: float) -> bool:
        """Close the connection if the client has kept it waiting for too long, and return whether that was so."""
        if self._since == inf:
            return False
        if self._closing_since is None and self.transport.is_closing():
            self._closing_since = now
        elif self._in_body and self._delays_body():
            self._since = now
        if self.seconds_behind(now) < self._allowed_seconds():
            return False
        counts = self._closing_since is None
        self.drop(_too_slow(), lingering=True)
        return counts

    def drop(self, refusal: Refusal, *, lingering: bool) -> None:
        """End the connection, without an answer if nothing of a request came."""
        if self._in_head or self._in_body or not self._may_answer():
            self.refuse(refusal, lingering=lingering)
        else:
            self.transport.close()

    def refuse(self, refusal: Refusal, *, lingering: bool = True) -> None:
        """Answer instead of the application and close; abort where an answer was begun."""
        if not self._may_answer():
            self.transport.abort()
            return
        if self._in_body:
            self.cycle.scope["state"][CUT_OFF_BY] = refusal
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(closing_answer(refusal))
        if lingering:
            self.transport.write_eof()
            self.flow.resume_reading()
            self._closing_since = self.loop.time()
            self._received = 0
        else:
            self.transport.close()

    def _may_answer(self) -> bool:
        if self._closing_since is not None or self._writing_since is not None or self.transport.is_closing():
            return False
        if self._in_body:
            return not (self.cycle.response_started or self.pipeline)
        return not self._is_answering()

    def _credit(self, received: int) -> None:
        now = self.loop.time()
        # Faster pieces do not allow a pause later.
        self._behind = max(0.0, self._behind + now - self._since - received / MIN_BODY_RATE)
        self._since = now

    def _delays_body(self) -> bool:
        """Return whether the server delays the body: the application reads slowly, or not yet."""
        return self.flow.read_paused or self.cycle.waiting_for_100_continue or bool(self.pipeline)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _allowed_seconds(self) -> float:
        if self._closing_since is not None and not self.transport.is_closing():
            return LINGER_SECONDS
        if self._closing_since is not None or self._writing_since is not None:
            return WRITE_SECONDS
        return BODY_GRACE_SECONDS if self._in_body else HEAD_SECONDS


def closing_answer(refusal: Refusal) -> bytes:
    """Return the bytes of an answer after which the connection is closed."""
    # The application may be working on what it received before.
    status, headers, body = refusal_response(refusal, changes=True)
    ending = ((b"content-length", str(len(body)).encode()), (b"connection", b"close"))
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in (*headers, *ending)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _too_slow() -> Refusal:
    return TooSlow(
        f"send a head within {HEAD_SECONDS:.0f} s, and a body at {MIN_BODY_RATE} bytes a second or faster: "
        f"it may fall {BODY_GRACE_SECONDS:.0f} s behind"
    )
