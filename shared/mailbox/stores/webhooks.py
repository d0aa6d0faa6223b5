"""Stores webhooks, and the deliveries of events to them. Never commits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.sql import Executable

from shared.mailbox.models import WebhookDeliveryQuery, WebhookState
from shared.mailbox.tables import events, messages, webhook_deliveries, webhooks
from shared.storage import Rows, Session, first_or_none, having, next_after
from shared.storage.claims import ClaimQueue

# So that no transaction is long, however many events there are after a downtime.
QUEUE_BATCH_SIZE: Final = 1000

_ids: Final = sa.select(webhooks.c.id).order_by(webhooks.c.id)
_all: Final = sa.select(webhooks.c.content).order_by(webhooks.c.id)
_add: Final = sa.insert(webhooks)
_drop: Final = sa.delete(webhooks).where(webhooks.c.id == sa.bindparam("of"))
_last_event: Final = sa.select(sa.func.max(events.c.number))
_queue_of_events: Final = ClaimQueue(webhook_deliveries)
_of_webhook: Final = having(webhook_deliveries, webhook="of")
_standing: Final = sa.select(
    *webhooks.c["content", "secret", "after_event"],
    _last_event.scalar_subquery().label("last_event"),
    _queue_of_events.earliest().where(_of_webhook).scalar_subquery().label("earliest_due"),
).where(webhooks.c.id == sa.bindparam("of"))
_next_events: Final = next_after(sa.select(events.c.number), events.c.number).limit(QUEUE_BATCH_SIZE).subquery()
_reached: Final = sa.select(sa.func.max(_next_events.c.number))
_queue: Final = sa.insert(webhook_deliveries).from_select(
    ["webhook", "event", "state", "at", "attempts", "due"],
    sa.select(
        sa.bindparam("of", type_=sa.String),
        events.c.number,
        sa.literal(WebhookState.PENDING.value),
        events.c.at,
        sa.literal(0),
        sa.bindparam("now", type_=sa.BigInteger),
    ).where(
        events.c.number > sa.bindparam("after"),
        events.c.number <= sa.bindparam("until"),
        events.c.added > sa.bindparam("since"),
        events.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    ),
)
_reach: Final = sa.update(webhooks).where(webhooks.c.id == sa.bindparam("of")).values(after_event=sa.bindparam("until"))
_all_due: Final = (_of_webhook, webhook_deliveries.c.due <= sa.bindparam("now"))
_first_due: Final = sa.select(*webhook_deliveries.c["webhook", "event"]).where(*_all_due)
_due: Final = _first_due.order_by(*webhook_deliveries.c["due", "event"]).limit(sa.bindparam("at_most"))
_claim: Final = _queue_of_events.claim(_due, "event", "attempts")
_events_of: Final = (
    sa.select(events, messages.c.summary)
    .join(messages, messages.c.number == events.c.message)
    .where(events.c.number.in_(sa.bindparam("numbers", expanding=True)))
)
_record_outcomes: Final = _queue_of_events.reschedule(
    _of_webhook,
    webhook_deliveries.c.event == sa.bindparam("which"),
    state=sa.bindparam("new_state"),
    outcome=sa.bindparam("new_outcome"),
    at=sa.bindparam("new_at"),
)

_of_events: Final = webhook_deliveries.c.event.between(sa.bindparam("first"), sa.bindparam("last"))


def _remove(*what: sa.ColumnElement[bool]) -> Executable:
    key = webhook_deliveries.c["webhook", "event"]
    these = sa.select(*key).where(_of_events, *what).limit(sa.bindparam("at_most"))
    return sa.delete(webhook_deliveries).where(sa.tuple_(*key).in_(these)).returning(webhook_deliveries.c.event)


_skip: Final = _remove(webhook_deliveries.c.due.is_not(None))
_remove_final: Final = _remove(webhook_deliveries.c.due.is_(None), webhook_deliveries.c.at <= sa.bindparam("before"))


class WebhookStore:
    """The webhooks of one bureau, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def ids(self) -> list[str]:
        """Return the ids of all webhooks."""
        return [row.id for row in await self._session.fetch(_ids)]

    async def contents(self) -> list[str]:
        """Return all webhooks, the first registered first."""
        return [row.content for row in await self._session.fetch(_all)]

    async def add(self, webhook_id: str, content: str, secret: str) -> None:
        """Add a webhook, for the events from now on."""
        [row] = await self._session.fetch(_last_event)
        values = {"id": webhook_id, "content": content, "secret": secret, "after_event": row[0] or 0}
        await self._session.execute(_add, values)

    async def drop(self, webhook_id: str) -> bool:
        """Delete a webhook with its deliveries; return whether there was one."""
        return await self._session.execute(_drop, {"of": webhook_id}) > 0

    async def status(self, webhook_id: str) -> Row[Any] | None:
        """Return content and secret of a webhook, the last event queued for it, and when one is due next."""
        return first_or_none(await self._session.fetch(_standing, {"of": webhook_id}))

    async def queue_events(self, webhook_id: str, kinds: Sequence[str], now: int, since: int) -> None:
        """Queue for a webhook the events since the last time, but none from before a time."""
        row = await self.status(webhook_id)
        if row is None:
            return
        [[reached]] = await self._session.fetch(_reached, {"after": row.after_event})
        if reached is not None:
            span = {"of": webhook_id, "after": row.after_event, "until": reached}
            await self._session.execute(_queue, {**span, "kinds": list(kinds), "now": now, "since": since})
            await self._session.execute(_reach, {"of": webhook_id, "until": reached})

    async def claim(self, webhook_id: str, now: int, until: int, limit: int) -> Rows:
        """Return events that are due, with the number of this attempt, and claim them until a time."""
        values = {"of": webhook_id, "now": now, "claimed_until": until, "at_most": limit}
        rows = await self._session.fetch(_claim, values)
        return sorted(rows, key=lambda row: int(row.event))

    async def events(self, numbers: Sequence[int]) -> dict[int, Row[Any]]:
        """Return some events with the summaries of their messages."""
        rows = await self._session.fetch(_events_of, {"numbers": list(numbers)})
        return {row.number: row for row in rows}

    async def record_outcomes(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        """Record the outcome of attempts: of, which, new_state, new_outcome, new_at, new_due."""
        await self._session.execute(_record_outcomes, outcomes)

    async def skip(self, first: int, last: int, limit: int) -> int:
        """Remove deliveries of the events in a span that are still due; return how many, up to a limit."""
        return len(await self._session.fetch(_skip, {"first": first, "last": last, "at_most": limit}, in_thread=True))

    async def remove_final(self, first: int, last: int, before: int, limit: int) -> int:
        """Remove deliveries of the events in a span that ended before a time; return how many, up to a limit."""
        values = {"first": first, "last": last, "before": before, "at_most": limit}
        return len(await self._session.fetch(_remove_final, values, in_thread=True))

    async def page(self, webhook_id: str, query: WebhookDeliveryQuery) -> Rows:
        """Return one delivery more than a page has, those of the newest events first."""
        columns = webhook_deliveries.c
        wanted = sa.select(webhook_deliveries, events.c.kind).join(events, events.c.number == columns.event)
        wanted = wanted.where(columns.webhook == webhook_id)
        if query.state is not None:
            wanted = wanted.where(columns.state == query.state.value)
        if query.after is not None:
            wanted = wanted.where(columns.event < query.after)
        newest_first = wanted.order_by(columns.event.desc()).limit(query.limit + 1)
        return await self._session.fetch(newest_first, in_thread=True)
