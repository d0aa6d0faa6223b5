"""Limits per sender: how much is deferred at a time, and how often a sender is answered.

The broker delivers at most a thousand parcels of a lane before some of them are settled, and deferred ones are not: a
sender whose parcels cannot be opened would otherwise block those of all others.
"""

from typing import Final

from shared.background import loop_time
from shared.clock import Clock
from shared.mailbox.rules import DEFERRAL_EVERY
from shared.transport import PostArrival

LATER_SECONDS: Final = 2.0
BROKEN_SECONDS: Final = 60.0
# Then it is dropped; its sender sends it again.
MAX_ATTEMPTS: Final = 10
MAX_DEFERRED: Final = 10
# Of one sender in `DEFERRAL_EVERY`: this bounds the signatures made for it and the memory of them.
MAX_REPLIES: Final = 1_000


class DeferralLimiter:
    """Bounds how many parcels of each sender to one bureau are deferred."""

    def __init__(self) -> None:
        self._until: dict[str, list[float]] = {}

    async def defer(self, arrival: PostArrival, seconds: float) -> None:
        """Have the broker deliver a parcel again later, or drop it: then its sender sends it again."""
        sender, now = arrival.subject.rpartition(".")[2], loop_time()
        until = self._until[sender] = [each for each in self._until.get(sender, ()) if each > now]
        if arrival.attempt >= MAX_ATTEMPTS or len(until) >= MAX_DEFERRED:
            await arrival.settle()
            return
        until.append(now + seconds)
        await arrival.postpone(seconds)


class ReplyLimiter:
    """Bounds how often each sender is answered in `DEFERRAL_EVERY`."""

    def __init__(self, clock: Clock, limit: int | None = None) -> None:
        """By default the `limit` of one sender is `MAX_REPLIES`."""
        self._clock = clock
        self._limit = limit
        self._replies: dict[str, dict[object, float]] = {}

    def may_reply(self, sender: str, message_id: str | None = None) -> bool:
        """Count an answer to a sender, about one message only once; return whether the limit allows it."""
        replies, now = self._replies.setdefault(sender, {}), self._clock.monotonic()
        while replies and now - replies[first := next(iter(replies))] >= DEFERRAL_EVERY.total_seconds():
            del replies[first]
        if message_id in replies or len(replies) >= (self._limit or MAX_REPLIES):
            return False
        replies[message_id or object()] = now
        return True
