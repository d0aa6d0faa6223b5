"""Removes messages that have a `kept_until`, which those of a bureau have not, with all their rows. Never commits."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from shared.mailbox.quotas import Amount
from shared.mailbox.stores.usage import UsageStore
from shared.mailbox.tables import deliveries, events, messages, receipts
from shared.storage import Session

_numbers: Final[sa.BindParameter[Any]] = sa.bindparam("numbers", expanding=True)
_these: Final = messages.c.number.in_(_numbers)
_all_past: Final = sa.select(messages.c.number).where(messages.c.kept_until <= sa.bindparam("now"))
_past: Final = _all_past.order_by(messages.c.kept_until).limit(sa.bindparam("at_most"))
_still_due: Final = (deliveries.c.message.in_(_numbers), deliveries.c.due.is_not(None))
_waiting: Final = sa.select(deliveries.c.message).where(*_still_due).group_by(deliveries.c.message)
_keep_on: Final = sa.update(messages).where(_these).values(kept_until=sa.bindparam("new_kept_until"))
_amounts: Final = (sa.func.count().label("removed"), sa.func.sum(messages.c.size).label("bytes"))
_sizes: Final = sa.select(messages.c.sender, *_amounts).where(_these).group_by(messages.c.sender)
# In this order, as they refer to the message.
_remove: Final = (
    *(sa.delete(table).where(table.c.message.in_(_numbers)) for table in (events, receipts, deliveries)),
    sa.delete(messages).where(_these),
)


class NotificationStore:
    """The messages that have a `kept_until`, in one session."""

    def __init__(self, session: Session, usage: UsageStore) -> None:
        self._session = session
        self._usage = usage

    async def past(self, now: int, limit: int) -> list[int]:
        """Return the numbers of messages that need not be kept any more, the longest past first."""
        return [row.number for row in await self._session.fetch(_past, {"now": now, "at_most": limit})]

    async def waiting(self, numbers: Sequence[int]) -> set[int]:
        """Return which of some messages a recipient has not signed for yet, and still may."""
        return {row.message for row in await self._session.fetch(_waiting, {"numbers": list(numbers)})}

    async def keep_on(self, numbers: Sequence[int], until: int) -> None:
        """Keep messages until a later time."""
        await self._session.execute(_keep_on, {"numbers": list(numbers), "new_kept_until": until})

    async def remove(self, numbers: Sequence[int]) -> None:
        """Remove messages with their events, receipts and deliveries."""
        for row in await self._session.fetch(_sizes, {"numbers": list(numbers)}):
            await self._usage.add(row.sender, -Amount(int(row.removed), int(row.bytes)))
        for statement in _remove:
            await self._session.execute(statement, {"numbers": list(numbers)})
