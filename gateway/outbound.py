"""HTTP requests to hosts outside the network, whose answers are bounded in bytes and in time.

An HTTP client reads informational answers (1xx) until a final status comes, however many there are, and lets nothing
else run while it parses what one read gave it. So does TLS with records that hold no answer, such as changes of its
keys. So bytes are counted where they come in, below TLS and above it, and read few at a time.

Follows no redirect, uses no proxy of the environment, keeps no connection. Does NOT judge addresses: see
`gateway.messages.webhooks.targets`.
"""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import anyio
import httpcore
import httpx
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

# The status line, the headers, and all informational answers before them.
MAX_HEAD_BYTES: Final = 16 * 1024
# What TLS needs in addition: certificates, tickets, and what each record adds.
MAX_TLS_BYTES: Final = 64 * 1024
# Of the shortest informational answers, parsing this takes 0.6 ms; then others have their turn.
READ_BYTES: Final = 512

# A record that cannot be decrypted is an error of TLS; that of the handshake is one of connecting.
_NO_ANSWER: Final = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, ssl.SSLError)

_HANDSHAKE_FAULTS: Final = (httpcore.NetworkError, anyio.EndOfStream, anyio.BrokenResourceError, ssl.SSLError)

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
    """Whose certificate is asked for, if the host of the URL is an address."""


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """The final status, and the body as far as it was asked for."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may take: seconds in all and to connect, bytes of the body; 0 leaves the body unread."""

    seconds: float
    connect_seconds: float
    body_bytes: int = 0


class OutboundClient:
    """Asks hosts that prove who they are to the authorities which this machine trusts."""

    def __init__(self) -> None:
        self._trust: ssl.SSLContext | None = None

    async def ask(self, request: OutboundRequest, limits: Limits) -> OutboundResponse:
        """Send a request and return the final answer to it, whatever its status. Raises RequestFailed."""
        try:
            async with asyncio.timeout(limits.seconds):
                return await _ask(request, await self._trusted(), limits)
        except _TooLong as error:
            raise RequestFailed("too-long") from error
        except TimeoutError as error:
            raise RequestFailed("timeout") from error
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise RequestFailed("tls" if _is_about_tls(error) else "unreachable") from error
        except _NO_ANSWER as error:
            raise RequestFailed("no-answer") from error

    async def _trusted(self) -> ssl.SSLContext:
        if self._trust is None:
            self._trust = await asyncio.to_thread(httpx.create_ssl_context)
        return self._trust


async def _ask(request: OutboundRequest, trust: ssl.SSLContext, limits: Limits) -> OutboundResponse:
    backend = _BoundedBackend()
    async with (
        httpcore.AsyncConnectionPool(trust, network_backend=backend) as connections,
        connections.stream(
            request.method,
            request.url,
            headers=[*request.headers.items(), ("accept-encoding", "identity")],
            content=request.content or None,
            extensions={"timeout": {"connect": limits.connect_seconds}, "sni_hostname": request.server_name},
        ) as answer,
    ):
        if not limits.body_bytes:
            return OutboundResponse(answer.status, b"")
        backend.allow(limits.body_bytes)
        body = await answer.aread()
    if len(body) > limits.body_bytes:
        raise _TooLong
    return OutboundResponse(answer.status, body)


class _TooLong(Exception):
    """More bytes came than are allowed."""


@dataclass
class _Allowance:
    """How many bytes may still come."""

    left: int

    def take(self, count: int) -> None:
        """Count bytes that came. Raises _TooLong."""
        self.left -= count
        if self.left < 0:
            raise _TooLong


class _BoundedBackend(httpcore.AsyncNetworkBackend):
    """Connects as httpcore does, and bounds what it reads."""

    def __init__(self) -> None:
        self._answer = _Allowance(MAX_HEAD_BYTES)
        self._wire = _Allowance(MAX_HEAD_BYTES + MAX_TLS_BYTES)
        self._backend = httpcore.AnyIOBackend()

    def allow(self, count: int) -> None:
        """Let so many bytes more come."""
        self._answer.left += count
        self._wire.left += count

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return _BoundedStream(_BoundedStream(stream, self._wire), self._answer)


class _BoundedStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream, allowance: _Allowance) -> None:
        self._stream = stream
        self._allowance = allowance

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        # What is decrypted already is read without any wait.
        await asyncio.sleep(0)
        part = await self._stream.read(min(max_bytes, READ_BYTES), timeout)
        self._allowance.take(len(part))
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Speak TLS over what is bounded already, and bound what is decrypted as well."""
        try:
            with anyio.fail_after(timeout):
                secured = await TLSStream.wrap(
                    _Wire(self._stream), hostname=server_hostname, ssl_context=ssl_context, standard_compatible=False
                )
        except BaseException as error:
            await self.aclose()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout from error
            if isinstance(error, _HANDSHAKE_FAULTS):
                raise httpcore.ConnectError(str(error)) from error
            raise
        return _BoundedStream(_SecuredStream(secured), self._allowance)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _SecuredStream(httpcore.AsyncNetworkStream):
    """What goes through TLS, as httpcore reads and writes it. Nothing else goes through that."""

    def __init__(self, stream: TLSStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002
        try:
            return await self._stream.receive(max_bytes)
        except anyio.EndOfStream:
            return b""
        except anyio.BrokenResourceError as error:
            raise httpcore.ReadError from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002
        await self._stream.send(buffer)

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Wire(ByteStream):
    """What TLS reads from and writes to."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def receive(self, max_bytes: int = READ_BYTES) -> bytes:
        if part := await self._stream.read(max_bytes):
            return part
        raise anyio.EndOfStream

    async def send(self, item: bytes) -> None:
        await self._stream.write(item)

    async def send_eof(self) -> None:
        """Refuse: TLS closes both directions together, as in anyio's own `TLSStream`, so nothing calls this."""
        raise NotImplementedError

    async def aclose(self) -> None:
        await self._stream.aclose()


def _is_about_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
