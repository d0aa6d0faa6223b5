"""nats-py with subscriptions that have no queue, and a connection that no error ends.

nats-py has no public name for most of this. Knows nothing of the project: what to connect with, and what follows from a
lost connection, its subclass decides.
"""

import asyncio
import base64
import re
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final, TypeVar
from urllib.parse import ParseResult

import nkeys
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.micro.service import Service
from nats.protocol import parser

CONNECT_SECONDS: Final = 5
FLUSH_SECONDS: Final = 10
READ_BUFFER_BYTES: Final = 32 * 1024
# A peer that has fallen silent does not end a connection in the way of TLS either.
SHUTDOWN_SECONDS: Final = 1.0
NOT_PERMITTED: Final = "permissions violation"

# nats-py takes a form feed or a vertical tab for the end of a subject, unlike the server, and gives up the connection.
_TOKEN: Final = rb"([^ \t\r\n]+)"
_MESSAGE: Final = rb"MSG[ \t]+" + _TOKEN + rb"[ \t]+" + _TOKEN + rb"[ \t]+(" + _TOKEN + rb"[ \t]+)?"
parser.MSG_RE = re.compile(rb"\A" + _MESSAGE + rb"(\d+)\r\n")
parser.HMSG_RE = re.compile(rb"\AH" + _MESSAGE + rb"(\d+)[ \t]+(\d+)\r\n")

Opened = TypeVar("Opened", bound="DirectSubscription")


class DirectSubscription(Subscription):
    """A subscription whose messages are each handled at once, without a queue or a task between."""

    def __init__(
        self, client: Client, subject: str, take: Callable[[Msg], None], number: int, *, group: str = "", limit: int = 0
    ) -> None:
        """End after `limit` messages, or never where that is 0."""
        super().__init__(client, number, subject, queue=group, max_msgs=limit, pending_bytes_limit=0)
        # nats-py calls nothing of the queue but this.
        self._pending_queue = SimpleNamespace(put_nowait=take)  # type: ignore[assignment]

    @property
    def is_half_used(self) -> bool:
        """Whether no more than half of its messages may still come."""
        return 2 * self._received >= self._max_msgs

    @property
    def is_used(self) -> bool:
        """Whether no message may come any more."""
        return self._received >= self._max_msgs


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
