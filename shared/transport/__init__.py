"""How envelopes travel: what a transport does, whether it is a NATS server or memory.

A transport carries bytes and the signature beside them. It decides nothing and trusts nobody; but the broker behind it
lets a participant speak only on the subjects that end in its own name, and receivers build on that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import msgspec

from shared.transport.subjects import (
    INBOX_PREFIX,
    KEY_HEADER,
    MESSAGES,
    Lane,
    bucket_stream,
    inbox_of,
    lane_consumer,
    lane_subjects,
    message_subject,
    request_subject,
)

__all__ = [
    "INBOX_PREFIX",
    "KEY_HEADER",
    "MESSAGES",
    "Arrival",
    "DeadlinePassed",
    "Disconnected",
    "Handler",
    "HeedCancellation",
    "Lane",
    "MessageTooLarge",
    "NoObject",
    "NoResponder",
    "NotStored",
    "Parcel",
    "PostArrival",
    "ServiceCard",
    "Subscription",
    "Transport",
    "TransportFailure",
    "bucket_stream",
    "inbox_of",
    "lane_consumer",
    "lane_subjects",
    "message_subject",
    "request_subject",
]


class TransportFailure(Exception):
    """A message did not get through, or its answer did not come back."""


class NoResponder(TransportFailure):
    """Nobody serves the subject."""


class DeadlinePassed(TransportFailure):
    """No answer came in time."""


class Disconnected(TransportFailure):
    """There is no connection to the broker."""


class MessageTooLarge(TransportFailure):
    """The broker does not take messages of this size."""


class NotStored(TransportFailure):
    """The broker has a place for what is posted, but did not keep it, such as when that is full."""


class NoObject(TransportFailure):
    """There is no such object, or not as a whole and as its owner described it."""


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """What is carried: the exact body, the signature over it, and for a sealed body the recipient's key to it."""

    signature: str
    body: bytes
    key: str = ""

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return len(self.signature) + len(self.body) + len(self.key)


class Arrival(msgspec.Struct, frozen=True):
    """A parcel that arrived, on which subject, and where the sender wants its answer if he wants one."""

    subject: str
    parcel: Parcel
    reply_to: str
    answer: Callable[[Parcel], Awaitable[None]]


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
    """What a server tells of itself to NATS service discovery (`$SRV.PING|INFO|STATS`)."""

    name: str
    summary: str
    figures: Callable[[], dict[str, Any]]
    """Called for the present counts, whenever the statistics are asked for."""


class Subscription(Protocol):
    """A handler at work."""

    async def stop(self) -> None:
        """Take no new parcels, and return when those at hand are handled."""
        ...


class Transport(Protocol):
    """One participant's connection."""

    @property
    def max_parcel_bytes(self) -> int:
        """The size beyond which `MessageTooLarge` is raised."""
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

    async def serve(self, subject: str, handler: Handler, *, card: ServiceCard) -> Subscription:
        """Subscribe as a service, in a group of its name, that NATS service discovery can find."""
        ...

    @property
    def connections(self) -> int:
        """How often a connection was made so far."""
        ...

    async def reconnected(self, after: int) -> None:
        """Wait until more than so many connections were made. Raises Disconnected when the transport is closed."""
        ...

    async def post(self, subject: str, parcel: Parcel, *, seconds: float) -> None:
        """Have the broker keep a parcel for its recipient, in place of one of the same subject; return when it does.

        Raises NoResponder when there is no place for it, NotStored, DeadlinePassed, MessageTooLarge, Disconnected.
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

    async def furnish(self, bureaus: Iterable[str], services: Iterable[str] = ()) -> None:
        """Make the place for posts, and what each participant needs there, where it is missing or wrong.

        A bureau has consumers and a bucket, a service, which receives receipts alone, consumers.
        The Secretariat alone may do this. Raises NotStored, NoResponder, DeadlinePassed, Disconnected.
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
