"""Puts off what may be good in a moment, but not for ever, and not much at a time of any one sender.

The broker hands out no more than a thousand parcels of a lane before some of them are settled, and what is put off is
not: a sender who posts what nobody can open would keep from this bureau what all others send.
"""

import asyncio
from typing import Final

from shared.transport import PostArrival

# What is not settled by then is in the way of the rest, and its sender sends it again as long as it matters.
MAX_ATTEMPTS: Final = 10
MAX_OF_A_SENDER: Final = 10


class DeferralLimiter:
    """Of one bureau, with all who write to it."""

    def __init__(self) -> None:
        self._until: dict[str, list[float]] = {}

    async def defer(self, arrival: PostArrival, seconds: float) -> None:
        """Have something come again, or be forgotten: then it comes again when its sender sends it again."""
        sender, now = arrival.subject.rpartition(".")[2], asyncio.get_running_loop().time()
        until = self._until[sender] = [each for each in self._until.get(sender, ()) if each > now]
        if arrival.attempt >= MAX_ATTEMPTS or len(until) >= MAX_OF_A_SENDER:
            await arrival.settle()
            return
        until.append(now + seconds)
        await arrival.postpone(seconds)
