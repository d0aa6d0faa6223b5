"""How envelopes travel: what a transport does, whether it is a NATS server or memory.

A transport carries bytes and the signature beside them. It decides nothing and trusts nobody; but the broker behind it
lets a participant speak only on the subjects that end in its own name, and receivers build on that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

INBOX_PREFIX: Final = "_INBOX"


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


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """What is carried: the exact body and the signature over it."""

    signature: str
    body: bytes

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return len(self.signature) + len(self.body)


class Arrival(msgspec.Struct, frozen=True):
    """A parcel that arrived, on which subject, and where the sender wants its answer if he wants one."""

    subject: str
    parcel: Parcel
    reply_to: str
    answer: Callable[[Parcel], Awaitable[None]]


Handler = Callable[[Arrival], Awaitable[None]]


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


def inbox_of(participant: str) -> str:
    """Return the prefix of the subjects on which a participant, and nobody else, receives answers."""
    return f"{INBOX_PREFIX}.{participant}"


def request_subject(service: str, sender: str) -> str:
    """Return the subject on which a sender speaks to a service."""
    return f"i247.req.{service}.{sender}"
