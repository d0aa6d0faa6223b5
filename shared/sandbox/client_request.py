"""The request of a client that the present task works on. What a process does for itself has none.

A gateway sets it for each request that it receives over HTTP, and a service for each that an officer's gateway sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from shared.ids import uuid7


@dataclass(slots=True)
class ClientRequest:
    """What is known of the request of a client."""

    id: str
    service: str
    """The service, or the application of the gateway, that its path names."""

    bureau: str = ""
    """The bureau in whose name it was sent; only known in a service, as each part of a gateway has one of its own."""

    is_id_used: bool = False
    owed_seconds: float = 0.0
    """How much later the answer is to be sent: the latency of faults that happened where nothing could wait."""


_current: ContextVar[ClientRequest | None] = ContextVar("client_request", default=None)


def current() -> ClientRequest | None:
    """Return the request of a client that this task works on, if any."""
    return _current.get()


@contextmanager
def working_on(request: ClientRequest | None) -> Iterator[None]:
    """Work on a request in this block; None for what is not done for one client alone."""
    before = _current.set(request)
    try:
        yield
    finally:
        _current.reset(before)


def id_of_request(at: datetime) -> str:
    """Return an id for what a client requested: the first time that of the request itself, then new ones."""
    request = current()
    if request is None or request.is_id_used:
        return uuid7(at)
    request.is_id_used = True
    return request.id
