"""Stores how far each message has come to each recipient, and when to send it again. Never commits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.mailbox.models import MessageState
from shared.mailbox.rules import MAILBOX_FULL, POST_FULL
from shared.mailbox.tables import deliveries, messages
from shared.storage import Rows, Session, first_or_none, having, inline_literal
from shared.storage.claims import ClaimQueue

_add_delivery: Final = sa.insert(deliveries)
_sent_to: Final = (
    sa.select(*messages.c["number", "id", "digest", "attachments"], *deliveries.c["recipient", "state", "at", "reason"])
    .join(deliveries, deliveries.c.message == messages.c.number)
    .where(messages.c.digest.in_(sa.bindparam("digests", expanding=True)))
    .where(deliveries.c.recipient.in_(sa.bindparam("recipients", expanding=True)))
)
# A recipient that had no room for a message fetches nothing until it is sent again.
_has_room: Final = sa.or_(
    deliveries.c.state != inline_literal(MessageState.QUEUED.value),
    deliveries.c.reason.is_(None),
    deliveries.c.reason != inline_literal(MAILBOX_FULL),
)
_of_message: Final = having(deliveries, message="of")
_unfinished: Final = sa.select(sa.func.count()).where(_of_message, deliveries.c.due.is_not(None), _has_room)
_id_of: Final = sa.select(messages.c.id, messages.c.attachments).where(messages.c.number == sa.bindparam("of"))
_this: Final = having(deliveries, message="of", recipient="to")
_moved: Final[dict[str, Any]] = {"at": sa.bindparam("new_at"), "reason": sa.bindparam("new_reason")}
_move: Final = sa.update(deliveries).where(_this).values(state=sa.bindparam("new_state"), due=sa.null(), **_moved)
# What was never sent goes first: after a lost connection all that was sent is due at once.
_TURNS: Final = ((1, MessageState.QUEUED), (1, MessageState.SENT), (0, MessageState.QUEUED), (0, MessageState.SENT))


def _earliest_of_each(is_meant: sa.ColumnElement[bool]) -> sa.Subquery:
    """Return the rows of each turn that are due first: an index has them in this order, so that nothing is sorted."""
    urgency, state_of = deliveries.c.urgent, deliveries.c.state
    turns = [
        sa.select(sa.literal_column(str(turn)).label("turn"), *deliveries.c["message", "recipient", "due"])
        .where(urgency == inline_literal(urgent), state_of == inline_literal(state.value), is_meant)
        .order_by(deliveries.c.due)
        .limit(sa.bindparam("at_most"))
        .subquery()
        for turn, (urgent, state) in enumerate(_TURNS)
    ]
    return sa.union_all(*map(sa.select, turns)).subquery()


_all_due: Final = _earliest_of_each(deliveries.c.due <= sa.bindparam("now"))
_next_due: Final = (
    sa.select(*_all_due.c["message", "recipient"]).order_by(*_all_due.c["turn", "due"]).limit(sa.bindparam("at_most"))
)
_queue: Final = ClaimQueue(deliveries)
_claim: Final = _queue.claim(_next_due, "message", "recipient", "state", "attempts", "urgent", "reason", "size")
# A receipt may have arrived meanwhile: then nothing is due, or much later if the recipient has no room.
_this_still: Final = (_this, deliveries.c.due <= sa.bindparam("latest"))
_reschedule: Final = _queue.reschedule(*_this_still, reason=sa.bindparam("new_reason"))
_discount_attempt: Final = sa.update(deliveries).where(_this).values(attempts=deliveries.c.attempts - 1)
_sent: Final = (
    sa.update(deliveries)
    .where(*_this_still, deliveries.c.state == inline_literal(MessageState.QUEUED.value))
    .values(state=MessageState.SENT.value, at=sa.bindparam("new_at"))
)
_defer: Final = _queue.reschedule(_this, state=MessageState.QUEUED.value, **_moved)
_to: Final = having(deliveries, recipient="to")
_all_post_full: Final = sa.select(deliveries.c.message).where(_to, deliveries.c.reason == inline_literal(POST_FULL))
_post_full: Final = _all_post_full.order_by(deliveries.c.message).limit(sa.bindparam("at_most"))
_first: Final = deliveries.c.message.in_(_post_full)
_release: Final = sa.update(deliveries).where(_to, _first).values(due=sa.bindparam("now"), reason=sa.null())
# Not what waits for room: a new connection makes none.
_has_place: Final = sa.or_(deliveries.c.reason.is_(None), deliveries.c.state == inline_literal(MessageState.SENT.value))
_all_later: Final = _earliest_of_each(sa.and_(deliveries.c.due > sa.bindparam("now"), _has_place))
_some_later: Final = sa.select(_all_later.c.message, _all_later.c.recipient).limit(sa.bindparam("at_most"))
_hasten: Final = _queue.make_due(_some_later)
_late: Final = (deliveries.c.due.is_not(None), deliveries.c.expires <= sa.bindparam("now"))
_overdue: Final = sa.select(*deliveries.c["message", "recipient", "expires"]).where(*_late).limit(500)
# With IS NOT NULL, or the partial index is not used for the minimum.
earliest_delivery: Final = sa.select(sa.func.min(_earliest_of_each(deliveries.c.due.is_not(None)).c.due))
_to_seal: Final = sa.select(
    *messages.c["number", "id", "urgency", "signature", "sealed", "content_key", "blinds", "attachments", "summary"]
).where(messages.c.number.in_(sa.bindparam("numbers", expanding=True)))
_deliveries_of: Final = sa.select(deliveries).where(_of_message).order_by(deliveries.c.recipient)
_state: Final = deliveries.c["message", "state"]
_of_messages: Final = deliveries.c.message.in_(sa.bindparam("numbers", expanding=True))
_progress: Final = sa.select(*_state, sa.func.count().label("recipients")).where(_of_messages).group_by(*_state)


class DeliveryStore:
    """The deliveries, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def queue(self, number: int, message: Mapping[str, Any], recipients: Iterable[str], size: int) -> None:
        """Queue a message for its recipients; `size` is what each parcel takes on the broker, in bytes."""
        row = {
            "message": number,
            "urgent": int(message["urgency"] == "urgent"),
            "state": MessageState.QUEUED.value,
            "at": message["stored"],
            "attempts": 0,
            "due": message["stored"],
            "expires": message["expires"],
            "size": size,
        }
        await self._session.execute(_add_delivery, [{**row, "recipient": each} for each in recipients])

    async def claim(self, now: int, until: int, limit: int) -> Rows:
        """Return what is due now, urgent first, and claim it until a time."""
        rows = await self._session.fetch(_claim, {"now": now, "claimed_until": until, "at_most": limit})
        return sorted(rows, key=lambda row: (-row.urgent, row.message))

    async def to_seal(self, numbers: Sequence[int]) -> dict[int, Row[Any]]:
        """Return what is sent of some messages, by their numbers."""
        rows = await self._session.fetch(_to_seal, {"numbers": list(numbers)})
        return {row.number: row for row in rows}

    async def schedule_next(self, attempts: Sequence[Mapping[str, Any]]) -> None:
        """Record when to repeat each attempt, unless deferred past `latest`: of, to, new_due, new_reason, latest."""
        await self._session.execute(_reschedule, attempts)

    async def discount(self, attempts: Sequence[Mapping[str, Any]]) -> None:
        """Do not count attempts that the broker did not take, as each lengthens the wait for the next: of, to."""
        await self._session.execute(_discount_attempt, attempts)

    async def mark_sent(self, sent: Sequence[Mapping[str, Any]]) -> None:
        """Record what the broker took for the first time, or again: of, to, new_at, latest."""
        await self._session.execute(_sent, sent)

    async def defer(self, deferred: Sequence[Mapping[str, Any]]) -> None:
        """Defer messages that are not final until a time: of, to, new_at, new_reason, new_due."""
        await self._session.execute(_defer, deferred)

    async def release(self, recipient: str, now: int, limit: int) -> None:
        """Make due now some of what waits for room on the broker, the oldest first."""
        await self._session.execute(_release, {"to": recipient, "now": now, "at_most": limit})

    async def overdue(self, now: int) -> Rows:
        """Return message and recipient of what was not delivered in time."""
        return await self._session.fetch(_overdue, {"now": now})

    async def sent_to(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
        """Return deliveries, by the digest of the message's signature and the recipient."""
        if not asked:
            return {}
        values = {"digests": [digest for digest, _ in asked], "recipients": sorted({code for _, code in asked})}
        return {(row.digest, row.recipient): row for row in await self._session.fetch(_sent_to, values)}

    async def move(self, moves: Sequence[Mapping[str, Any]]) -> None:
        """Move messages on for recipients, final: of, to, new_state, new_at, new_reason."""
        if moves:
            await self._session.execute(_move, moves)

    async def finished(self, number: int) -> Row[Any] | None:
        """Return id and attachments of a message that no recipient has to fetch now, or None."""
        [[unfinished]] = await self._session.fetch(_unfinished, {"of": number})
        return None if unfinished else first_or_none(await self._session.fetch(_id_of, {"of": number}))

    async def of(self, number: int) -> Rows:
        """Return the deliveries of a message."""
        return await self._session.fetch(_deliveries_of, {"of": number})

    async def progress(self, numbers: Sequence[int]) -> dict[int, dict[MessageState, int]]:
        """Return for some messages how many recipients are in each state."""
        found: dict[int, dict[MessageState, int]] = {number: {} for number in numbers}
        for row in await self._session.fetch(_progress, {"numbers": list(numbers)}):
            found[row.message][MessageState(row.state)] = row.recipients
        return found

    async def resend_all(self, now: int, limit: int) -> int:
        """Make due now what waits for a receipt, up to a limit; return how much that was."""
        return await self._session.execute(_hasten, {"now": now, "at_most": limit})
