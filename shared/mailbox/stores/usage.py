"""Counts what each sender stores in a mailbox, in the transaction that adds or removes it. Never commits.

The own name is that of the outbox. Counted are `messages.size` and the sealed chunks of attachments, also of messages
that have not arrived yet; not receipts, events and hits.
"""

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.mailbox.models import MessageState
from shared.mailbox.quotas import Amount, Quotas, Room
from shared.mailbox.tables import chunks, deliveries, messages, usage
from shared.storage import Session, first_or_none, inline_literal, insert

_new: Final = insert(usage)
_add: Final = _new.on_conflict_do_update(
    index_elements=[usage.c.sender],
    set_={"messages": usage.c.messages + _new.excluded.messages, "bytes": usage.c.bytes + _new.excluded.bytes},
).returning(usage.c.messages, usage.c.bytes)
_all: Final = sa.select(usage)
_of: Final = _all.where(usage.c.sender == sa.bindparam("of"))
# Of all others together, with an empty name.
_others: Final = usage.c.sender != sa.bindparam("own")
_total: Final = sa.select(
    sa.literal_column("''").label("sender"),
    *(sa.func.coalesce(sa.func.sum(usage.c[name]), 0).label(name) for name in ("messages", "bytes")),
).where(_others)
_some: Final = _all.where(usage.c.sender.in_(sa.bindparam("senders", expanding=True)), _others)
_some_and_total: Final = sa.union_all(_total, _some)
_on_broker: Final = deliveries.c.state == inline_literal(MessageState.SENT.value)
_parcels: Final = (sa.func.count().label("messages"), sa.func.sum(deliveries.c.size).label("bytes"))
_outstanding: Final = sa.select(deliveries.c.recipient, *_parcels).where(_on_broker).group_by(deliveries.c.recipient)
_waiting: Final = sa.select(sa.func.count()).where(
    # Both values, so that the index is used.
    deliveries.c.urgent.in_((sa.literal_column("0"), sa.literal_column("1"))),
    deliveries.c.state == inline_literal(MessageState.QUEUED.value),
    deliveries.c.due.is_not(None),
)
_with_objects: Final = (
    sa.select(messages.c.sender, messages.c.id, sa.func.min(deliveries.c.recipient).label("recipient"))
    .join(deliveries, deliveries.c.message == messages.c.number)
    .where(_on_broker, messages.c.attachments > 0)
    .group_by(messages.c.sender, messages.c.id)
    .subquery()
)
_objects: Final = (
    sa.select(
        _with_objects.c.recipient,
        sa.func.count(sa.distinct(_with_objects.c.id)).label("messages"),
        sa.func.sum(sa.func.length(chunks.c.sealed)).label("bytes"),
    )
    .join(chunks, sa.and_(chunks.c.sender == _with_objects.c.sender, chunks.c.message_id == _with_objects.c.id))
    .group_by(_with_objects.c.recipient)
)


class UsageStore:
    """What is stored in a mailbox, in one session, which is the only one that writes meanwhile."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # By sender, of those counted in this session.
        self._stored: dict[str, Amount] = {}
        self._unsaved: dict[str, Amount] = {}

    async def add(self, sender: str, more: Amount) -> Amount:
        """Count a change of what a sender stores, and return the sum. `save` writes all but the first change."""
        if sender in self._stored:
            self._stored[sender] += more
            self._unsaved[sender] = self._unsaved.get(sender, Amount()) + more
        else:
            self._stored[sender] = await self._write(sender, more)
        return self._stored[sender]

    async def save(self) -> None:
        """Write what was counted and is not written yet. To be done before the session is committed."""
        unsaved, self._unsaved = self._unsaved, {}
        for sender, more in unsaved.items():
            await self._write(sender, more)

    async def _write(self, sender: str, more: Amount) -> Amount:
        values = {"sender": sender, "messages": more.messages, "bytes": more.bytes}
        [row] = await self._session.fetch(_add, values)
        return _amount(row)

    async def all(self) -> dict[str, Amount]:
        """Return what each sender stores: there are no more of them than participants in the network."""
        await self.save()
        return {row.sender: _amount(row) for row in await self._session.fetch(_all)}

    async def room(self, quotas: Quotas, senders: Iterable[str], *, own: str) -> Room:
        """Return the room that a mailbox has for what some senders want to store; `own` is its bureau."""
        await self.save()
        rows = await self._session.fetch(_some_and_total, {"senders": sorted(set(senders)), "own": own})
        used = {row.sender: _amount(row) for row in rows}
        return Room(quotas, used, used.pop(""))

    async def of(self, sender: str) -> Amount:
        """Return what one sender stores."""
        await self.save()
        row = first_or_none(await self._session.fetch(_of, {"of": sender}))
        return Amount() if row is None else _amount(row)

    async def outstanding(self) -> dict[str, Amount]:
        """Return the parcels on the broker for each recipient that have no receipt yet."""
        return {row.recipient: _amount(row) for row in await self._session.fetch(_outstanding)}

    async def waiting(self) -> int:
        """Return how many parcels are not on the broker."""
        [[number]] = await self._session.fetch(_waiting, in_thread=True)
        return int(number)

    async def objects(self) -> dict[str, Amount]:
        """Return the messages whose attachments are on the broker, and their bytes, by their first recipient."""
        return {row.recipient: _amount(row) for row in await self._session.fetch(_objects, in_thread=True)}


def _amount(row: Row[Any]) -> Amount:
    return Amount(int(row.messages), int(row.bytes))
