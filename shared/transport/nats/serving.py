"""Serves many senders, each within its share.

Each sender has a subscription of its own, a window, that ends after some messages; the next window is opened as these
are handled. Requests beyond the share find no responder: they cost this process nothing, and delay no other sender.
Where several senders are busy, only some messages of each are handled at once; the rest of its share waits.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from nats import errors
from nats.aio.msg import Msg

from shared.background import loop_time
from shared.compat.nats_messages import DirectSubscription
from shared.logs import Log
from shared.transport import ServiceCard
from shared.transport.nats.client import BrokerClient
from shared.transport.subjects import sender_of

# Of the messages in one window, as predicted from the largest in the one before.
WINDOW_BYTES: Final = 32 * 1024 * 1024
FIRST_LARGEST: Final = 2 * 1024 * 1024
MIN_WINDOW: Final = 4
# Of each sender, where several are busy: those with BUSY messages handled in this second or the one before.
HANDLED_AT_ONCE: Final = 16
BUSY: Final = 5
BUSY_SECONDS: Final = 1.0
# How many messages of a sender may be refused in a second. Beyond that it is paused, each time for longer.
REFUSALS_PER_SECOND: Final = 20
PAUSE_SECONDS: Final = 1.0
MAX_PAUSE_SECONDS: Final = 30.0

Penalize = Callable[[], None]
Handle = Callable[[Msg, Penalize], Coroutine[Any, Any, None]]
Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class SenderShare:
    """The messages of one sender that wait or are handled, and its present window."""

    def __init__(self, server: "FairServer", sender: str) -> None:
        self._server = server
        self._sender = sender
        self._subject = server.subject_of(sender)
        self._window: DirectSubscription | None = None
        # With those before it that may still receive messages.
        self._windows: list[DirectSubscription] = []
        self._waiting: deque[Msg] = deque()
        self._running = 0
        self._opening = asyncio.Lock()
        # The largest message in bytes since the present window was opened, and the one to expect in the next.
        self._largest = 0
        self._expected = FIRST_LARGEST
        self._held_bytes = 0
        self._refused = 0.0
        self._refused_at = 0.0
        self._pause_seconds = PAUSE_SECONDS
        self._paused_until = 0.0
        self._dropped = 0

    async def open(self) -> None:
        """Open the next window, unless the present one suffices or the sender is paused."""
        if self._opening.locked() or not self._may_open():
            return
        self._expected = max(self._largest, self._expected // 2)
        self._largest = 0
        messages = max(MIN_WINDOW, min(self._server.share, WINDOW_BYTES // max(self._expected, 1)))
        async with self._opening:
            # Without a connection; windows are opened when there is one.
            with suppress(errors.Error):
                self._window = await self._server.open_window(self._sender, messages, self._take)
                self._windows = [window for window in self._windows if not window.is_used]
                self._windows.append(self._window)

    async def close(self) -> None:
        """Unsubscribe from the sender."""
        async with self._opening:
            self._window = None
            while self._windows:
                await self._server.close_window(self._windows.pop())

    async def give_up(self) -> list[DirectSubscription]:
        """Return the windows that may still receive messages, and open no others."""
        async with self._opening:
            self._window = None
            given_up, self._windows = self._windows, []
            return given_up

    def start_all(self) -> None:
        """Start to handle all messages that wait."""
        while self._waiting:
            self._start(self._waiting.popleft())

    @property
    def _held(self) -> int:
        return self._running + len(self._waiting)

    def _may_open(self) -> bool:
        # This is checked at each message, and the first condition mostly decides.
        if self._window is not None and not self._window.is_half_used:
            return False
        if self._server.closing or self._held > self._server.share * 3 // 4 or self._held_bytes > WINDOW_BYTES:
            return False
        return loop_time() >= self._paused_until

    def _take(self, message: Msg) -> None:
        if self._paused_until and loop_time() < self._paused_until:
            self._dropped += 1
            return
        if message.subject != self._subject and not self._server.is_of(self._sender, message.subject):
            # A consumer of JetStream may deliver here, and what it delivers keeps a subject that names another sender.
            self._penalize()
            self._renew()
            return
        size = len(message.data)
        self._largest = max(self._largest, size)
        self._held_bytes += size
        self._waiting.append(message)
        self._proceed()

    def _proceed(self) -> None:
        while self._waiting and self._running < self._server.at_once:
            self._start(self._waiting.popleft())
        self._renew()

    def _start(self, message: Msg) -> None:
        self._running += 1
        self._server.count(self._sender)
        task = self._server.spawn(self._server.handle(message, self._penalize))
        task.add_done_callback(partial(self._done, len(message.data)))

    def _done(self, size: int, _task: asyncio.Task[None]) -> None:
        self._running -= 1
        self._held_bytes -= size
        self._proceed()

    def _renew(self) -> None:
        if not self._opening.locked() and self._may_open():
            self._server.spawn(self.open())

    def _penalize(self) -> None:
        now = loop_time()
        self._refused = max(self._refused - (now - self._refused_at) * REFUSALS_PER_SECOND, 0.0) + 1
        self._refused_at = now
        if self._refused > REFUSALS_PER_SECOND and now >= self._paused_until:
            self._pause(now)

    def _pause(self, now: float) -> None:
        if now > self._paused_until + MAX_PAUSE_SECONDS:
            self._pause_seconds = PAUSE_SECONDS
        self._paused_until = now + self._pause_seconds
        self._server.log.warning("sender-paused", sender=self._sender, seconds=self._pause_seconds)
        self._server.spawn(self._resume(self._pause_seconds))
        self._pause_seconds = min(self._pause_seconds * 2, MAX_PAUSE_SECONDS)

    async def _resume(self, seconds: float) -> None:
        await self.close()
        await self._server.pause(seconds)
        self._refused = 0.0
        dropped, self._dropped = self._dropped, 0
        self._server.log.warning("sender-resumed", sender=self._sender, dropped=dropped)
        await self.open()


class FairServer:
    """Handles the messages on the subjects of many senders; the servers of one group share them."""

    def __init__(
        self, client: BrokerClient, pattern: str, card: ServiceCard, handle: Handle, spawn: Spawn, log: Log
    ) -> None:
        """`pattern` ends in `*`, which stands for the sender; other tokens of it may be `*` as well."""
        self.handle = handle
        self.spawn = spawn
        self.log = log
        self.share = card.share
        self.closing = False
        self._client = client
        self._prefix = pattern.removesuffix("*")
        self._root = pattern.partition("*")[0]
        self._is_open = self._root != self._prefix
        self._group = card.name
        self._stopped = asyncio.Event()
        self._shares: dict[str, SenderShare] = {}
        # In the present second: how many messages of each sender were handled, and which senders are busy.
        self._handled = Counter[str]()
        self._busy: set[str] = set()
        self._busy_before: set[str] = set()
        self._counted_until = 0.0
        # How many messages of one sender may be handled at once: its whole share, if no other is busy.
        self.at_once = self.share
        client.on_connected.append(lambda: spawn(self._reopen()))

    async def admit(self, senders: Iterable[str]) -> None:
        """Serve these senders as well."""
        for sender in senders:
            if sender not in self._shares:
                share = self._shares[sender] = SenderShare(self, sender)
                await share.open()

    async def _reopen(self) -> None:
        for share in self._shares.values():
            await share.open()

    def close(self) -> None:
        """Open no further windows, end all pauses, and start all that waits."""
        self.closing = True
        self._stopped.set()
        for share in self._shares.values():
            share.start_all()

    async def stop(self) -> None:
        """Unsubscribe from all senders, and start all that came before."""
        self.close()
        windows = [window for share in self._shares.values() for window in await share.give_up()]
        await self._client.drain_subscriptions(windows)
        self.close()

    def subject_of(self, sender: str) -> str:
        """Return the subject on which only this sender may publish."""
        return f"{self._prefix}{sender}"

    def is_of(self, sender: str, subject: str) -> bool:
        """Return whether a subject is of this sender, where the pattern leaves other tokens open."""
        return self._is_open and subject.startswith(self._root) and sender_of(subject) == sender

    def count(self, sender: str) -> None:
        """Count a message of a sender that is handled now."""
        now = loop_time()
        if now >= self._counted_until:
            is_long_ago = now >= self._counted_until + BUSY_SECONDS
            self._busy_before, self._busy = set() if is_long_ago else self._busy, set()
            self._handled.clear()
            self._counted_until = now + BUSY_SECONDS
            self._limit()
        self._handled[sender] += 1
        if self._handled[sender] == BUSY:
            self._busy.add(sender)
            self._limit()

    def _limit(self) -> None:
        self.at_once = self.share if len(self._busy | self._busy_before) < 2 else HANDLED_AT_ONCE

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than this server runs."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def open_window(self, sender: str, messages: int, take: Callable[[Msg], None]) -> DirectSubscription:
        """Subscribe for the next messages of a sender. Raises errors.Error."""
        subject = self.subject_of(sender)
        make = partial(DirectSubscription, self._client, subject, take, group=self._group, limit=messages)
        return await self._client.open_subscription(make, messages)

    async def close_window(self, window: DirectSubscription) -> None:
        """Unsubscribe before all messages of a window have come."""
        await self._client.end_subscription(window)
