"""The transport over a NATS server: with `shared.compat`, the only package that imports nats-py."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final

from nats import errors
from nats.aio.msg import Msg
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import Service, ServiceConfig

from shared.background import TaskSet
from shared.compat.nats_client import count_request
from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import (
    Arrival,
    Correction,
    FairSubscription,
    Handler,
    HeedCancellation,
    MessageTooLarge,
    PostArrival,
    ServiceCard,
    Subscription,
)
from shared.transport.nats.client import Broker, BrokerClient, Seed, disconnected, headers_of, parcel_of
from shared.transport.nats.objects import Buckets
from shared.transport.nats.pace import Pace
from shared.transport.nats.post import Collector
from shared.transport.nats.post_quota import PostQuota
from shared.transport.nats.relayed import store
from shared.transport.nats.replies import Replies
from shared.transport.nats.serving import FairServer
from shared.transport.nats.stream_setup import MAX_POST_BYTES, StreamSetup
from shared.transport.subjects import RELAY_SUBJECT, Lane, posting_subject

__all__ = ["Broker", "NatsTransport", "Seed"]

# What NATS adds to the headers of a parcel.
HEADER_OVERHEAD: Final = 64
# In place of a sender: no participant has this name, so the broker lets none publish there.
DISCOVERED: Final = "discovery"
DRAIN_SECONDS: Final = 3.0
RELAY_SECONDS: Final = 5.0
# Fewer than the relay allows a participant, which may have several processes.
POSTS_AT_ONCE: Final = 32


class NatsTransport:
    """One participant's connection to a NATS server, under its own NKEY."""

    def __init__(self, client: BrokerClient, participant: str, log: Log, broker: Broker) -> None:
        self._client = client
        self._replies = Replies(client)
        pace = Pace(broker.quotas, broker.processes)
        in_cluster = len(broker.urls) > 1
        self._collector = Collector(client, self._replies, pace, participant, in_cluster=in_cluster)
        self._buckets = Buckets(self._replies, pace, participant)
        self._stream_setup = StreamSetup(self._replies, broker.quotas)
        self._post_quota = PostQuota(self._replies, broker.quotas, self._stream_setup)
        self._log = log
        self._posting = asyncio.Semaphore(POSTS_AT_ONCE)
        self._servers: list[FairServer] = []
        self._tasks = TaskSet()

    @classmethod
    async def connect(cls, broker: Broker, participant: str, seed: Seed, log: Log) -> "NatsTransport":
        """Connect a participant. Raises Disconnected with the reason.

        `seed` returns its NKEY seed at each attempt. If the broker refuses it later, the client tries again about once
        a second; all subscriptions work again then.
        """
        client = BrokerClient(broker, participant, seed, log)
        await client.open()
        return cls(client, participant, log, broker)

    @classmethod
    def begin(cls, broker: Broker, participant: str, seed: Seed, log: Log) -> "NatsTransport":
        """Return at once, and connect in the background as soon as the broker accepts the participant."""
        client = BrokerClient(broker, participant, seed, log)
        client.begin()
        return cls(client, participant, log, broker)

    @property
    def max_parcel_bytes(self) -> int:
        """The size beyond which `MessageTooLarge` is raised."""
        return self._client.max_payload - HEADER_OVERHEAD

    @property
    def max_post_bytes(self) -> int:
        """The size beyond which `post` raises `MessageTooLarge`."""
        return MAX_POST_BYTES - HEADER_OVERHEAD

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._client.is_connected

    @property
    def connections(self) -> int:
        """How many connections were made so far."""
        return self._client.connections

    async def reconnected(self, after: int) -> None:
        """Wait until more than `after` connections were made. Raises Disconnected when the transport is closed."""
        await self._client.reconnected(after)

    async def request(self, subject: str, parcel: Parcel, *, timeout: float) -> Parcel:  # noqa: ASYNC109 - handed on
        """Send a parcel and return the reply. Raises NoResponder, DeadlinePassed, MessageTooLarge, Disconnected."""
        self._check(parcel)
        headers = headers_of(parcel)
        reply = await self._replies.only(subject, parcel.body, timeout, headers, outlives_connection=True)
        return parcel_of(reply)

    async def publish(self, subject: str, parcel: Parcel) -> None:
        """Send a parcel to all subscribers. Raises MessageTooLarge, Disconnected."""
        self._check(parcel)
        await self._client.send(subject, parcel.body, headers=headers_of(parcel))

    async def post(self, subject: str, parcel: Parcel, *, seconds: float) -> None:
        """Store a post. Raises NoResponder, BrokerRefused, DeadlinePassed, MessageTooLarge, Disconnected."""
        self._check(parcel, self.max_post_bytes)
        async with self._posting:
            await store(self._replies, posting_subject(subject), parcel.body, seconds, headers_of(parcel))

    async def collect(self, lane: Lane, *, limit: int, seconds: float) -> list[PostArrival]:
        """Return posts to this participant. Raises NoResponder, Disconnected."""
        return await self._collector.collect(lane, limit, seconds)

    async def put_object(self, name: str, source: BinaryIO) -> None:
        """Store an object in the own bucket. Raises NoResponder, BrokerRefused, DeadlinePassed, Disconnected."""
        await self._buckets.put(name, source)

    async def get_object(self, owner: str, name: str, target: BinaryIO, *, max_bytes: int) -> None:
        """Write an object to `target`. Raises NoObject, MessageTooLarge, DeadlinePassed, Disconnected."""
        await self._buckets.get(owner, name, target, max_bytes)

    async def has_object(self, name: str) -> bool:
        """Return whether the own bucket holds an object. Raises DeadlinePassed, Disconnected."""
        return await self._buckets.has(name)

    async def delete_object(self, name: str) -> None:
        """Remove an object from the own bucket, if it is there. Raises DeadlinePassed, Disconnected."""
        await self._buckets.delete(name)

    async def ensure_streams(
        self, bureaus: Iterable[str], services: Iterable[str] = (), former: Iterable[str] = ()
    ) -> list[Correction]:
        """Create or correct streams and consumers; return the corrections. Raises BrokerRefused, DeadlinePassed, ..."""
        return await self._stream_setup.ensure_streams(bureaus, services, former)

    async def require_relay(self) -> list[Correction]:
        """Check that a relay runs. Raises NoResponder where there is none, DeadlinePassed, Disconnected."""
        await self._replies.only(RELAY_SUBJECT, b"", RELAY_SECONDS)
        return []

    async def bound_posts(self, senders: Iterable[str]) -> list[Correction]:
        """Remove what senders posted beyond their quota; return who had. Raises BrokerRefused, DeadlinePassed, ..."""
        return await self._post_quota.enforce(senders)

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        """Handle the parcels on a subject concurrently; the subscriptions of one group share them."""

        # nats-py awaits one handler at a time for each subscription: hence a task for each message.
        async def spawn(message: Msg) -> None:
            self._tasks.spawn(handler(self._arrival(message)))

        try:
            subscription = await self._client.subscribe(subject, queue=group, cb=spawn)
        except errors.Error as error:
            raise disconnected(error) from error
        return self._stoppable(subscription.drain)

    async def serve(
        self, pattern: str, handler: Handler, *, senders: Iterable[str], card: ServiceCard
    ) -> FairSubscription:
        """Serve these senders, each within its share. `pattern` ends in `*`, which stands for the sender."""
        discoverable: Service | None = None

        async def handle(message: Msg, penalize: Callable[[], None]) -> None:
            if discoverable is not None:
                count_request(discoverable)
            await handler(self._arrival(message, penalize))

        server = FairServer(self._client, pattern, card, handle, self._tasks.spawn, self._log)
        self._servers.append(server)
        try:
            discoverable = await self._discoverable(pattern, card) if card.figures is not None else None
        except errors.Error as error:
            raise disconnected(error) from error
        with HeedCancellation():
            await server.admit(senders)
            if self.connected:
                # A replica that is to replace another must be able to receive before that one stops.
                with suppress(errors.Error):
                    await self._client.flush()

        async def stop() -> None:
            await server.stop()
            if discoverable is not None:
                await discoverable.stop()

        return _Serving(server, self._stoppable(stop))

    async def _discoverable(self, pattern: str, card: ServiceCard) -> Service:
        """Register a service with NATS service discovery. Its one endpoint is a subject that no sender may use."""

        async def ignore(_request: Request) -> None:
            return

        config = ServiceConfig(
            name=card.name,
            version="1.0.0",
            description=card.summary,
            metadata={"requests": pattern},
            queue_group=card.name,
            stats_handler=lambda _endpoint: card.figures() if card.figures else {},
        )
        with HeedCancellation():
            service = await add_service(self._client, config)
            await service.add_endpoint(name="requests", handler=ignore, subject=pattern.replace("*", DISCOVERED))
        return service

    async def drop(self, reason: str) -> None:
        """Lose the connection, as when the network fails; the client makes another as soon as its key can be read."""
        await self._client.reconnect(reason)

    async def close(self) -> None:
        """Finish pending work and disconnect."""
        for server in self._servers:
            server.close()
        await self._tasks.finish()
        await self._client.close()

    def _arrival(self, message: Msg, penalize: Callable[[], None] = lambda: None) -> Arrival:
        async def reply(parcel: Parcel) -> None:
            await self.publish(message.reply, parcel)

        return Arrival(message.subject, parcel_of(message), message.reply, reply, penalize)

    def _check(self, parcel: Parcel, limit: int | None = None) -> None:
        if parcel.size > (limit or self.max_parcel_bytes):
            raise MessageTooLarge(f"{parcel.size} bytes are more than the {limit or self.max_parcel_bytes} that fit")

    def _stoppable(self, drain: Callable[[], Awaitable[None]]) -> "_Stoppable":
        async def unsubscribe() -> None:
            # Without a connection nothing more arrives.
            if self.connected:
                with suppress(errors.Error, TimeoutError):
                    await asyncio.wait_for(drain(), DRAIN_SECONDS)

        return _Stoppable(unsubscribe, self._tasks)


class _Stoppable:
    """A subscription that stops once what it accepted is handled."""

    def __init__(self, unsubscribe: Callable[[], Awaitable[None]], tasks: TaskSet) -> None:
        self._unsubscribe = unsubscribe
        self._tasks = tasks

    async def stop(self) -> None:
        """Accept no new parcels, and return when the accepted ones are handled."""
        await self._unsubscribe()
        await self._tasks.finish()


@dataclass(frozen=True)
class _Serving:
    """A server of many senders, with the means to stop it."""

    server: FairServer
    stoppable: _Stoppable

    async def admit(self, senders: Iterable[str]) -> None:
        """Serve these senders as well: now, or as soon as there is a connection."""
        await self.server.admit(senders)

    async def stop(self) -> None:
        """Accept no new parcels, and return when the accepted ones are handled."""
        await self.stoppable.stop()
