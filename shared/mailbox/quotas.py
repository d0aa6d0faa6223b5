"""Limits on what is stored: in a mailbox by each sender and in total, in the outbox, and by a sender on the broker.

No input or output. What is stored already is counted by `stores.usage`, in the transaction that stores more.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.bureaus import SECRETARIAT, kind_of

GIBIBYTE: Final = 1024**3
# The part of a mailbox that only services and the General Secretariat may use: one in ten.
RESERVE: Final = 10
# How much of what is left on the broker one recipient may have outstanding, as a multiple of it.
ROUTINE_SHARE: Final = 1
URGENT_SHARE: Final = 4


class Amount(msgspec.Struct, frozen=True):
    """A number of messages, or of parcels, and their bytes."""

    messages: int = 0
    bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.messages + other.messages, self.bytes + other.bytes)

    def __neg__(self) -> "Amount":
        return Amount(-self.messages, -self.bytes)

    def is_within(self, limit: "Amount") -> bool:
        """Return whether neither number exceeds a limit."""
        return self.messages <= limit.messages and self.bytes <= limit.bytes


class Quotas(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one mailbox."""

    per_sender: Amount = Amount(500_000, 2 * GIBIBYTE)
    """What each other participant may store in it, but services and the Secretariat."""

    inbox: Amount = Amount(5_000_000, 20 * GIBIBYTE)
    """What all others may store in it."""

    outbox: Amount = Amount(5_000_000, 20 * GIBIBYTE)
    """What its own officers may store in it."""

    post: Amount = Amount(5_000, 256 * 1024**2)
    """What may be on the broker without a receipt."""

    bucket_bytes: int = 256 * 1024**2
    """What the attachments of these may take there."""

    @property
    def shared(self) -> Amount:
        """What these may store in the inbox together: without the reserve of services and the Secretariat."""
        return self.inbox + -Amount(self.inbox.messages // RESERVE, self.inbox.bytes // RESERVE)


class Room:
    """What may still be stored in an inbox, as more is stored in one transaction."""

    def __init__(self, quotas: Quotas, used: Mapping[str, Amount], total: Amount) -> None:
        """Take what each sender concerned stores, and what all do except the bureau of the mailbox."""
        self._quotas = quotas
        self._used = dict(used)
        self._total = total

    def has(self, sender: str, more: Amount) -> bool:
        """Return whether there is room for a sender; for services and the Secretariat only the whole inbox counts."""
        if sender == SECRETARIAT or kind_of(sender) == "service":
            return (self._total + more).is_within(self._quotas.inbox)
        own = self._used.get(sender, Amount()) + more
        return own.is_within(self._quotas.per_sender) and (self._total + more).is_within(self._quotas.shared)

    def take(self, sender: str, more: Amount) -> bool:
        """Count what a sender wants to store if there is room for it; return whether there is."""
        if not self.has(sender, more):
            return False
        self._used[sender] = self._used.get(sender, Amount()) + more
        self._total += more
        return True


class PostRoom:
    """What may still be put on the broker, parcels or attachments, shared fairly between recipients.

    A recipient may have outstanding as much as is left for all, or a multiple of that in urgent messages (the dynamic
    thresholds of Choudhury and Hahne, 1998). So one that is offline takes half of the room with routine messages, a
    second one a third, and some is always left for those that answer.
    """

    def __init__(self, limit: Amount, outstanding: Mapping[str, Amount]) -> None:
        self._outstanding = dict(outstanding)
        self._left = limit + -sum(outstanding.values(), Amount())

    def take(self, recipient: str, size: int, *, urgent: bool) -> bool:
        """Count a parcel for a recipient if there is room for it; return whether there is."""
        now, left, more = self._outstanding.get(recipient, Amount()), self._left, Amount(1, size)
        share = URGENT_SHARE if urgent else ROUTINE_SHARE
        if not more.is_within(left) or now.messages >= share * left.messages or now.bytes >= share * left.bytes:
            return False
        self._outstanding[recipient] = now + more
        self._left = left + -more
        return True
