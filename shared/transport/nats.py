"""Envelopes over a NATS server: the one module that speaks to nats-py."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import ServiceConfig

from shared.envelope import SIGNATURE_HEADER
from shared.logs import Log
from shared.transport import (
    Arrival,
    DeadlinePassed,
    Disconnected,
    Handler,
    HeedCancellation,
    MessageTooLarge,
    NoResponder,
    Parcel,
    ServiceCard,
    Subscription,
    inbox_of,
)

# What NATS adds around the signature header.
HEADER_OVERHEAD: Final = 64
CONNECT_SECONDS: Final = 5
TOLD_EVERY_SECONDS: Final = 30.0
RECONNECT_WAIT_SECONDS: Final = 0.2
# A broker that is started again is back long before.
FIRST_CONNECT_SECONDS: Final = 30.0
DRAIN_SECONDS: Final = 3.0
NOT_ADMITTED: Final = "authorization violation"
NOT_PERMITTED: Final = "permissions violation"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the NATS server is, and how it is trusted."""

    url: str
    tls: ssl.SSLContext | None = None


class _Client(Client):
    """nats-py, but for errors after which it would close for good and leave its owner deaf."""

    async def _process_err(self, err_msg: str) -> None:
        if any(known in err_msg.lower() for known in (NOT_ADMITTED, NOT_PERMITTED)):
            await super()._process_err(err_msg)
        else:
            # Such as a slow consumer: the server ends this connection and takes the next.
            await self._process_op_err(errors.Error(f"nats: {err_msg}"))


class NatsTransport:
    """One participant's connection to a NATS server, under its own NKEY."""

    def __init__(self, client: Client, log: Log) -> None:
        self._client = client
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def connect(cls, broker: Broker, participant: str, nkey_seed: str, log: Log) -> "NatsTransport":
        """Connect a participant. Raises Disconnected with the reason."""
        client = _Client()
        where = f"{broker.url} as {participant}"
        problem, connecting, told = "it does not answer", True, float("-inf")

        async def on_error(error: Exception) -> None:
            nonlocal problem, told
            before, problem = problem, str(error) or type(error).__name__
            # While there is no broker the same error comes back at each attempt to reconnect.
            if problem != before or time.monotonic() - told > TOLD_EVERY_SECONDS:
                told = time.monotonic()
                log.warning("broker-error", participant=participant, error=problem)
            if connecting and NOT_ADMITTED in problem.lower():
                # To try again would change nothing: nats-py hands this on to whoever connects.
                raise Disconnected(f"the broker at {where} does not accept this key")

        try:
            async with asyncio.timeout(FIRST_CONNECT_SECONDS):
                await client.connect(
                    broker.url,
                    name=participant,
                    nkeys_seed_str=nkey_seed,
                    inbox_prefix=inbox_of(participant),
                    connect_timeout=CONNECT_SECONDS,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_WAIT_SECONDS,  # type: ignore[arg-type]  # fractions work
                    error_cb=on_error,
                    tls=broker.tls,
                    allow_reconnect=True,
                    skip_subject_validation=True,
                )
        except (errors.Error, OSError, TimeoutError) as error:
            await client.close()
            raise Disconnected(f"no connection to the broker at {where}: {problem}") from error
        except Disconnected:
            await client.close()
            raise
        connecting = False
        return cls(client, log)

    @property
    def max_parcel_bytes(self) -> int:
        """The size beyond which `MessageTooLarge` is raised."""
        return self._client.max_payload - HEADER_OVERHEAD

    @property
    def connected(self) -> bool:
        """Whether there is a connection at this moment."""
        return self._client.is_connected

    async def request(self, subject: str, parcel: Parcel, *, timeout: float) -> Parcel:  # noqa: ASYNC109 - handed on
        """Send a parcel and return the answer. Raises NoResponder, DeadlinePassed, MessageTooLarge, Disconnected."""
        self._check(parcel)
        try:
            with HeedCancellation():
                message = await self._client.request(
                    subject, parcel.body, timeout=timeout, headers={SIGNATURE_HEADER: parcel.signature}
                )
        except errors.NoRespondersError as error:
            raise NoResponder(f"nobody serves {subject}") from error
        except errors.TimeoutError as error:
            raise DeadlinePassed(f"no answer within {timeout:.1f} s") from error
        except errors.Error as error:
            raise Disconnected(str(error) or "the connection to the broker is closing") from error
        return _parcel(message)

    async def publish(self, subject: str, parcel: Parcel) -> None:
        """Send a parcel to all who subscribe. Raises MessageTooLarge, Disconnected."""
        self._check(parcel)
        try:
            await self._client.publish(subject, parcel.body, headers={SIGNATURE_HEADER: parcel.signature})
        except errors.Error as error:
            raise Disconnected(str(error) or "the connection to the broker is closing") from error

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        """Handle what arrives on a subject, many at a time; those of one group share the work."""

        # nats-py awaits one handler at a time for each subscription: hence a task for each message.
        async def spawn(message: Msg) -> None:
            self._spawn(handler(self._arrival(message)))

        try:
            subscription = await self._client.subscribe(subject, queue=group, cb=spawn)
        except errors.Error as error:
            raise Disconnected(str(error)) from error
        return self._stoppable(subscription.drain)

    async def serve(self, subject: str, handler: Handler, *, card: ServiceCard) -> Subscription:
        """Subscribe as a service, in a group of its name, that NATS service discovery can find."""

        async def spawn(request: Request) -> None:
            self._spawn(handler(self._arrival(request._msg)))  # noqa: SLF001 - its reply subject has no public name

        config = ServiceConfig(
            name=card.name,
            version="1.0.0",
            description=card.summary,
            queue_group=card.name,
            stats_handler=lambda _endpoint: card.figures(),
        )
        try:
            with HeedCancellation():
                service = await add_service(self._client, config)
                await service.add_endpoint(name="requests", handler=spawn, subject=subject)
        except errors.Error as error:
            raise Disconnected(str(error)) from error
        return self._stoppable(service.stop)

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        if not self._client.is_closed:
            await self._client.close()

    def _arrival(self, message: Msg) -> Arrival:
        async def answer(parcel: Parcel) -> None:
            await self.publish(message.reply, parcel)

        return Arrival(message.subject, _parcel(message), message.reply, answer)

    def _check(self, parcel: Parcel) -> None:
        if not self._client.is_connected:
            raise Disconnected("there is no connection to the broker at the moment")
        if parcel.size > self.max_parcel_bytes:
            raise MessageTooLarge(f"{parcel.size} bytes are more than the {self.max_parcel_bytes} that fit")

    def _stoppable(self, drain: Callable[[], Awaitable[None]]) -> "_Stoppable":
        async def take_no_more() -> None:
            # Without a connection nothing more arrives, and there is nobody to tell.
            if self.connected:
                with suppress(errors.Error, TimeoutError):
                    await asyncio.wait_for(drain(), DRAIN_SECONDS)

        return _Stoppable(take_no_more, self._tasks)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Stoppable:
    """A subscription that stops once what it took in is handled."""

    def __init__(self, stop: Callable[[], Awaitable[None]], tasks: set[asyncio.Task[None]]) -> None:
        self._stop = stop
        self._tasks = tasks

    async def stop(self) -> None:
        """Take no new parcels, and return when those at hand are handled."""
        await self._stop()
        while self._tasks:
            await asyncio.wait(self._tasks)


def _parcel(message: Msg) -> Parcel:
    headers = message.headers or {}
    return Parcel(headers.get(SIGNATURE_HEADER, ""), message.data)
