"""Limits how fast a participant receives posts and attachments: at half of its rate on the broker (see `rates`).

A bureau decides how much it sends, but not how much waits for it; beyond its rate the broker would exclude it.
"""

import asyncio
from typing import Final

from shared.background import loop_time
from shared.transport import BrokerQuotas

SHARE: Final = 2
# Of the rate, what may be received at once after a pause.
BURST_SECONDS: Final = 0.25
# For each parcel: it is delivered and settled, and a receipt for it is posted and acknowledged.
MESSAGES_OF_A_PARCEL: Final = 4


class Pace:
    """The rate of one connection, where several processes share that of their participant."""

    def __init__(self, quotas: BrokerQuotas, processes: int) -> None:
        part = SHARE * processes
        self._messages_per_second = quotas.messages_per_second / part
        self._bytes_per_second = quotas.bytes_per_second / part
        self._wait_until = float("-inf")

    async def ready(self) -> None:
        """Wait until more may be received."""
        wait = self._wait_until - loop_time()
        if wait > 0:
            await asyncio.sleep(wait)

    def count(self, messages: int, size: int) -> None:
        """Count what was received, in messages and their bytes."""
        seconds = max(messages / self._messages_per_second, size / self._bytes_per_second)
        self._wait_until = max(self._wait_until, loop_time() - BURST_SECONDS) + seconds
