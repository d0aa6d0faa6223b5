"""Limits per sender: how much is deferred at a time, and how often a sender is answered.

The broker hands out no more than a thousand parcels of a lane before some of them are settled, and what is deferred is
not: a sender who posts what nobody can open would keep from this bureau what all others send.
"""

import asyncio
from typing import Final

from shared.mailbox.rules import DEFERRAL_EVERY
from shared.transport import PostArrival

# What is not settled by then is in the way of the rest, and its sender sends it again as long as it matters.
MAX_ATTEMPTS: Final = 10
MAX_DEFERRED: Final = 10
# Of one sender in `DEFERRAL_EVERY`: neither signatures nor what is remembered of them grow with what it posts.
MAX_REPLIES: Final = 1_000


class DeferralLimiter:
    """Bounds what is deferred of each sender to one bureau."""

    def __init__(self) -> None:
        self._until: dict[str, list[float]] = {}

    async def defer(self, arrival: PostArrival, seconds: float) -> None:
        """Have a parcel delivered again later, or drop it: then it comes when its sender sends it again."""
        sender, now = arrival.subject.rpartition(".")[2], asyncio.get_running_loop().time()
        until = self._until[sender] = [each for each in self._until.get(sender, ()) if each > now]
        if arrival.attempt >= MAX_ATTEMPTS or len(until) >= MAX_DEFERRED:
            await arrival.settle()
            return
        until.append(now + seconds)
        await arrival.postpone(seconds)


class ReplyLimiter:
    """Bounds how often each sender is answered about its messages, signed: once for each, and not for too many."""

    def __init__(self, limit: int | None = None) -> None:
        """`limit`: for one sender in `DEFERRAL_EVERY`; by default `MAX_REPLIES`."""
        self._limit = limit
        self._replies: dict[str, dict[str, float]] = {}

    def may_reply(self, sender: str, message_id: str, now: float) -> bool:
        """Tell whether a sender may be answered about a message now, in monotonic seconds, and count that it is."""
        replies = self._replies.setdefault(sender, {})
        while replies and now - replies[first := next(iter(replies))] >= DEFERRAL_EVERY.total_seconds():
            del replies[first]
        if message_id in replies or len(replies) >= (self._limit or MAX_REPLIES):
            return False
        replies[message_id] = now
        return True
