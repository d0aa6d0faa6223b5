"""Stores the events of a mailbox, for streams and webhooks. Never commits."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

import sqlalchemy as sa

from shared.mailbox.tables import events, messages, webhook_deliveries
from shared.storage import Rows, Session, next_after
from shared.storage.sqlite_sequence import begin_after

_add_event: Final = sa.insert(events)
_of_event: Final = messages.c.number == events.c.message
_since: Final = next_after(sa.select(events, *messages.c["summary", "id"]).join(messages, _of_event), events.c.number)
_last_event: Final = sa.select(sa.func.max(events.c.number))
_following: Final = next_after(sa.select(*events.c["number", "added"]), events.c.number)
_in_span: Final = events.c.number.between(sa.bindparam("first"), sa.bindparam("last"))
_has_delivery: Final = sa.exists().where(webhook_deliveries.c.event == events.c.number)
_remove: Final = sa.delete(events).where(_in_span, ~_has_delivery).returning(events.c.number)


class EventStore:
    """The events, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, rows: Sequence[Mapping[str, Any]], now: int) -> None:
        """Add events: `message` when one came, `state` when one moved on."""
        if rows:
            await self._session.execute(_add_event, [{**row, "added": now} for row in rows])

    async def after(self, last: int, limit: int) -> Rows:
        """Return the events that came after one."""
        return await self._session.fetch(_since, {"after": last, "at_most": limit})

    async def last(self) -> int:
        """Return the number of the latest event; 0 if there is none."""
        [[last]] = await self._session.fetch(_last_event)
        return last or 0

    async def begin_after(self, number: int) -> None:
        """Let the next event have a number above this one. Only on SQLite, as a sandbox has it."""
        await begin_after(self._session, events, number)

    async def added_before(self, before: int, after: int, limit: int) -> list[int]:
        """Return the numbers of the events that follow one and were added before a time, in their order."""
        rows = await self._session.fetch(_following, {"after": after, "at_most": limit})
        return [row.number for row in takewhile(lambda row: row.added <= before, rows)]

    async def remove(self, first: int, last: int) -> None:
        """Remove the events in a span that have no delivery to a webhook."""
        await self._session.fetch(_remove, {"first": first, "last": last}, in_thread=True)
