"""HTTP requests to hosts outside the network, whose answers are bounded in bytes and in time.

An HTTP client reads informational answers (1xx) until a final status comes, however many there are, and lets nothing
else run while it parses what one read gave it. So does TLS with records that hold no answer, such as changes of its
keys. So bytes are counted where they come in, below TLS and above it, and read few at a time.

Follows no redirect, uses no proxy of the environment, keeps no connection. Does NOT check addresses: see
`gateway.messages.webhooks.targets`.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal

import anyio
import httpcore
import httpx
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

# The status line, the headers, and all informational answers before them.
MAX_HEAD_BYTES: Final = 16 * 1024
# What TLS needs in addition: certificates, tickets, and the overhead of each record.
MAX_TLS_BYTES: Final = 64 * 1024
# Of the shortest informational answers, parsing this takes 0.6 ms; then other tasks run.
READ_BYTES: Final = 512

# Errors of TLS and timeouts of connecting are `OSError`.
_NOT_CONNECTED: Final = (OSError, anyio.EndOfStream, anyio.BrokenResourceError)
# A record that cannot be decrypted is an error of TLS.
_NO_ANSWER: Final = (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError)

FailureReason = Literal["unreachable", "tls", "timeout", "too-long", "no-answer"]


class RequestFailed(Exception):
    """There is no answer. The message is the reason: one of `FailureReason`."""

    def __init__(self, reason: FailureReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A request to an absolute URL, whose host may be an address."""

    method: str
    url: httpcore.URL
    headers: Mapping[str, str]
    content: bytes = b""
    server_name: str | None = None
    """The name that the certificate must state, if the host of the URL is an address."""


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """The final status, and the body if it was read."""

    status: int
    body: bytes


class OutboundClient:
    """Sends requests. Hosts of `https` need a certificate of an authority that this machine trusts."""

    def __init__(self) -> None:
        self._trust: ssl.SSLContext | None = None

    async def ask(
        self, request: OutboundRequest, *, seconds: float, connect_seconds: float, body_bytes: int = 0
    ) -> OutboundResponse:
        """Send a request and return the final answer to it, whatever its status. Raises RequestFailed.

        `seconds` are for all, `connect_seconds` for connecting; with 0 `body_bytes` the body is not read.
        """
        try:
            async with asyncio.timeout(seconds):
                trust = await self._trusted() if request.url.scheme == b"https" else None
                return await _ask(request, trust, connect_seconds, body_bytes)
        except _TooLong as error:
            raise RequestFailed("too-long") from error
        except TimeoutError as error:
            raise RequestFailed("timeout") from error
        except _NO_ANSWER as error:
            raise RequestFailed("no-answer") from error

    async def _trusted(self) -> ssl.SSLContext:
        if self._trust is None:
            self._trust = await asyncio.to_thread(httpx.create_ssl_context)
            self._trust.set_alpn_protocols(["http/1.1"])
        return self._trust


async def _ask(
    request: OutboundRequest, trust: ssl.SSLContext | None, connect_seconds: float, body_bytes: int
) -> OutboundResponse:
    headers = [*request.headers.items(), ("accept-encoding", "identity")]
    async with (
        _connected(request, trust, connect_seconds) as bounded,
        httpcore.AsyncHTTP11Connection(request.url.origin, _HttpStream(bounded[-1])) as connection,
        connection.stream(request.method, request.url, headers=headers, content=request.content or None) as answer,
    ):
        if not body_bytes:
            return OutboundResponse(answer.status, b"")
        for stream in bounded:
            stream.left += body_bytes
        body = await answer.aread()
    if len(body) > body_bytes:
        raise _TooLong
    return OutboundResponse(answer.status, body)


@asynccontextmanager
async def _connected(
    request: OutboundRequest, trust: ssl.SSLContext | None, seconds: float
) -> AsyncIterator[list["_BoundedStream"]]:
    """Connect; yield the streams whose bytes are counted, the last of which carries HTTP. Raises RequestFailed."""
    origin, host = request.url.origin, request.url.origin.host.decode()
    reason: FailureReason = "unreachable"
    async with AsyncExitStack() as opened:
        try:
            with anyio.fail_after(seconds):
                tcp = await opened.enter_async_context(await anyio.connect_tcp(host, origin.port))
                bounded = [_BoundedStream(tcp, MAX_HEAD_BYTES)]
                if trust is not None:
                    reason, bounded[0].left = "tls", MAX_HEAD_BYTES + MAX_TLS_BYTES
                    name = request.server_name or host
                    tls = await TLSStream.wrap(bounded[0], hostname=name, ssl_context=trust, standard_compatible=False)
                    bounded.append(_BoundedStream(tls, MAX_HEAD_BYTES))
        except _NOT_CONNECTED as error:
            raise RequestFailed(reason) from error
        yield bounded


class _TooLong(Exception):
    """More bytes came than are allowed."""


class _BoundedStream(ByteStream):
    """Counts the bytes that come, and reads few at a time."""

    def __init__(self, stream: ByteStream, left: int) -> None:
        self._stream = stream
        self.left = left
        """How many bytes may still come."""

    async def receive(self, max_bytes: int = READ_BYTES) -> bytes:
        """Return a few bytes. Raises _TooLong."""
        # Bytes that are decrypted already are read without any wait.
        await asyncio.sleep(0)
        part = await self._stream.receive(min(max_bytes, READ_BYTES))
        self.left -= len(part)
        if self.left < 0:
            raise _TooLong
        return part

    async def send(self, item: bytes) -> None:
        """Send bytes."""
        await self._stream.send(item)

    async def send_eof(self) -> None:
        """End the sending direction."""
        await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()


class _HttpStream(httpcore.AsyncNetworkStream):
    """A stream as httpcore reads and writes it. Its timeouts are not used: there is one for the whole answer."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002
        try:
            return await self._stream.receive(max_bytes)
        except anyio.EndOfStream:
            return b""
        except anyio.BrokenResourceError as error:
            raise httpcore.ReadError from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002
        try:
            await self._stream.send(buffer)
        except anyio.BrokenResourceError as error:
            # httpcore still reads the answer: a host may refuse before it has read the request.
            raise httpcore.WriteError from error

    async def aclose(self) -> None:
        await self._stream.aclose()
