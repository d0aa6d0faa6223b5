"""The connection to a NATS server: made, lost, and made again, for as long as its owner wants it."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import nkeys
from nats import errors
from nats.aio.msg import Msg

from shared.compat.nats_client import CONNECT_SECONDS, LastingClient, TlsTransport
from shared.logs import Log
from shared.protocol.envelope import SIGNATURE_HEADER
from shared.protocol.parcel import Parcel
from shared.transport import (
    DEFAULT_QUOTAS,
    BrokerAbsent,
    BrokerQuotas,
    Disconnected,
    NotAdmitted,
)
from shared.transport.nats.tls import (
    Certificate,
    another_certificate,
    connection_context,
    handshake_problem,
    require_accepted,
    shown_certificate,
)
from shared.transport.subjects import KEY_HEADER, inbox_of
from shared.transport.tls_files import TlsFiles

LOGGED_EVERY_SECONDS: Final = 30.0
RECONNECT_WAIT_SECONDS: Final = 0.2
# After three pings without a reply the connection is taken for lost.
PING_SECONDS: Final = 10
# After a refusal, which somebody else has to lift.
REFUSED_WAIT_SECONDS: Final = 1.0
# A broker that restarts is back long before.
FIRST_CONNECT_SECONDS: Final = 30.0
NOT_ADMITTED: Final = "authorization violation"
UNANSWERED: Final = "it does not answer"
SILENT: Final = "empty response from server when expecting INFO"
SPEAKS_TLS: Final = (
    "it says nothing in the clear, as one that speaks TLS: set I247_NATS_CA, and I247_NATS_URL to tls://..."
)

# The server accepts almost any other character as well, and a line end would begin another message.
SUBJECT: Final = re.compile(r"[!-~]{1,512}")

Seed = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the NATS server is, and how it is trusted."""

    url: str
    """Those of a cluster are separated by commas."""

    tls: TlsFiles | None = None
    """Certificates for mutual TLS; None for no encryption."""

    quotas: BrokerQuotas = DEFAULT_QUOTAS
    """What the operator allows each participant."""

    processes: int = 1
    """How many connect as the same participant."""

    @property
    def urls(self) -> list[str]:
        """The URLs of all servers, in the order in which they are tried."""
        return self.url.split(",")


class KeyUnreadable(errors.Error):
    """The NKEY cannot be read now."""


class BrokerClient(LastingClient):
    """One participant's connection: asks for the key at each attempt, logs what fails, and never gives up."""

    def __init__(self, broker: Broker, participant: str, seed: Seed, log: Log) -> None:
        super().__init__()
        self.connections = 0
        self.on_connected: list[Callable[[], object]] = []
        self._broker = broker
        self._participant = participant
        self._seed = seed
        self._where = f"{broker.url} as {participant}"
        self._log = log
        self._made = asyncio.Event()
        self._problem = UNANSWERED
        self._logged_at = float("-inf")
        self._is_problem_logged = False
        self._retries_refusals = False
        self._tls = broker.tls and broker.tls.of(participant)
        self._shown: Certificate | None = None
        self._watch: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Connect in the background, as soon as the broker accepts the key, however long that takes."""
        self._retries_refusals = True
        self._opening = asyncio.create_task(self._open())

    async def close(self) -> None:
        """Disconnect permanently, and wake all tasks that wait for a connection."""
        while self._opening is not None and not self._opening.done():
            # nats-py mistakes some cancellations for the end of an attempt, and begins another.
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

    async def reconnected(self, after: int) -> None:
        """Wait until more than `after` connections were made. Raises Disconnected when it is closed."""
        while self.connections <= after:
            if self.ended:
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

    async def send(self, subject: str, body: bytes, reply: str = "", headers: dict[str, str] | None = None) -> None:
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
            raise ValueError("a subject has a character that is not allowed")
        if headers and self.publish_directly(subject, payload, reply, headers):
            return
        await super().publish(subject, payload, reply, headers)

    async def _open(self) -> None:
        await self.connect(
            self._broker.urls,
            # A server prefers replicas of a service that are connected to itself: those who try the servers in the
            # same order share their work.
            dont_randomize=True,
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
        await self._connected()

    async def _connected(self) -> None:
        self.connections += 1
        self._problem = UNANSWERED
        if self._is_problem_logged:
            self._is_problem_logged = False
            self._log.info("broker-connected", participant=self._participant)
        for act in self.on_connected:
            act()
        self._notify()
        if self._tls is not None and self._watch is None:
            self._watch = asyncio.create_task(self._renew(self._tls))

    async def _renew(self, files: TlsFiles) -> None:
        while True:
            accepted = partial(self._accepted, files)
            await another_certificate(files, self._participant, lambda: self._shown, accepted, self._log)
            if self.is_connected:
                await self.reconnect("there is another certificate to show")

    async def _accepted(self, files: TlsFiles) -> None:
        # Without a connection there is none to lose: each attempt reads the files.
        if self.connected_url is not None:
            await require_accepted(files, self.connected_url)

    def _notify(self) -> None:
        self._made.set()
        self._made = asyncio.Event()

    async def _on_error(self, error: Exception) -> None:
        unproven = handshake_problem(error)
        said = SPEAKS_TLS if SILENT in str(error) and self._tls is None else str(error)
        before, self._problem = self._problem, unproven or said or type(error).__name__
        # Without a broker each attempt to reconnect fails with the same error.
        if self._problem != before or time.monotonic() - self._logged_at > LOGGED_EVERY_SECONDS:
            self._logged_at = time.monotonic()
            self._is_problem_logged = True
            self._log.warning("broker-error", participant=self._participant, error=self._problem)
        refused = NOT_ADMITTED in self._problem.lower()
        if self.is_closed or not (refused or unproven or isinstance(error, KeyUnreadable)):
            return
        if not self.connections and not self._retries_refusals:
            # Another attempt would fail as well: nats-py raises this from `connect`.
            if unproven:
                raise Disconnected(f"no connection to the broker at {self._where}: {unproven}")
            if refused:
                # With TLS the broker refuses everybody while no relay runs.
                unasked = ", or no relay runs that it could ask" if self._tls else ""
                raise NotAdmitted(f"the broker at {self._where} does not accept this key{unasked}")
        await asyncio.sleep(REFUSED_WAIT_SECONDS)

    def on_unreadable(self, error: Exception) -> None:
        """Log a message that cannot be decoded."""
        self._log.refusal("message-unreadable", participant=self._participant, error=type(error).__name__)

    def on_closed(self) -> None:
        """Wake all who wait for a connection."""
        if self.ended and self._watch is not None:
            self._watch.cancel()
        self._notify()

    def transport(self) -> TlsTransport | None:
        """Return what to connect over, by the files of this moment. Raises CertificateUnusable."""
        if self._tls is None:
            return None
        self._shown = shown_certificate(self._tls.certificate, self._participant)
        return TlsTransport(connection_context(self._tls))

    def key_pair(self) -> nkeys.KeyPair:
        """Return the NKEY of this moment. Raises KeyUnreadable."""
        try:
            return nkeys.from_seed(bytearray(self._seed().strip().encode()))
        except Exception as error:
            raise KeyUnreadable(f"the broker key of {self._participant} cannot be read: {error}") from error


def disconnected(error: errors.Error) -> Disconnected:
    """Return the error of the transport for an error of nats-py."""
    return Disconnected(str(error) or "the connection to the broker is closing")


def headers_of(parcel: Parcel) -> dict[str, str]:
    """Return the NATS headers of a parcel."""
    if parcel.key:
        return {SIGNATURE_HEADER: parcel.signature, KEY_HEADER: parcel.key}
    return {SIGNATURE_HEADER: parcel.signature}


def parcel_of(message: Msg) -> Parcel:
    """Return the parcel in a NATS message."""
    headers = message.headers or {}
    return Parcel(headers.get(SIGNATURE_HEADER, ""), message.data, headers.get(KEY_HEADER, ""))
