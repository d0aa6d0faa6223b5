"""Replay protection: each envelope is carried out once.

A copy of an envelope gets the same reply, from memory; a known id in another envelope is refused. Ids are kept until
their envelope has expired, replies as long as there is memory for them. Does NOT outlive the process, or know what
other processes did: for changes of records see `shared.records.transaction` and `replicas`.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, Protocol, TypeVar

from shared.errors import Busy
from shared.protocol.envelope import SKEW_SECONDS, EnvelopeRefused, Head, RefusalReason

MAX_REMEMBERED: Final = 500_000
# So that no bureau uses up the memory of all.
MAX_OF_ONE_SENDER: Final = 200_000
MAX_REPLY_BYTES: Final = 32 * 1024 * 1024


class Sized(Protocol):
    """A reply of a known size."""

    @property
    def size(self) -> int:
        """How many bytes it has."""


T = TypeVar("T", bound=Sized)
Waiting = Callable[[T], Awaitable[None]]


class Seen(Generic[T]):
    """One admitted envelope: its reply, and until then the copies that wait for it."""

    __slots__ = ("digest", "reply", "waiting")

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self.reply: T | None = None
        self.waiting: list[Waiting[T]] | None = []


class ReplayGuard(Generic[T]):
    """Admits each envelope once."""

    def __init__(
        self,
        *,
        max_remembered: int = MAX_REMEMBERED,
        max_of_one_sender: int = MAX_OF_ONE_SENDER,
        max_reply_bytes: int = MAX_REPLY_BYTES,
    ) -> None:
        self._max_remembered = max_remembered
        self._max_of_one_sender = max_of_one_sender
        self._max_reply_bytes = max_reply_bytes
        self._seen: dict[str, Seen[T]] = {}
        # Not found by iterating the dictionary, which is slow after many deletions at its start.
        self._in_order: deque[tuple[float, str, str]] = deque()
        self._by_sender: Counter[str] = Counter()
        self._replies: deque[Seen[T]] = deque()
        self._reply_bytes = 0

    def __len__(self) -> int:
        return len(self._seen)

    def recall(self, head: Head, digest: str) -> Seen[T] | None:
        """Return the entry of an envelope, or None if it is new.

        Raises EnvelopeRefused for another envelope of a known id, and for one whose reply is no longer kept.
        """
        known = self._seen.get(key_of(head))
        if known is None:
            return None
        if known.digest != digest:
            raise EnvelopeRefused(RefusalReason.REPLAYED, "the id was used for another envelope")
        if known.reply is None and known.waiting is None:
            raise EnvelopeRefused(RefusalReason.REPLAYED, "this envelope was answered before")
        return known

    def find(self, key: str, digest: str) -> Seen[T] | None:
        """Return the entry of exactly this envelope, by what it is remembered under, or None."""
        known = self._seen.get(key)
        return known if known is not None and known.digest == digest else None

    def admit(self, head: Head, digest: str, *, now: float, monotonic: float) -> Seen[T]:
        """Remember a new envelope. Raises Busy if too many are in their time window, of all or of this sender.

        `now` is in seconds since 1970, `monotonic` of a monotonic clock, so that setting the clock removes no id.
        """
        self._forget_expired(monotonic)
        if len(self._seen) >= self._max_remembered or self._by_sender[head.sender] >= self._max_of_one_sender:
            raise Busy("too many requests are in their time window: try again later")
        key, expires = key_of(head), monotonic + head.exp + SKEW_SECONDS - now
        seen = self._seen[key] = Seen(digest)
        self._in_order.append((expires, key, head.sender))
        self._by_sender[head.sender] += 1
        return seen

    def keep_reply(self, seen: Seen[T], reply: T) -> list[Waiting[T]]:
        """Keep the reply while there is room; return the copies that wait for it."""
        waiting, seen.waiting, seen.reply = seen.waiting or [], None, reply
        self._replies.append(seen)
        self._reply_bytes += reply.size
        while self._reply_bytes > self._max_reply_bytes:
            self._forget_reply(self._replies.popleft())
        return waiting

    def _forget_expired(self, monotonic: float) -> None:
        # In order of arrival: one that expires late only delays those behind it.
        while self._in_order and self._in_order[0][0] < monotonic:
            _, key, sender = self._in_order.popleft()
            del self._seen[key]
            self._by_sender[sender] -= 1

    def _forget_reply(self, seen: Seen[T]) -> None:
        if seen.reply is not None:
            self._reply_bytes -= seen.reply.size
            seen.reply = None


def key_of(head: Head) -> str:
    """Return what an envelope is remembered under."""
    return f"{head.sender}:{head.id}"
