"""How fast a participant draws from the broker what others have put there.

A participant that exchanges more with the broker than it may is not let in for a while (see `rates`). A bureau decides
what it asks and says, but not how much waits for it: so it takes in posts and attachments at half of the limit.
"""

import asyncio
from typing import Final

from shared.transport import BrokerQuotas

SHARE: Final = 2
# So much may be drawn at once after a rest.
REST_SECONDS: Final = 0.25
# What comes of a parcel: it is handed out and settled, and a receipt for it is posted and acknowledged.
MESSAGES_OF_A_PARCEL: Final = 4


class Pace:
    """What one connection may draw, where several processes share the limit of their participant."""

    def __init__(self, quotas: BrokerQuotas, processes: int) -> None:
        part = SHARE * processes
        self._messages_per_second = quotas.messages_per_second / part
        self._bytes_per_second = quotas.bytes_per_second / part
        self._paid_until = float("-inf")

    async def ready(self) -> None:
        """Wait until something more may be drawn."""
        wait = self._paid_until - _now()
        if wait > 0:
            await asyncio.sleep(wait)

    def draw(self, messages: int, size: int) -> None:
        """Count what was drawn, in messages and their bytes."""
        seconds = max(messages / self._messages_per_second, size / self._bytes_per_second)
        self._paid_until = max(self._paid_until, _now() - REST_SECONDS) + seconds


def _now() -> float:
    return asyncio.get_running_loop().time()
