"""How envelopes travel: what a transport does, whether it is a NATS server or memory.

A transport carries bytes and the signature beside them. It decides nothing and trusts nobody; but the broker behind it
lets a participant speak only on the subjects that end in its own name, and receivers build on that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Protocol

import msgspec

from shared.protocol.parcel import Parcel
from shared.transport.subjects import Lane, sender_of

MEBIBYTE: Final = 1024 * 1024
# For so many the broker's store has room, before it is started with a larger one.
MAX_PARTICIPANTS: Final = 256


class TransportFailure(Exception):
    """A message did not get through, or its answer did not come back."""


class NoResponder(TransportFailure):
    """Nobody serves the subject."""


class DeadlinePassed(TransportFailure):
    """No answer came in time."""


class Disconnected(TransportFailure):
    """There is no connection to the broker."""


class BrokerAbsent(Disconnected):
    """No broker was found in the time that there was for the first connection."""


class NotAdmitted(Disconnected):
    """The broker refuses the connection."""


class MessageTooLarge(TransportFailure):
    """The broker does not take messages of this size."""


class NotStored(TransportFailure):
    """The broker has a place for what is posted, but did not keep it, such as when that is full."""


class NoObject(TransportFailure):
    """There is no such object, or not as a whole and as its owner described it."""


def no_penalty() -> None:
    """Count nothing against a sender, where senders have no share."""


class Arrival(msgspec.Struct, frozen=True):
    """A parcel that arrived, on which subject, and where its answer goes if one is wanted.

    `reply_to` is the broker's own (`_R_...`) for what comes from another account: it takes one answer to whoever asked.
    """

    subject: str
    parcel: Parcel
    reply_to: str
    answer: Callable[[Parcel], Awaitable[None]]
    penalize: Callable[[], None] = no_penalty
    """Count against the sender that what it sent was not worth reading; it is not heard for a while after too much."""

    @property
    def sender(self) -> str:
        """The participant that the broker let speak on the subject."""
        return sender_of(self.subject)


Handler = Callable[[Arrival], Awaitable[None]]


class PostArrival(msgspec.Struct, frozen=True):
    """A parcel that was collected. It comes again unless it is settled within 30 s, or extended before they are over.

    What is done with it raises Disconnected without a connection; the parcel comes again then.
    """

    subject: str
    parcel: Parcel
    attempt: int
    """How often it was handed out, this time included."""
    settle: Callable[[], Awaitable[None]]
    """Let the broker forget the parcel."""
    postpone: Callable[[float], Awaitable[None]]
    """Have it come again, but not before so many seconds."""
    extend: Callable[[], Awaitable[None]]
    """Begin the time anew in which it is to be settled."""


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """Who serves: the name that its replicas share, and what NATS service discovery (`$SRV.>`) is told."""

    name: str
    summary: str = ""
    figures: Callable[[], dict[str, Any]] | None = None
    """Called for the present counts, whenever the statistics are asked for; without it nothing is discovered."""

    share: int = 128
    """How many requests of one sender may be on their way before some are handled."""


class Correction(msgspec.Struct, frozen=True):
    """Something on the broker that was not as it must be, and was put right."""

    fault: str
    """A code, such as `stream-changed`."""

    says: str
    about: str
    """The stream, consumer or sender."""


@dataclass(frozen=True, slots=True)
class BrokerQuotas:
    """What the participants may use of the broker, each of them unless it says otherwise."""

    connections: int = 8
    bucket_bytes: int = 256 * MEBIBYTE
    """Of attachments that recipients have not fetched yet."""

    post_parcels: int = 4_000
    post_bytes: int = 128 * MEBIBYTE
    """Of parcels that recipients have not settled yet."""

    store_bytes: int = 4096 * MEBIBYTE
    """Of the parcels of all participants together."""

    messages_per_second: int = 10_000
    """Said and heard; of what is said without a question, as much again."""

    bytes_per_second: int = 128 * MEBIBYTE


DEFAULT_QUOTAS: Final = BrokerQuotas()


class Subscription(Protocol):
    """A handler at work."""

    async def stop(self) -> None:
        """Take no new parcels, and return when those at hand are handled."""
        ...


class FairSubscription(Subscription, Protocol):
    """Senders that are answered, each within its share."""

    async def admit(self, senders: Iterable[str]) -> None:
        """Answer these as well. Raises Disconnected."""
        ...


class Transport(Protocol):
    """One participant's connection."""

    @property
    def max_parcel_bytes(self) -> int:
        """The size beyond which `MessageTooLarge` is raised."""
        ...

    @property
    def max_post_bytes(self) -> int:
        """The size beyond which `post` raises `MessageTooLarge`: it is less, as posts are stored."""
        ...

    @property
    def connected(self) -> bool:
        """Whether there is a connection at this moment."""
        ...

    async def request(self, subject: str, parcel: Parcel, *, timeout: float) -> Parcel:  # noqa: ASYNC109 - every transport has one of its own
        """Send a parcel and return the answer. Raises NoResponder, DeadlinePassed, MessageTooLarge, Disconnected."""
        ...

    async def publish(self, subject: str, parcel: Parcel) -> None:
        """Send a parcel to all who subscribe. Raises MessageTooLarge, Disconnected."""
        ...

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        """Handle what arrives on a subject, many at a time; those of one group share the work."""
        ...

    async def serve(
        self, pattern: str, handler: Handler, *, senders: Iterable[str], card: ServiceCard
    ) -> FairSubscription:
        """Answer these senders, each within its share; those that serve under one name share the work.

        `pattern` ends in `*`, which stands for the sender. What a sender sends beyond its share finds no responder.
        """
        ...

    @property
    def connections(self) -> int:
        """How often a connection was made so far."""
        ...

    async def reconnected(self, after: int) -> None:
        """Wait until more than so many connections were made. Raises Disconnected when the transport is closed."""
        ...

    async def post(self, subject: str, parcel: Parcel, *, seconds: float) -> None:
        """Have the broker keep a message for its recipient, in place of one of the same subject; return when it does.

        Raises NoResponder when there is no place for it, or no relay, NotStored, DeadlinePassed, MessageTooLarge,
        Disconnected.
        """
        ...

    async def collect(self, lane: Lane, *, limit: int, seconds: float) -> list[PostArrival]:
        """Return up to `limit` parcels posted to this participant as soon as there are some, or none after `seconds`.

        Raises NoResponder when there is no place to collect from, and Disconnected, also when the connection is lost
        while waiting.
        """
        ...

    async def put_object(self, name: str, source: BinaryIO) -> None:
        """Store all that can be read from `source` under a name in this participant's own bucket.

        Who reads the name meanwhile finds what was there before. Raises NoResponder when there is no bucket, NotStored,
        DeadlinePassed, Disconnected.
        """
        ...

    async def get_object(self, owner: str, name: str, target: BinaryIO, *, max_bytes: int) -> None:
        """Write an object from the bucket of its owner to `target`, never more than `max_bytes`, and check its digest.

        What was written is worth nothing if it raises NoObject, MessageTooLarge, DeadlinePassed or Disconnected.
        """
        ...

    async def has_object(self, name: str) -> bool:
        """Tell whether the own bucket holds an object. Raises DeadlinePassed, Disconnected."""
        ...

    async def delete_object(self, name: str) -> None:
        """Remove an object from the own bucket, if it is there. Raises DeadlinePassed, Disconnected."""
        ...

    async def ensure_streams(
        self, bureaus: Iterable[str], services: Iterable[str] = (), former: Iterable[str] = ()
    ) -> list[Correction]:
        """Make the broker's streams and consumers what they must be, and return what was otherwise.

        A bureau has consumers and a bucket, a service, which receives receipts alone, consumers; those of former
        participants are left alone. The operator alone may do this. Raises NotStored, NoResponder, DeadlinePassed,
        Disconnected.
        """
        ...

    async def require_relay(self) -> list[Correction]:
        """Find a relay, and correct nothing. Raises NoResponder where there is none, DeadlinePassed, Disconnected.

        The operator alone may do this.
        """
        ...

    async def bound_posts(self, senders: Iterable[str]) -> list[Correction]:
        """Remove what each of these has posted beyond its quota, and return who had; their outboxes have it still.

        The operator alone may do this. Raises NotStored, NoResponder, DeadlinePassed, Disconnected.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        ...


class HeedCancellation:
    """Raise a cancellation that comes at the same time as a result: `asyncio.wait_for` of Python 3.11 loses it.

    Whoever asks again and again would otherwise never end.
    """

    __slots__ = ("_before", "_task")

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._before = self._task.cancelling() if self._task else 0

    def __exit__(self, *_outcome: object) -> None:
        if self._task is not None and self._task.cancelling() > self._before:
            raise asyncio.CancelledError
