"""nats-py with subscriptions that have no queue, and a connection that no error ends.

nats-py has no public name for most of this. Knows nothing of the project: what to connect with, and what follows from a
lost connection, its subclass decides. What each message costs is in `nats_messages`.
"""

import asyncio
import base64
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import ParseResult

import nkeys
from nats import errors
from nats.aio.client import Client
from nats.aio.transport import TcpTransport
from nats.micro.service import Service

from shared.compat.nats_messages import DirectSubscription, MessageParser, command_to_publish, header_lines

CONNECT_SECONDS: Final = 5
FLUSH_SECONDS: Final = 10
READ_BUFFER_BYTES: Final = 32 * 1024
# A peer that has fallen silent does not end a connection in the way of TLS either.
SHUTDOWN_SECONDS: Final = 1.0
NOT_PERMITTED: Final = "permissions violation"

Opened = TypeVar("Opened", bound="DirectSubscription")


class TlsTransport(TcpTransport):
    """A connection that speaks TLS from its first byte: that of nats-py drops what it read before the handshake."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._context = context

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        """Connect, and verify the certificate of the server. Raises OSError, TimeoutError."""
        self._io_reader, self._io_writer = await asyncio.wait_for(
            asyncio.open_connection(
                uri.hostname, uri.port, limit=buffer_size, ssl=self._context, ssl_shutdown_timeout=SHUTDOWN_SECONDS
            ),
            connect_timeout,
        )
        self._bare_io_reader, self._bare_io_writer = self._io_reader, self._io_writer

    async def connect_tls(self, *_already: object) -> None:
        """Do nothing: it is done."""


class LastingClient(Client, ABC):
    """A client that stays usable after each error of the server or the connection, until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: Callable[[], None] = lambda: None
        """Called whenever the connection is lost."""

        self.ended = False
        """Whether it was closed, and not only between two attempts to connect."""

        self._ps = MessageParser(self)
        # The flusher of nats-py wants one for each flush, and nobody waits for these.
        self._flushed: asyncio.Future[None] | None = None

    @abstractmethod
    def key_pair(self) -> nkeys.KeyPair:
        """Return the NKEY to connect with. Raises errors.Error; any other error would end the attempts."""

    def transport(self) -> TlsTransport | None:
        """Return what to connect over; None for TCP without TLS."""
        return None

    def on_unreadable(self, error: Exception) -> None:
        """Count a message whose subject or headers cannot be decoded: it is dropped, or has no headers."""

    def on_closed(self) -> None:
        """Record that the client is closed, or failed to connect for the first time."""

    async def open_subscription(self, make: Callable[[int], Opened], limit: int = 0) -> Opened:
        """Subscribe with what `make` returns for the next number, for `limit` messages if given. Raises errors.Error.

        nats-py would stop with the first message it handles once the last has arrived, and lose those between.
        """
        if self.is_closed or self.is_draining:
            raise errors.ConnectionClosedError
        self._sid += 1
        number = self._sid
        self._subs[number] = subscription = make(number)
        await self._send_subscribe(subscription)
        if limit:
            await self._send_unsubscribe(number, limit=limit)
        return subscription

    async def drain_subscriptions(self, subscriptions: Sequence[DirectSubscription]) -> None:
        """Unsubscribe from all of these, and return when what was on its way has come. Raises errors.Error."""
        for subscription in subscriptions:
            if subscription._id in self._subs:  # noqa: SLF001 - it has no public name
                await self._send_unsubscribe(subscription._id)  # noqa: SLF001 - as above
        await self.flush()
        for subscription in subscriptions:
            self._subs.pop(subscription._id, None)  # noqa: SLF001 - as above

    async def end_subscription(self, subscription: DirectSubscription) -> None:
        """Unsubscribe from what `open_subscription` subscribed to; what is on its way is dropped."""
        number = subscription._id  # noqa: SLF001 - it has no public name
        if self._subs.pop(number, None) is not None and self.is_connected:
            await self._send_unsubscribe(number)

    def receive_directly(self, number: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> bool:
        """Hand a message to a `DirectSubscription` now; return False where nats-py must handle it."""
        subscription, lines = self._subs.get(number), header_lines(headers)
        if lines is None or not isinstance(subscription, DirectSubscription):
            return False
        self.stats["in_msgs"] += 1
        self.stats["in_bytes"] += len(data)
        if subscription.count():
            del self._subs[number]
        subscription.take(self._build_message(number, subject, reply, data, self._parse_header_lines(lines)))
        return True

    def publish_directly(self, subject: str, body: bytes, reply: str, headers: Mapping[str, str]) -> bool:
        """Send a message with the others of this turn of the loop; return False where nats-py must wait or refuse."""
        is_free = self._pending_data_size + len(body) <= self._max_pending_size
        if (
            self._status != Client.CONNECTED
            or self._flush_queue is None
            or len(body) > self._max_payload
            or not is_free
        ):
            return False
        command = command_to_publish(subject, reply, body, headers)
        if command is None:
            return False
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += len(body)
        self._pending.append(command)
        self._pending_data_size += len(command)
        if self._flush_queue.empty():
            self._flush_queue.put_nowait(self._done())
        return True

    def _done(self) -> "asyncio.Future[None]":
        if self._flushed is None:
            self._flushed = asyncio.get_running_loop().create_future()
            self._flushed.set_result(None)
        return self._flushed

    async def flush(self, timeout: int = FLUSH_SECONDS) -> None:  # noqa: ASYNC109 - that of nats-py
        """Return when the server has read all that was sent before. Raises errors.Error.

        nats-py sends its ping before what it has not written yet.
        """
        await self._flush_pending(force_flush=True)
        await super().flush(timeout)

    async def _process_pong(self) -> None:
        # nats-py ends the connection over the late answer to a flush that was given up.
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def reconnect(self, reason: str) -> None:
        """Give up the present connection and make another."""
        await self._process_op_err(errors.Error(reason))

    def _build_message(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: Any) -> Any:
        try:
            return super()._build_message(sid, subject, reply, data, headers)
        except UnicodeDecodeError as error:
            self.on_unreadable(error)
            # No handler takes a message without a subject, but it counts towards the limit of its subscription.
            return super()._build_message(sid, b"", b"", b"", None)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        try:
            return await super()._process_headers(headers)
        except Exception as error:
            self.on_unreadable(error)
            return None

    async def _process_err(self, err_msg: str) -> None:
        if NOT_PERMITTED in err_msg.lower():
            await super()._process_err(err_msg)
        else:
            # nats-py would close and never connect again, after a slow consumer as after a key that is revoked: the
            # server ends this connection, and accepts the next when the key is one it knows.
            await self.reconnect(f"nats: {err_msg}")

    async def _process_op_err(self, e: Exception) -> None:
        self.lost()
        if not self.is_reconnecting:
            self._give_up_sending()
        await super()._process_op_err(e)

    def _give_up_sending(self) -> None:
        # nats-py waits until all is sent, before it connects anew and for each large message. It never is if the other
        # side has fallen silent.
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()
        while self._flush_queue is not None and not self._flush_queue.empty():
            sent = self._flush_queue.get_nowait()
            if not sent.done():
                sent.set_result(None)

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        self.ended = status == Client.CLOSED
        await super()._close(status, do_cbs)
        self.lost()
        self.on_closed()

    async def _connect_to_server(self, s: Any) -> None:
        # What an attempt that failed has left behind.
        if self._transport is not None:
            self._transport.close()  # type: ignore[no-untyped-call]  # nats-py does not say what it returns
        transport = self.transport()
        if transport is None:
            await super()._connect_to_server(s)
            return
        self._transport = transport
        s.last_attempt = time.monotonic()
        await transport.connect(s.uri, READ_BUFFER_BYTES, CONNECT_SECONDS)

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        # Servers that no setting names are never connected to, whatever this one announces.
        named = {name: value for name, value in info.items() if name != "connect_urls"}
        await super()._process_info(named, initial_connection)

    def _connect_command(self) -> bytes:
        pair = self.key_pair()
        self._public_nkey = pair.public_key.decode()
        self._signature_cb = lambda nonce: base64.b64encode(pair.sign(nonce.encode()))
        return super()._connect_command()


def count_request(service: Service) -> None:
    """Count a request that came past the endpoints of a service of NATS service discovery."""
    for endpoint in service._endpoints:  # noqa: SLF001 - it has no public name
        endpoint._num_requests += 1  # noqa: SLF001 - as above
