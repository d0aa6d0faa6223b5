"""What a transport does: it carries parcels, over a NATS server or in memory.

It verifies nothing. But the broker lets a participant publish only on subjects that end in its own name, and receivers
rely on that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Protocol

import msgspec

from shared.protocol.parcel import Parcel
from shared.transport.subjects import Lane, sender_of

MEBIBYTE: Final = 1024 * 1024
# As many as the default store of the broker has room for.
MAX_PARTICIPANTS: Final = 256


class TransportFailure(Exception):
    """A message did not get through, or its reply did not come back."""


class NoResponder(TransportFailure):
    """Nobody serves the subject."""


class DeadlinePassed(TransportFailure):
    """No reply came in time."""


class Disconnected(TransportFailure):
    """There is no connection to the broker."""


class BrokerAbsent(Disconnected):
    """No broker answered in the time for the first connection."""


class NotAdmitted(Disconnected):
    """The broker refuses the connection."""


class MessageTooLarge(TransportFailure):
    """The broker does not take messages of this size."""


class BrokerRefused(TransportFailure):
    """The broker did not store a post, such as when the stream is full."""


class NoObject(TransportFailure):
    """The object is missing or incomplete, or differs from the description by its owner."""


class Arrival(msgspec.Struct, frozen=True):
    """A received parcel and its subject.

    `reply_to` is empty if no reply is wanted. For a request from another account it is the broker's own (`_R_...`),
    which delivers one reply to the requester.
    """

    subject: str
    parcel: Parcel
    reply_to: str
    reply: Callable[[Parcel], Awaitable[None]]
    penalize: Callable[[], None] = lambda: None
    """Count a useless message of the sender; after too many its messages are refused for a while."""

    @property
    def sender(self) -> str:
        """The participant that the broker lets publish on the subject."""
        return sender_of(self.subject)


Handler = Callable[[Arrival], Coroutine[Any, Any, None]]


class PostArrival(msgspec.Struct, frozen=True):
    """A collected parcel. It is delivered again unless it is settled, or extended, within 30 s.

    `settle`, `postpone` and `extend` raise Disconnected; the parcel is delivered again then.
    """

    subject: str
    parcel: Parcel
    attempt: int
    """How often it was delivered, this time included."""
    settle: Callable[[], Awaitable[None]]
    """Remove the parcel from the broker."""
    postpone: Callable[[float], Awaitable[None]]
    """Have it delivered again after so many seconds."""
    extend: Callable[[], Awaitable[None]]
    """Restart the 30 s."""


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """The name that the replicas of a service share, and what NATS service discovery (`$SRV.>`) shows of it."""

    name: str
    summary: str = ""
    figures: Callable[[], dict[str, Any]] | None = None
    """Returns the present counts, for the statistics; None where the service is not to be discovered."""

    share: int = 128
    """How many requests of one sender may be pending."""


class Correction(msgspec.Struct, frozen=True):
    """Something on the broker that was not as it must be, and was corrected."""

    fault: str
    """A code, such as `stream-changed`."""

    says: str
    about: str
    """The stream, consumer or sender."""


@dataclass(frozen=True, slots=True)
class BrokerQuotas:
    """What each participant may use of the broker."""

    connections: int = 8
    bucket_bytes: int = 256 * MEBIBYTE
    """Of attachments that are not fetched yet."""

    post_parcels: int = 4_000
    post_bytes: int = 128 * MEBIBYTE
    """Of parcels that are not settled yet."""

    store_bytes: int = 4096 * MEBIBYTE
    """Of all participants together."""

    messages_per_second: int = 10_000
    """Sent and received; and as many again that are sent and no reply."""

    bytes_per_second: int = 128 * MEBIBYTE

    replicas: int = 1
    """How many servers of a cluster store each message."""


DEFAULT_QUOTAS: Final = BrokerQuotas()


class Subscription(Protocol):
    """A handler of parcels."""

    async def stop(self) -> None:
        """Accept no new parcels, and return when the accepted ones are handled."""


class FairSubscription(Subscription, Protocol):
    """A handler of requests that serves each sender within its share."""

    async def admit(self, senders: Iterable[str]) -> None:
        """Serve these senders as well: now, or as soon as there is a connection."""


class Transport(Protocol):
    """One participant's connection."""

    @property
    def max_parcel_bytes(self) -> int:
        """The size beyond which `MessageTooLarge` is raised."""

    @property
    def max_post_bytes(self) -> int:
        """The size beyond which `post` raises `MessageTooLarge`."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""

    async def request(self, subject: str, parcel: Parcel, *, timeout: float) -> Parcel:  # noqa: ASYNC109 - every transport has one of its own
        """Send a parcel and return the reply. Raises NoResponder, DeadlinePassed, MessageTooLarge, Disconnected."""

    async def publish(self, subject: str, parcel: Parcel) -> None:
        """Send a parcel to all subscribers. Raises MessageTooLarge, Disconnected."""

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        """Handle the parcels on a subject concurrently; the subscriptions of one group share them."""

    async def serve(
        self, pattern: str, handler: Handler, *, senders: Iterable[str], card: ServiceCard
    ) -> FairSubscription:
        """Serve these senders, each within its share; replicas of one name share the requests.

        `pattern` ends in `*`, which stands for the sender. Requests beyond the share find no responder.
        """

    @property
    def connections(self) -> int:
        """How many connections were made so far."""

    async def reconnected(self, after: int) -> None:
        """Wait until more than `after` connections were made. Raises Disconnected when the transport is closed."""

    async def post(self, subject: str, parcel: Parcel, *, seconds: float) -> None:
        """Store a message on the broker for its recipient; it replaces one of the same subject.

        Raises NoResponder where the recipient is unknown or no relay runs, BrokerRefused, DeadlinePassed,
        MessageTooLarge, Disconnected.
        """

    async def collect(self, lane: Lane, *, limit: int, seconds: float) -> list[PostArrival]:
        """Return up to `limit` parcels for this participant as soon as there are some, or none after `seconds`.

        Raises NoResponder where its consumer is missing, and Disconnected, also if the connection is lost meanwhile.
        """

    async def put_object(self, name: str, source: BinaryIO) -> None:
        """Store the content of `source` under a name in the own bucket; readers see the former object until then.

        Raises NoResponder where there is no bucket, BrokerRefused, DeadlinePassed, Disconnected.
        """

    async def get_object(self, owner: str, name: str, target: BinaryIO, *, max_bytes: int) -> None:
        """Write an object of another participant to `target`, at most `max_bytes`, and check its digest.

        Raises NoObject, MessageTooLarge, DeadlinePassed, Disconnected: discard what was written then.
        """

    async def has_object(self, name: str) -> bool:
        """Return whether the own bucket holds an object. Raises DeadlinePassed, Disconnected."""

    async def delete_object(self, name: str) -> None:
        """Remove an object from the own bucket, if it is there. Raises DeadlinePassed, Disconnected."""

    async def ensure_streams(
        self, bureaus: Iterable[str], services: Iterable[str] = (), former: Iterable[str] = ()
    ) -> list[Correction]:
        """Create or correct the streams and consumers of the broker, and return the corrections.

        A bureau has consumers and a bucket, a service consumers; those of former participants stay. For the operator
        alone. Raises BrokerRefused, NoResponder, DeadlinePassed, Disconnected.
        """

    async def require_relay(self) -> list[Correction]:
        """Check that a relay runs; correct nothing. For the operator alone.

        Raises NoResponder where there is none, DeadlinePassed, Disconnected.
        """

    async def bound_posts(self, senders: Iterable[str]) -> list[Correction]:
        """Remove what these senders posted beyond their quota, and return who had; their outboxes still have it.

        For the operator alone. Raises BrokerRefused, NoResponder, DeadlinePassed, Disconnected.
        """

    async def close(self) -> None:
        """Finish pending work and disconnect."""


class HeedCancellation:
    """Raise a cancellation that comes at the same time as a result: `asyncio.wait_for` of Python 3.11 loses it."""

    __slots__ = ("_before", "_task")

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._before = self._task.cancelling() if self._task else 0

    def __exit__(self, *_outcome: object) -> None:
        if self._task is not None and self._task.cancelling() > self._before:
            raise asyncio.CancelledError
