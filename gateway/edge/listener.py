"""Accepts HTTP connections up to a limit. Those beyond it get a 503, and nothing is read from them.

At the limit, the connections whose clients have kept them waiting the longest are closed to make room. A connection
that is answering a request is never closed.
"""

import asyncio
import errno
import heapq
import resource
import socket
import sys
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gateway.edge.http_limits import LINGER_SECONDS, BoundedConnection, Lost, closing_answer
from gateway.rates import is_loopback, source_of
from shared.errors import TooManyConnections

MAX_CONNECTIONS: Final = 10_000
MIN_CONNECTIONS: Final = 64
# Files of a process besides connections and mailboxes: logs, the event loop, webhooks, uploads.
RESERVED_FILES: Final = 128
# A mailbox: a writing and a reading connection, two at work, each with its write-ahead log; and one to the broker.
FILES_OF_A_BUREAU: Final = 10

# Refused connections that are not closed yet; among the reserved files.
LINGERING: Final = 32
ACCEPTED_AT_ONCE: Final = 64
PAUSE_SECONDS: Final = 0.2
# A client that was silent for less may only have a slow connection.
EVICTED_AFTER_SECONDS: Final = 1.0
# One in so many connections is closed at once, at most so often: with many connections the search takes a while.
EVICTED_PART: Final = 16
MAKE_ROOM_SECONDS: Final = 0.1
_OUT_OF_FILES: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

Connect = Callable[[Lost], BoundedConnection]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The maximum number of connections of a process."""

    total: int = MAX_CONNECTIONS
    of_an_address: int | None = None
    """None for no such limit. Loopback addresses have none."""


def possible_connections(bureaus: int) -> int:
    """Return how many connections the file limit leaves to the gateway of so many bureaus; it may be negative."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return sys.maxsize
    return allowed - RESERVED_FILES - FILES_OF_A_BUREAU * bureaus


class Listener:
    """Accepts connections until it is closed."""

    def __init__(self, listening: socket.socket, connect: Connect, limits: ConnectionLimits) -> None:
        self._listening = listening
        self._connect = connect
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._open: dict[BoundedConnection, str | None] = {}
        self._of_address: Counter[str | None] = Counter()
        self._arriving: set[asyncio.Task[object]] = set()
        self._refused: deque[tuple[float, socket.socket]] = deque()
        self._next_look = 0.0
        self._pause: asyncio.TimerHandle | None = None
        self.events: Counter[str] = Counter()
        """The numbers of refused and closed connections; the server logs and clears them."""

        listening.setblocking(False)
        self._begin()

    def close(self) -> None:
        """Accept no more."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening)
        while self._refused:
            self._refused.popleft()[1].close()

    def enforce(self) -> None:
        """Close the connections whose clients keep them waiting for too long. Call it about once a second."""
        now = self._loop.time()
        while self._refused and self._refused[0][0] <= now:
            self._refused.popleft()[1].close()
        self.events["too_slow"] += sum(connection.enforce(now) for connection in tuple(self._open))

    def _begin(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        if self._is_full() and self._make_room():
            # The closed connections are gone when the event loop calls this again, which is at once.
            return
        was_full = self._is_full()
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, peer = self._listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                # Any other error concerns that one connection.
                if error.errno in _OUT_OF_FILES:
                    self._accept_later()
                    return
                continue
            self._take(accepted, self._limited_address(peer[0]))
            if self._is_full() and not was_full:
                # The next call makes room.
                return

    def _accept_later(self) -> None:
        # The connection stays in the queue of the system, which would offer it again at once.
        self.events["out_of_files"] += 1
        self._loop.remove_reader(self._listening)
        self._pause = self._loop.call_later(PAUSE_SECONDS, self._begin)
        self._make_room()

    def _take(self, accepted: socket.socket, address: str | None) -> None:
        limit = self._limits.of_an_address
        if self._is_full() or (limit is not None and address is not None and self._of_address[address] >= limit):
            self._refuse(accepted)
            return
        connection = self._connect(self._forget)
        self._open[connection] = address
        if address is not None:
            self._of_address[address] += 1
        task = self._loop.create_task(self._serve(accepted, connection))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _serve(self, accepted: socket.socket, connection: BoundedConnection) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, accepted)
        except OSError:
            accepted.close()
            self._forget(connection)

    def _forget(self, connection: BoundedConnection) -> None:
        address = self._open.pop(connection, None)
        if address is not None:
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]

    def _is_full(self) -> bool:
        return len(self._open) >= self._limits.total

    def _make_room(self) -> bool:
        """Close the connections whose clients have kept them waiting the longest; return whether there were any."""
        now = self._loop.time()
        if now < self._next_look:
            return False
        self._next_look = now + MAKE_ROOM_SECONDS
        waiting = heapq.nlargest(
            max(1, len(self._open) // EVICTED_PART),
            ((connection.seconds_behind(now), id(connection), connection) for connection in self._open),
        )
        evicted = [connection for behind, _, connection in waiting if behind >= EVICTED_AFTER_SECONDS]
        for connection in evicted:
            connection.drop(_NO_ROOM, lingering=False)
        self.events["evicted"] += len(evicted)
        return bool(evicted)

    def _refuse(self, accepted: socket.socket) -> None:
        self.events["refused"] += 1
        accepted.setblocking(False)
        with suppress(OSError):
            accepted.send(_REFUSED)
            accepted.shutdown(socket.SHUT_WR)
        # If it were closed at once, an arriving request would reset it, and the client might miss the answer.
        self._refused.append((self._loop.time() + LINGER_SECONDS, accepted))
        if len(self._refused) > LINGERING:
            self._refused.popleft()[1].close()

    def _limited_address(self, host: str) -> str | None:
        """Return the key by which a client is limited, None where it is not."""
        if self._limits.of_an_address is None:
            return None
        return None if is_loopback(host) else source_of(host)


_NO_ROOM: Final = TooManyConnections(
    "all connections of the gateway are in use: try again later, send requests without a pause, keep connections open"
)
_REFUSED: Final = closing_answer(_NO_ROOM)
