"""The transport in memory, for tests and for a mesh inside one process: the same contract as over NATS.

Like the broker it lets a participant send requests and messages only on subjects that end in its own name, and
balances a group. Does NOT check `publish`, which only the Secretariat uses.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from typing import BinaryIO

from shared.background import TaskSet
from shared.protocol.parcel import Parcel
from shared.transport import (
    Arrival,
    Correction,
    DeadlinePassed,
    Disconnected,
    Handler,
    HeedCancellation,
    MessageTooLarge,
    NoResponder,
    PostArrival,
    ServiceCard,
    TransportFailure,
)
from shared.transport.memory_post import MemoryPost
from shared.transport.subjects import MESSAGE_PREFIX, REPLY_PREFIX, Lane


class MemoryBroker:
    """The subscriptions of all participants, and their posts."""

    def __init__(self, *, max_parcel_bytes: int = 8_000_000) -> None:
        self.max_parcel_bytes = max_parcel_bytes
        self.unshared_groups = count()
        self.subscriptions: dict[tuple[str, str], list[MemorySubscription]] = {}
        self.kept = MemoryPost()

    def connect(self, participant: str) -> "MemoryTransport":
        """Connect a participant."""
        return MemoryTransport(self, participant)

    def subscriptions_for(self, subject: str, turn: int) -> list["MemorySubscription"]:
        """Return the subscriptions of a subject: of each group the next one."""
        return [
            subscriptions[turn % len(subscriptions)]
            for (pattern, _group), subscriptions in self.subscriptions.items()
            if subscriptions and matches(pattern, subject)
        ]


def matches(pattern: str, subject: str) -> bool:
    """Return whether a subject fits a pattern of NATS, where `*` stands for one token and a last `>` for the rest."""
    wanted, given = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted = wanted[:-1]
        given = given[: len(wanted)] if len(given) > len(wanted) else []
    return len(wanted) == len(given) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))


class MemorySubscription:
    """A handler of parcels."""

    def __init__(self, subscriptions: list["MemorySubscription"], handler: Handler) -> None:
        self._servers = subscriptions
        self._handler = handler
        self._tasks = TaskSet()
        subscriptions.append(self)

    def deliver(self, arrival: Arrival) -> None:
        """Start to handle a parcel."""
        self._tasks.spawn(self._handler(arrival))

    async def admit(self, senders: Iterable[str]) -> None:
        """Do nothing: all senders are served."""

    async def stop(self) -> None:
        """Accept no new parcels, and return when the accepted ones are handled."""
        if self in self._servers:
            self._servers.remove(self)
        await self._tasks.finish()


class MemoryTransport:
    """One participant's connection to a MemoryBroker."""

    def __init__(self, broker: MemoryBroker, participant: str) -> None:
        self._broker = broker
        self._participant = participant
        self._turn = count()
        self._subscriptions: list[MemorySubscription] = []
        self._closed = False
        self._changed = asyncio.Event()
        self.connected = True
        self.connections = 1

    @property
    def max_parcel_bytes(self) -> int:
        """The size beyond which `MessageTooLarge` is raised."""
        return self._broker.max_parcel_bytes

    @property
    def max_post_bytes(self) -> int:
        """The size beyond which `post` raises `MessageTooLarge`."""
        return self._broker.max_parcel_bytes

    async def request(self, subject: str, parcel: Parcel, *, timeout: float) -> Parcel:  # noqa: ASYNC109 - handed on
        """Send a parcel and return the reply. Raises NoResponder, DeadlinePassed, MessageTooLarge, Disconnected."""
        self._require_own("i247.req.", subject)
        self._check(parcel)
        subscriptions = self._broker.subscriptions_for(subject, next(self._turn))
        if not subscriptions:
            raise NoResponder(f"no subscription for {subject}")
        return await self._exchange(subscriptions, subject, parcel, timeout)

    async def publish(self, subject: str, parcel: Parcel) -> None:
        """Send a parcel to all subscribers. Raises MessageTooLarge, Disconnected."""
        self._check(parcel)

        async def no_reply(_parcel: Parcel) -> None:
            raise TransportFailure("no reply is wanted")

        for server in self._broker.subscriptions_for(subject, next(self._turn)):
            server.deliver(Arrival(subject, parcel, "", no_reply))
        if subject.startswith(f"{MESSAGE_PREFIX}.") and subject.endswith(f".{self._participant}"):
            # A stream stores all that is published on its subjects.
            with suppress(NoResponder):
                self._broker.kept.keep(subject, parcel)

    async def serve(
        self,
        pattern: str,
        handler: Handler,
        *,
        senders: Iterable[str],  # noqa: ARG002 - no shares in memory
        card: ServiceCard,
    ) -> MemorySubscription:
        """Serve all senders; there is no service discovery in memory."""
        return await self.subscribe(pattern, handler, group=card.name)

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> MemorySubscription:
        """Handle the parcels on a subject concurrently; the subscriptions of one group share them."""
        self._require_connection()
        group = group or f"alone-{next(self._broker.unshared_groups)}"
        subscription = MemorySubscription(self._broker.subscriptions.setdefault((subject, group), []), handler)
        self._subscriptions.append(subscription)
        return subscription

    async def post(self, subject: str, parcel: Parcel, *, seconds: float) -> None:  # noqa: ARG002 - memory never waits
        """Store a post. Raises NoResponder, MessageTooLarge, Disconnected."""
        self._require_own("i247.msg.", subject)
        self._check(parcel)
        self._broker.kept.keep(subject, parcel)

    async def collect(self, lane: Lane, *, limit: int, seconds: float) -> list[PostArrival]:
        """Return posts to this participant. Raises NoResponder, Disconnected."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            self._require_connection()
            taken = self._broker.kept.take(self._participant, lane, limit, self._require_connection)
            if taken or loop.time() >= deadline:
                return taken
            await self._broker.kept.change(self._participant, lane, deadline - loop.time())

    async def put_object(self, name: str, source: BinaryIO) -> None:
        """Store an object in the own bucket. Raises NoResponder, Disconnected."""
        self._require_connection()
        self._broker.kept.bucket(self._participant)[name] = source.read()

    async def get_object(self, owner: str, name: str, target: BinaryIO, *, max_bytes: int) -> None:
        """Write an object to `target`. Raises NoObject, MessageTooLarge, Disconnected."""
        self._require_connection()
        found = self._broker.kept.object(owner, name)
        if len(found) > max_bytes:
            raise MessageTooLarge(f"{name} has {len(found)} bytes, more than {max_bytes}")
        target.write(found)

    async def has_object(self, name: str) -> bool:
        """Return whether the own bucket holds an object. Raises Disconnected."""
        self._require_connection()
        return self._broker.kept.has_object(self._participant, name)

    async def delete_object(self, name: str) -> None:
        """Remove an object from the own bucket, if it is there. Raises Disconnected."""
        self._require_connection()
        self._broker.kept.delete_object(self._participant, name)

    async def ensure_streams(
        self,
        bureaus: Iterable[str],
        services: Iterable[str] = (),
        former: Iterable[str] = (),  # noqa: ARG002 - nothing is removed
    ) -> list[Correction]:
        """Create the lanes and buckets of the participants. Raises Disconnected."""
        self._require_connection()
        self._broker.kept.ensure_streams(bureaus, services)
        return []

    async def require_relay(self) -> list[Correction]:
        """Return: there is no relay in memory."""
        return []

    async def bound_posts(self, senders: Iterable[str]) -> list[Correction]:  # noqa: ARG002 - memory has no quotas
        """Return: there are no quotas in memory. Raises Disconnected."""
        self._require_connection()
        return []

    async def reconnected(self, after: int) -> None:
        """Wait until more than `after` connections were made. Raises Disconnected when the transport is closed."""
        while self.connections <= after:
            if self._closed:
                raise Disconnected("the connection is closed")
            await self._changed.wait()

    def disconnect(self) -> None:
        """Lose the connection, as when the broker dies."""
        self.connected = False
        self._broker.kept.wake()

    def reconnect(self) -> None:
        """Connect again, with all subscriptions."""
        self.connected = True
        self.connections += 1
        self._notify()

    async def close(self) -> None:
        """Finish pending work and disconnect."""
        await asyncio.gather(*(subscription.stop() for subscription in self._subscriptions))
        self._closed = True
        self.disconnect()
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _exchange(
        self, subscriptions: list[MemorySubscription], subject: str, parcel: Parcel, seconds: float
    ) -> Parcel:
        replied: asyncio.Future[Parcel] = asyncio.get_running_loop().create_future()

        async def deliver(reply: Parcel) -> None:
            self._check(reply)
            if not replied.done():
                replied.set_result(reply)

        for server in subscriptions:
            server.deliver(Arrival(subject, parcel, f"{REPLY_PREFIX}.reply", deliver))
        try:
            with HeedCancellation():
                return await asyncio.wait_for(replied, seconds)
        except TimeoutError as error:
            raise DeadlinePassed(f"no answer within {seconds:.1f} s") from error

    def _require_own(self, prefix: str, subject: str) -> None:
        if subject.startswith(prefix) and not subject.endswith(f".{self._participant}"):
            raise TransportFailure(f"{self._participant} may not publish on {subject}")

    def _require_connection(self) -> None:
        if not self.connected:
            raise Disconnected("the connection is closed")

    def _check(self, parcel: Parcel) -> None:
        self._require_connection()
        if parcel.size > self.max_parcel_bytes:
            raise MessageTooLarge(f"{parcel.size} bytes are more than the {self.max_parcel_bytes} that fit")
