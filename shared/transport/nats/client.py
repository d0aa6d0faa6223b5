"""The connection to a NATS server: made, lost, and made again, for as long as its owner wants it."""

import asyncio
import base64
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import nkeys
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.protocol import parser

from shared.logs import Log
from shared.protocol.envelope import SIGNATURE_HEADER
from shared.protocol.parcel import Parcel
from shared.transport import (
    DEFAULT_QUOTAS,
    KEY_HEADER,
    BrokerAbsent,
    BrokerQuotas,
    DeadlinePassed,
    Disconnected,
    HeedCancellation,
    NoResponder,
    NotAdmitted,
    inbox_of,
)
from shared.transport.nats.tls import (
    Certificate,
    TlsTransport,
    another_certificate,
    connection_context,
    handshake_problem,
    require_accepted,
    shown_certificate,
)
from shared.transport.tls_files import TlsFiles

CONNECT_SECONDS: Final = 5
READ_BUFFER_BYTES: Final = 32 * 1024
TOLD_EVERY_SECONDS: Final = 30.0
RECONNECT_WAIT_SECONDS: Final = 0.2
# A broker that does not answer three times is taken for gone, though nothing says that the connection is.
PING_SECONDS: Final = 10
# To be let in again needs an act of somebody else.
REFUSED_WAIT_SECONDS: Final = 1.0
# A broker that is started again is back long before.
FIRST_CONNECT_SECONDS: Final = 30.0
NOT_ADMITTED: Final = "authorization violation"
UNANSWERED: Final = "it does not answer"
SILENT: Final = "empty response from server when expecting INFO"
SPEAKS_TLS: Final = (
    "it says nothing in the clear, as one that speaks TLS: set I247_NATS_CA, and I247_NATS_URL to tls://..."
)
NOT_PERMITTED: Final = "permissions violation"

# What a subject is made of here. The server takes almost anything else as well, and a line end begins another message.
SUBJECT: Final = re.compile(r"[!-~]{1,512}")
# nats-py takes a form feed or a vertical tab for the end of a subject, unlike the server, and gives up the connection.
_TOKEN: Final = rb"([^ \t\r\n]+)"
_MESSAGE: Final = rb"MSG[ \t]+" + _TOKEN + rb"[ \t]+" + _TOKEN + rb"[ \t]+(" + _TOKEN + rb"[ \t]+)?"
parser.MSG_RE = re.compile(rb"\A" + _MESSAGE + rb"(\d+)\r\n")
parser.HMSG_RE = re.compile(rb"\AH" + _MESSAGE + rb"(\d+)[ \t]+(\d+)\r\n")

Seed = Callable[[], str]
Opened = TypeVar("Opened", bound=Subscription)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the NATS server is, and how it is trusted."""

    url: str
    tls: TlsFiles | None = None
    """What both sides prove by TLS who they are with. Without it nothing is encrypted."""

    quotas: BrokerQuotas = DEFAULT_QUOTAS
    """What the operator keeps the participants to."""

    processes: int = 1
    """How many connect as the same participant."""


class DirectSubscription(Subscription):
    """A subscription whose messages are each taken in at once, without a queue or a task between."""

    def __init__(
        self,
        client: "BrokerClient",
        number: int,
        subject: str,
        take: Callable[[Msg], None],
        *,
        group: str = "",
        messages: int = 0,
    ) -> None:
        super().__init__(client, number, subject, queue=group, max_msgs=messages, pending_bytes_limit=0)
        self._pending_queue = _Sink(take)  # type: ignore[assignment]  # nats-py calls nothing but `put_nowait`


class _Sink:
    def __init__(self, take: Callable[[Msg], None]) -> None:
        self.put_nowait = take


class KeyUnreadable(errors.Error):
    """There is no key at hand at this moment."""


class BrokerClient(Client):
    """nats-py, but it asks for the key at each connection, tells when one is lost, and never gives up."""

    def __init__(self, broker: Broker, participant: str, seed: Seed, log: Log) -> None:
        super().__init__()
        self.connections = 0
        self.lost: Callable[[], None] = lambda: None
        self.on_connected: list[Callable[[], None]] = []
        self._broker = broker
        self._participant = participant
        self._seed = seed
        self._where = f"{broker.url} as {participant}"
        self._log = log
        self._made = asyncio.Event()
        self._problem = UNANSWERED
        self._told = float("-inf")
        self._is_trouble_told = False
        self._patient = False
        self._ended = False
        self._tls = broker.tls and broker.tls.of(participant)
        self._shown: Certificate | None = None
        self._watch: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Connect for the first time as soon as the broker is there and knows the key, however long that takes."""
        self._patient = True
        self._opening = asyncio.create_task(self._open_in_time())

    async def _open_in_time(self) -> None:
        await self._open()
        await self._connected()

    async def close(self) -> None:
        """Disconnect, and tell those who wait for a connection that there will be none."""
        while self._opening is not None and not self._opening.done():
            # nats-py takes some cancellations for the end of an attempt, and begins another.
            self._opening.cancel()
            await asyncio.wait([self._opening], timeout=RECONNECT_WAIT_SECONDS)
        await super().close()

    async def open(self) -> None:
        """Connect for the first time. Raises Disconnected with the reason, BrokerAbsent where no broker is found."""
        try:
            async with asyncio.timeout(FIRST_CONNECT_SECONDS):
                await self._open()
        except (errors.Error, OSError, TimeoutError) as error:
            await self.close()
            raise BrokerAbsent(f"no connection to the broker at {self._where}: {self._problem}") from error
        except Disconnected:
            await self.close()
            raise
        await self._connected()

    async def reconnected(self, after: int) -> None:
        """Wait until more than so many connections were made. Raises Disconnected when it is closed."""
        while self.connections <= after:
            if self._ended:
                raise Disconnected("the connection to the broker is closed")
            await self._made.wait()

    def require_connection(self) -> None:
        """Raise Disconnected unless there is a connection."""
        if self.is_connected:
            return
        if NOT_ADMITTED in self._problem.lower():
            raise NotAdmitted(
                f"the broker does not let {self._participant} in: its key is revoked, or it exceeded its rate"
            )
        raise Disconnected("there is no connection to the broker at the moment")

    async def ask(self, subject: str, body: bytes, seconds: float, headers: dict[str, str] | None = None) -> Msg:
        """Send a request and return the answer. Raises NoResponder, DeadlinePassed, Disconnected."""
        self.require_connection()
        try:
            with HeedCancellation():
                return await self.request(subject, body, timeout=seconds, headers=headers)
        except errors.NoRespondersError as error:
            raise NoResponder(f"nobody serves {subject}") from error
        except errors.TimeoutError as error:
            raise DeadlinePassed(f"no answer within {seconds:.1f} s") from error
        except errors.Error as error:
            raise disconnected(error) from error

    async def say(self, subject: str, body: bytes, reply: str = "", headers: dict[str, str] | None = None) -> None:
        """Send a message. Raises Disconnected."""
        self.require_connection()
        try:
            await self.publish(subject, body, reply=reply, headers=headers)
        except errors.Error as error:
            raise disconnected(error) from error

    async def publish(
        self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Send a message. Raises errors.Error, and ValueError where a subject is none."""
        if SUBJECT.fullmatch(subject) is None or (reply and SUBJECT.fullmatch(reply) is None):
            raise ValueError("there is something in a subject that must not be")
        await super().publish(subject, payload, reply, headers)

    def _build_message(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: Any) -> Any:
        try:
            return super()._build_message(sid, subject, reply, data, headers)
        except UnicodeDecodeError:
            # Nobody hears anything on no subject, and who counts messages counts it.
            self._log.refusal("message-unreadable", participant=self._participant)
            return super()._build_message(sid, b"", b"", b"", None)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        try:
            return await super()._process_headers(headers)
        except Exception as error:
            self._log.refusal("headers-unreadable", participant=self._participant, error=type(error).__name__)
            return None

    async def _open(self) -> None:
        await self.connect(
            self._broker.url,
            name=self._participant,
            inbox_prefix=inbox_of(self._participant),
            connect_timeout=CONNECT_SECONDS,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_WAIT_SECONDS,  # type: ignore[arg-type]  # fractions work
            error_cb=self._on_error,
            reconnected_cb=self._connected,
            ping_interval=PING_SECONDS,
            tls=self._tls,  # type: ignore[arg-type]  # it hands this back to `TlsTransport`, which knows better
            tls_handshake_first=self._tls is not None,
            allow_reconnect=True,
            skip_subject_validation=True,
        )

    async def open_subscription(self, make: Callable[[int], Opened], messages: int = 0) -> Opened:
        """Subscribe with what `make` returns for the next number, if stated for so many messages. Raises errors.Error.

        nats-py would stop with the first message it handles once the last has arrived, and lose those between.
        """
        if self.is_closed or self.is_draining:
            raise errors.ConnectionClosedError
        self._sid += 1
        subscription = make(self._sid)
        self._subs[self._sid] = subscription
        await self._send_subscribe(subscription)
        if messages:
            await self._send_unsubscribe(subscription._id, limit=messages)  # noqa: SLF001 - it has no public name
        return subscription

    async def end_subscription(self, subscription: Subscription) -> None:
        """Take no more of what `open_subscription` subscribed to."""
        number = subscription._id  # noqa: SLF001 - it has no public name
        if self._subs.pop(number, None) is not None and self.is_connected:
            await self._send_unsubscribe(number)

    async def _connected(self) -> None:
        self.connections += 1
        self._problem = UNANSWERED
        if self._is_trouble_told:
            self._is_trouble_told = False
            self._log.info("broker-connected", participant=self._participant)
        for act in self.on_connected:
            act()
        self._tell_of_change()
        if self._tls is not None and self._watch is None:
            self._watch = asyncio.create_task(self._renew(self._tls))

    async def _renew(self, files: TlsFiles) -> None:
        while True:
            accepted = partial(self._accepted, files)
            await another_certificate(files, self._participant, lambda: self._shown, accepted, self._log)
            if self.is_connected:
                await self._process_op_err(errors.Error("there is another certificate to show"))

    async def _accepted(self, files: TlsFiles) -> None:
        # Without a connection there is none to lose: each attempt shows what is there.
        if self.connected_url is not None:
            await require_accepted(files, self.connected_url)

    def _tell_of_change(self) -> None:
        self._made.set()
        self._made = asyncio.Event()

    async def _on_error(self, error: Exception) -> None:
        unproven = handshake_problem(error)
        said = SPEAKS_TLS if SILENT in str(error) and self._tls is None else str(error)
        before, self._problem = self._problem, unproven or said or type(error).__name__
        # While there is no broker the same error comes back at each attempt to reconnect.
        if self._problem != before or time.monotonic() - self._told > TOLD_EVERY_SECONDS:
            self._told = time.monotonic()
            self._is_trouble_told = True
            self._log.warning("broker-error", participant=self._participant, error=self._problem)
        refused = NOT_ADMITTED in self._problem.lower()
        if self.is_closed or not (refused or unproven or isinstance(error, KeyUnreadable)):
            return
        if not self.connections and not self._patient:
            # To try again would change nothing: nats-py hands this on to whoever connects.
            if unproven:
                raise Disconnected(f"no connection to the broker at {self._where}: {unproven}")
            if refused:
                # With TLS it does so as well where no relay runs, which it asks.
                unasked = ", or no relay runs that it could ask" if self._tls else ""
                raise NotAdmitted(f"the broker at {self._where} does not accept this key{unasked}")
        await asyncio.sleep(REFUSED_WAIT_SECONDS)

    async def _process_err(self, err_msg: str) -> None:
        if NOT_PERMITTED in err_msg.lower():
            await super()._process_err(err_msg)
        else:
            # nats-py would close for good and leave its owner deaf, after a slow consumer as after a key that is
            # revoked: the server ends this connection, and takes the next when the key is one it knows.
            await self._process_op_err(errors.Error(f"nats: {err_msg}"))

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
        # Between attempts of the first connection it passes for closed as well, but that is not the end.
        self._ended = status == Client.CLOSED
        if self._ended and self._watch is not None:
            self._watch.cancel()
        await super()._close(status, do_cbs)
        self.lost()
        self._tell_of_change()

    async def _connect_to_server(self, s: Any) -> None:
        # What an attempt that failed has left behind.
        if self._transport is not None:
            self._transport.close()  # type: ignore[no-untyped-call]  # nats-py does not say what it returns
        if self._tls is None:
            await super()._connect_to_server(s)
            return
        self._shown = shown_certificate(self._tls.certificate, self._participant)
        self._transport = TlsTransport(connection_context(self._tls))
        s.last_attempt = time.monotonic()
        await self._transport.connect(s.uri, READ_BUFFER_BYTES, CONNECT_SECONDS)

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        # Nobody goes where no setting says, whatever the server names beside itself.
        named = {name: value for name, value in info.items() if name != "connect_urls"}
        await super()._process_info(named, initial_connection)

    def _connect_command(self) -> bytes:
        try:
            pair = nkeys.from_seed(bytearray(self._seed().strip().encode()))
            self._public_nkey = pair.public_key.decode()
        except Exception as error:
            # Anything but an error of nats-py would end its attempts to reconnect, without a word.
            raise KeyUnreadable(f"the broker key of {self._participant} cannot be read: {error}") from error
        self._signature_cb = lambda nonce: base64.b64encode(pair.sign(nonce.encode()))
        return super()._connect_command()


def disconnected(error: errors.Error) -> Disconnected:
    """Return in the words of the transport that nats-py cannot send."""
    return Disconnected(str(error) or "the connection to the broker is closing")


def headers_of(parcel: Parcel) -> dict[str, str]:
    """Return the headers in which a parcel travels."""
    if parcel.key:
        return {SIGNATURE_HEADER: parcel.signature, KEY_HEADER: parcel.key}
    return {SIGNATURE_HEADER: parcel.signature}


def parcel_of(message: Msg) -> Parcel:
    """Return the parcel that a message carries."""
    headers = message.headers or {}
    return Parcel(headers.get(SIGNATURE_HEADER, ""), message.data, headers.get(KEY_HEADER, ""))
