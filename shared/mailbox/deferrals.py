"""Limits how often senders are told, signed, that their messages are not taken: for now, or at all."""

from typing import Final

from shared.mailbox.rules import DEFERRAL_EVERY

# Of one sender in `DEFERRAL_EVERY`: neither signatures nor what is remembered of them grow with what it posts.
MAX_OF_A_SENDER: Final = 1_000


class ReplyLimiter:
    """The senders of one bureau's messages, and what each was told of late."""

    def __init__(self, most_of_a_sender: int | None = None) -> None:
        self._most = most_of_a_sender
        self._told: dict[str, dict[str, float]] = {}

    def may_tell(self, sender: str, message_id: str, now: float) -> bool:
        """Tell whether a sender may be told of a message now, in monotonic seconds, and count that it is."""
        told = self._told.setdefault(sender, {})
        while told and now - told[first := next(iter(told))] >= DEFERRAL_EVERY.total_seconds():
            del told[first]
        if message_id in told or len(told) >= (self._most or MAX_OF_A_SENDER):
            return False
        told[message_id] = now
        return True
