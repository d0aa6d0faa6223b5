"""Limits how often senders are told, signed, that their messages are not taken: for now, or at all."""

from datetime import datetime
from typing import Final

from gateway.messages.rules import DEFERRAL_EVERY

# Of one sender in `DEFERRAL_EVERY`: neither signatures nor what is remembered of them grow with what it posts.
MOST_OF_A_SENDER: Final = 1_000


class Deferrals:
    """The senders of one bureau's messages, and what each was told of late."""

    def __init__(self, most_of_a_sender: int | None = None) -> None:
        self._most = most_of_a_sender
        self._told: dict[str, dict[str, datetime]] = {}

    def may_tell(self, sender: str, message_id: str, now: datetime) -> bool:
        """Tell whether a sender may be told of a message now, and count that it is."""
        told = self._told.setdefault(sender, {})
        while told and not _is_recent(told[first := next(iter(told))], now):
            del told[first]
        if message_id in told or len(told) >= (self._most or MOST_OF_A_SENDER):
            return False
        told[message_id] = now
        return True


def _is_recent(at: datetime, now: datetime) -> bool:
    # A clock that was put back must not silence this for longer.
    return at <= now < at + DEFERRAL_EVERY
