"""How often and how long one asks again for what is refused for the moment."""

import asyncio
from random import uniform


class Attempts:
    """The time that is left, and the wait before the next attempt, each twice as long as the one before."""

    def __init__(self, seconds: float, first_wait: float, last_wait: float) -> None:
        self._deadline = _now() + seconds
        self._wait = first_wait
        self._last_wait = last_wait

    @property
    def left(self) -> float:
        """How many seconds are left; a moment at the least."""
        return max(self._deadline - _now(), 0.001)

    async def another(self) -> bool:
        """Wait until one may try again; tell whether there is time for that."""
        if 1.5 * self._wait > self.left:
            return False
        await asyncio.sleep(self._wait * uniform(0.5, 1.5))  # noqa: S311 - spreads attempts in time
        self._wait = min(2 * self._wait, self._last_wait)
        return True


def _now() -> float:
    return asyncio.get_running_loop().time()
