"""Stores receipts for messages, signed by their recipients and by this bureau. Never commits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.mailbox.models import Box, MessageState
from shared.mailbox.tables import messages, receipts
from shared.storage import Rows, Session, having
from shared.storage.claims import ClaimQueue

_add_receipt: Final = sa.insert(receipts)
_queue: Final = ClaimQueue(receipts)
earliest_receipt: Final = _queue.earliest()
_of_message: Final = sa.select(receipts).where(having(receipts, message="of"))
_receipt_of: Final = _of_message.where(having(receipts, bureau="by"))
_which: Final = (receipts.c.message, receipts.c.bureau, receipts.c.state)
_receipts_for: Final = sa.select(*_which).where(receipts.c.message.in_(sa.bindparam("numbers", expanding=True)))
_receipts_of: Final = _of_message.order_by(receipts.c.bureau, receipts.c.state)
# Without the box, as its index is worse than that of the ids and might be chosen.
_signed_about: Final = (
    sa.select(messages.c.id.label("message_id"), messages.c.box, *receipts.c["bureau", "state", "signature"])
    .join(messages, messages.c.number == receipts.c.message)
    .where(messages.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(messages.c.id, receipts.c.bureau, receipts.c.state)
)
_due_receipts: Final = (
    sa.select(receipts, messages.c.sender, messages.c.id.label("message_id"))
    .join(messages, messages.c.number == receipts.c.message)
    .where(receipts.c.due <= sa.bindparam("now"))
    .order_by(receipts.c.due)
    .limit(sa.bindparam("at_most"))
)
_this: Final = having(receipts, id="receipt")
_defer_receipt: Final = _queue.reschedule(_this, attempts=1)
_discount_receipt: Final = _queue.reschedule(_this, attempts=-1)
# Of its message alone: with IN, all messages of the sender would be read.
_by_sender: Final = sa.exists().where(
    messages.c.number == receipts.c.message, having(messages, sender="acknowledged_by")
)
_acknowledge: Final = sa.update(receipts).where(_this, receipts.c.due.is_not(None), _by_sender).values(due=sa.null())
_some_later: Final = sa.select(*_which).where(receipts.c.due > sa.bindparam("now")).limit(sa.bindparam("at_most"))
_hasten_receipts: Final = _queue.make_due(_some_later)


class ReceiptStore:
    """The receipts, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store receipts: id, message, bureau, state, signature, and due if it is sent until acknowledged."""
        if rows:
            await self._session.execute(_add_receipt, [{"attempts": 0, "due": None, **row} for row in rows])

    async def known(self, numbers: Iterable[int]) -> set[tuple[int, str, MessageState]]:
        """Return which receipts there are for some messages: whose, and of which state."""
        rows = await self._session.fetch(_receipts_for, {"numbers": sorted(numbers)})
        return {(row.message, row.bureau, MessageState(row.state)) for row in rows}

    async def of(self, number: int) -> Rows:
        """Return all receipts for a message."""
        return await self._session.fetch(_receipts_of, {"of": number})

    async def by(self, number: int, bureau: str) -> dict[MessageState, Row[Any]]:
        """Return the receipts of a bureau for a message, by state."""
        rows = await self._session.fetch(_receipt_of, {"of": number, "by": bureau})
        return {MessageState(row.state): row for row in rows}

    async def signed_about(self, ids: Sequence[str]) -> Rows:
        """Return the receipts for messages of the outbox, by their ids: message_id, bureau, state, signature."""
        rows = await self._session.fetch(_signed_about, {"ids": list(ids)})
        return [row for row in rows if row.box == Box.OUTBOX]

    async def due(self, now: int, limit: int) -> Rows:
        """Return the receipts that are due now, and not acknowledged yet."""
        return await self._session.fetch(_due_receipts, {"now": now, "at_most": limit})

    async def defer(self, defer: Sequence[Mapping[str, Any]]) -> None:
        """Record when each receipt is to be sent again: receipt, new_due."""
        await self._session.execute(_defer_receipt, defer)

    async def discount(self, not_taken: Sequence[Mapping[str, Any]]) -> None:
        """Do not count attempts that the broker did not take: receipt, new_due."""
        await self._session.execute(_discount_receipt, not_taken)

    async def acknowledge(self, receipt: str, *, by: str) -> None:
        """Stop sending a receipt that the sender of the message has acknowledged."""
        await self._session.execute(_acknowledge, {"receipt": receipt, "acknowledged_by": by})

    async def resend_all(self, now: int, limit: int) -> int:
        """Make receipts that are not acknowledged due now, up to a limit; return how many that were."""
        return await self._session.execute(_hasten_receipts, {"now": now, "at_most": limit})
