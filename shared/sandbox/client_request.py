"""The request of a client that the present task works on. What a process does for itself has none.

A gateway sets it for each request that it receives over HTTP, and a service for each that an officer's gateway sent.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.ids import uuid7


@dataclass(slots=True)
class ClientRequest:
    """What is known of the request of a client, or of one that an application of the gateway sends for it."""

    id: str
    service: str
    """The service, or the application of the gateway, that its path names."""

    bureau: str = ""
    """The bureau in whose name it was sent; only known in a service, as each part of a gateway has one of its own."""

    whole: "ClientRequest | None" = None
    """The request of the client, of which this is one that an application of the gateway sends; None if it is that."""

    is_id_used: bool = False
    owed_until: float = 0.0
    """Before this time its answer is not sent: faults were late where nothing could wait. Monotonic."""

    met: dict[str, Any] = field(default_factory=dict)
    """What happened to it at each step: it counts once, however often the step is taken."""

    async def answer_time(self) -> None:
        """Wait until its answer may be sent."""
        await asyncio.sleep(max(self.owed_until - time.monotonic(), 0.0))


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
