"""Requests of a participant to the relay, which passes them to JetStream, and attempts that are repeated for a time."""

import asyncio
from random import uniform
from typing import Final

from nats.aio.msg import Msg

from shared.transport import BrokerRefused, DeadlinePassed, NoResponder
from shared.transport.nats.jetstream import LEADERLESS, NOT_FOUND, fault_in
from shared.transport.nats.replies import Replies

# After this the reply is taken for lost, as some are when the server reloads. To send twice does no harm.
ANSWER_SECONDS: Final = 1.5
# Between attempts, while the relay has the share of this participant pending, or is restarted.
FIRST_WAIT_SECONDS: Final = 0.02
LAST_WAIT_SECONDS: Final = 0.2


class Attempts:
    """The time that is left, and the wait before the next attempt, each twice as long as the one before."""

    def __init__(self, seconds: float, first_wait: float, last_wait: float) -> None:
        self._now = asyncio.get_running_loop().time
        self._deadline = self._now() + seconds
        self._wait = first_wait
        self._last_wait = last_wait

    @property
    def left(self) -> float:
        """How many seconds are left, at least one millisecond."""
        return max(self._deadline - self._now(), 0.001)

    async def another(self) -> bool:
        """Wait before the next attempt; return whether there is time for it."""
        if 1.5 * self._wait > self.left:
            return False
        await asyncio.sleep(self._wait * uniform(0.5, 1.5))  # noqa: S311 - spreads attempts in time
        self._wait = min(2 * self._wait, self._last_wait)
        return True


async def store(
    replies: Replies, subject: str, body: bytes, seconds: float, headers: dict[str, str] | None = None
) -> None:
    """Have the relay store something, and return when it is.

    Raises BrokerRefused, NoResponder where it cannot be kept now or no relay runs, DeadlinePassed, Disconnected.
    """
    fault = fault_in((await ask_relay(replies, subject, body, seconds, headers)).data)
    if fault is not None:
        nobody = fault.code == NOT_FOUND or fault.err_code in LEADERLESS
        raise (NoResponder if nobody else BrokerRefused)(fault.description)


async def ask_relay(
    replies: Replies, subject: str, body: bytes, seconds: float, headers: dict[str, str] | None = None
) -> Msg:
    """Return the reply of the relay. Raises NoResponder where no relay runs, DeadlinePassed, Disconnected."""
    attempts = Attempts(seconds, FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS)
    while True:
        left = attempts.left
        try:
            return await replies.only(subject, body, min(left, ANSWER_SECONDS), headers)
        except DeadlinePassed:
            if left <= ANSWER_SECONDS:
                raise
        except NoResponder:
            if not await attempts.another():
                raise
