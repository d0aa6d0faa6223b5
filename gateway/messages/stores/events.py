"""Remembers what happened in the mailbox, for those who listen. Never commits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from gateway.messages.tables import events, messages
from shared.storage import Rows, Session

_add_event: Final = sa.insert(events)
_since: Final = (
    sa.select(events, messages.c.summary, messages.c.id)
    .join(messages, messages.c.number == events.c.message)
    .where(events.c.number > sa.bindparam("last"))
    .order_by(events.c.number)
    .limit(sa.bindparam("at_most"))
)
_last_event: Final = sa.select(sa.func.max(events.c.number))


class EventStore:
    """The events, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def tell(self, rows: Sequence[Mapping[str, Any]], now: int) -> None:
        """Add events for those who listen: `message` when one came, `state` when one moved on."""
        if rows:
            await self._session.change(_add_event, [{**row, "told": now} for row in rows])

    async def after(self, last: int, limit: int) -> Rows:
        """Return the events that came after one."""
        return await self._session.look_up(_since, {"last": last, "at_most": limit})

    async def last(self) -> int:
        """Return the number of the latest event; 0 if there is none."""
        [row] = await self._session.look_up(_last_event)
        return row[0] or 0
