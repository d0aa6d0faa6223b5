"""Remembers messages, how far each has come, and the receipts for it. Never commits; see `tables` for what is kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from gateway.messages.models import Box, MessageQuery, State
from gateway.messages.tables import chunks, deliveries, events, groups, messages, metadata, receipts
from gateway.messages.webhook_store import WebhookStore
from shared.storage import Rows, Session

__all__ = ["MailStore", "metadata", "milliseconds"]

# In the order of the rows, so that each gets its own number.
_add_messages: Final = sa.insert(messages).returning(messages.c.number, sort_by_parameter_order=True)
_add_delivery: Final = sa.insert(deliveries)
_add_receipt: Final = sa.insert(receipts)
_add_event: Final = sa.insert(events)
_add_chunk: Final = sa.insert(chunks)
# Not by the box as well: the index of the ids is the better one, and is not always chosen then.
_held: Final = sa.select(messages.c.number, messages.c.box, messages.c.sender, messages.c.id, messages.c.digest).where(
    messages.c.id.in_(sa.bindparam("ids", expanding=True))
)
_sent_to: Final = (
    sa.select(
        messages.c.number,
        messages.c.id,
        messages.c.digest,
        messages.c.attachments,
        deliveries.c.recipient,
        deliveries.c.state,
        deliveries.c.at,
    )
    .join(deliveries, deliveries.c.message == messages.c.number)
    .where(
        messages.c.digest.in_(sa.bindparam("digests", expanding=True)),
        deliveries.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
    )
)
_unfinished: Final = sa.select(sa.func.count()).where(
    deliveries.c.message == sa.bindparam("of"), deliveries.c.due.is_not(None)
)
_id_of: Final = sa.select(messages.c.id, messages.c.attachments).where(messages.c.number == sa.bindparam("of"))
_move: Final = (
    sa.update(deliveries)
    .where(deliveries.c.message == sa.bindparam("of"), deliveries.c.recipient == sa.bindparam("to"))
    .values(
        state=sa.bindparam("new_state"), at=sa.bindparam("new_at"), reason=sa.bindparam("new_reason"), due=sa.null()
    )
)
_next_due: Final = (
    sa.select(deliveries.c.message, deliveries.c.recipient)
    .where(deliveries.c.due <= sa.bindparam("now"))
    # What was never sent goes first (`queued` before `sent`): after a lost connection all else is due at once.
    .order_by(deliveries.c.urgent.desc(), deliveries.c.state, deliveries.c.due)
    .limit(sa.bindparam("at_most"))
)
_claim: Final = (
    sa.update(deliveries)
    .where(sa.tuple_(deliveries.c.message, deliveries.c.recipient).in_(_next_due))
    .values(attempts=deliveries.c.attempts + 1, due=sa.bindparam("claimed_until"))
    .returning(
        deliveries.c.message, deliveries.c.recipient, deliveries.c.state, deliveries.c.attempts, deliveries.c.urgent
    )
)
_settle_attempt: Final = (
    sa.update(deliveries)
    .where(
        deliveries.c.message == sa.bindparam("of"),
        deliveries.c.recipient == sa.bindparam("to"),
        # A receipt may have come meanwhile.
        deliveries.c.due.is_not(None),
    )
    .values(due=sa.bindparam("new_due"))
)
_discount_attempt: Final = (
    sa.update(deliveries)
    .where(deliveries.c.message == sa.bindparam("of"), deliveries.c.recipient == sa.bindparam("to"))
    .values(attempts=deliveries.c.attempts - 1)
)
_sent: Final = (
    sa.update(deliveries)
    .where(
        deliveries.c.message == sa.bindparam("of"),
        deliveries.c.recipient == sa.bindparam("to"),
        deliveries.c.state == State.QUEUED.value,
    )
    .values(state=State.SENT.value, at=sa.bindparam("new_at"))
)
_hasten: Final = sa.update(deliveries).where(deliveries.c.due > sa.bindparam("now")).values(due=sa.bindparam("now"))
_overdue: Final = (
    sa.select(deliveries.c.message, deliveries.c.recipient, messages.c.expires)
    .join(messages, messages.c.number == deliveries.c.message)
    .where(deliveries.c.due.is_not(None), messages.c.expires <= sa.bindparam("now"))
    .limit(500)
)
# Said outright, as an index that leaves out NULL is not seen to hold the least of the rest.
_earliest: Final = sa.select(sa.func.min(deliveries.c.due)).where(deliveries.c.due.is_not(None))
_earliest_receipt: Final = sa.select(sa.func.min(receipts.c.due)).where(receipts.c.due.is_not(None))
_to_seal: Final = sa.select(
    messages.c.number,
    messages.c.id,
    messages.c.urgency,
    messages.c.signature,
    messages.c.sealed,
    messages.c.content_key,
    messages.c.blinds,
    messages.c.attachments,
    messages.c.summary,
).where(messages.c.number.in_(sa.bindparam("numbers", expanding=True)))
_receipt_of: Final = sa.select(receipts).where(
    receipts.c.message == sa.bindparam("of"), receipts.c.bureau == sa.bindparam("by")
)
_receipts_for: Final = sa.select(receipts.c.message, receipts.c.bureau, receipts.c.state).where(
    receipts.c.message.in_(sa.bindparam("numbers", expanding=True))
)
_receipts_of: Final = (
    sa.select(receipts).where(receipts.c.message == sa.bindparam("of")).order_by(receipts.c.bureau, receipts.c.state)
)
_due_receipts: Final = (
    sa.select(receipts, messages.c.sender, messages.c.id.label("message_id"))
    .join(messages, messages.c.number == receipts.c.message)
    .where(receipts.c.due <= sa.bindparam("now"))
    .order_by(receipts.c.due)
    .limit(sa.bindparam("at_most"))
)
_put_off_receipt: Final = (
    sa.update(receipts)
    .where(receipts.c.id == sa.bindparam("receipt"), receipts.c.due.is_not(None))
    .values(attempts=receipts.c.attempts + 1, due=sa.bindparam("new_due"))
)
_noted: Final = (
    sa.update(receipts)
    .where(
        receipts.c.id == sa.bindparam("receipt"),
        receipts.c.due.is_not(None),
        receipts.c.message.in_(sa.select(messages.c.number).where(messages.c.sender == sa.bindparam("noted_by"))),
    )
    .values(due=sa.null())
)
_hasten_receipts: Final = (
    sa.update(receipts).where(receipts.c.due > sa.bindparam("now")).values(due=sa.bindparam("now"))
)
_set_state: Final = (
    sa.update(messages).where(messages.c.number == sa.bindparam("of")).values(state=sa.bindparam("new_state"))
)
_found: Final = sa.select(messages).where(messages.c.id == sa.bindparam("message_id"))
_by_request: Final = sa.select(messages.c.summary, messages.c.request_digest).where(
    messages.c.request_key == sa.bindparam("key")
)
_deliveries_of: Final = (
    sa.select(deliveries).where(deliveries.c.message == sa.bindparam("of")).order_by(deliveries.c.recipient)
)
_progress: Final = (
    sa.select(deliveries.c.message, deliveries.c.state, sa.func.count().label("recipients"))
    .where(deliveries.c.message.in_(sa.bindparam("numbers", expanding=True)))
    .group_by(deliveries.c.message, deliveries.c.state)
)
_thread: Final = sa.select(messages.c.thread).where(messages.c.thread == sa.bindparam("of")).limit(1)
_thread_of: Final = sa.select(messages.c.thread).where(messages.c.id == sa.bindparam("of")).limit(1)
_which_chunk: Final = sa.and_(
    chunks.c.sender == sa.bindparam("of"),
    chunks.c.message_id == sa.bindparam("in_message"),
    chunks.c.attachment == sa.bindparam("in_attachment"),
    chunks.c.number == sa.bindparam("which"),
)
_chunk: Final = sa.select(chunks.c.sealed).where(_which_chunk)
_drop_chunk: Final = sa.delete(chunks).where(_which_chunk)
_orphans: Final = sa.delete(chunks).where(
    chunks.c.message_id < sa.bindparam("before"),
    ~sa.exists().where(messages.c.sender == chunks.c.sender, messages.c.id == chunks.c.message_id),
)
_drop_chunks: Final = sa.delete(chunks).where(
    chunks.c.sender == sa.bindparam("of"),
    chunks.c.message_id == sa.bindparam("in_message"),
    ~sa.exists().where(messages.c.sender == chunks.c.sender, messages.c.id == chunks.c.message_id),
)
_count_chunks: Final = sa.select(sa.func.count()).where(
    chunks.c.sender == sa.bindparam("of"), chunks.c.message_id == sa.bindparam("in_message")
)
_since: Final = (
    sa.select(events, messages.c.summary, messages.c.id)
    .join(messages, messages.c.number == events.c.message)
    .where(events.c.number > sa.bindparam("last"))
    .order_by(events.c.number)
    .limit(sa.bindparam("at_most"))
)
_group: Final = sa.select(groups.c.content).where(groups.c.name == sa.bindparam("of"))
_all_groups: Final = sa.select(groups.c.content).order_by(groups.c.name)
_drop_group: Final = sa.delete(groups).where(groups.c.name == sa.bindparam("of"))
_add_group: Final = sa.insert(groups)
_last_event: Final = sa.select(sa.func.max(events.c.number))


class MailStore:
    """The messages of one bureau, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def webhooks(self) -> WebhookStore:
        """The webhooks, in the same session."""
        return WebhookStore(self._session)

    # --- messages

    async def add(self, message: Mapping[str, Any]) -> int:
        """Remember a new message and return its number."""
        [number] = await self.add_all([message])
        return number

    async def add_all(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Remember new messages and return their numbers."""
        return [row.number for row in await self._session.look_up(_add_messages, rows)]

    async def held(self, box: Box, ids: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
        """Return number, id and digest of the messages that are in a box already, by sender and id."""
        rows = await self._session.look_up(_held, {"ids": list(ids)})
        return {(row.sender, row.id): row for row in rows if row.box == box}

    async def find(self, message_id: str) -> Rows:
        """Return every message with an id: more than one only if two bureaus chose the same."""
        return await self._session.look_up(_found, {"message_id": message_id})

    async def sent_to(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
        """Return what was sent to whom, with how far it has come, by the digest of its signature and the recipient."""
        if not asked:
            return {}
        values = {"digests": [digest for digest, _ in asked], "recipients": sorted({code for _, code in asked})}
        return {(row.digest, row.recipient): row for row in await self._session.look_up(_sent_to, values)}

    async def requested(self, key: str) -> Row[Any] | None:
        """Return the message that was made with an Idempotency-Key."""
        return _one(await self._session.look_up(_by_request, {"key": key}))

    async def page(self, query: MessageQuery) -> Rows:
        """Return one message more than a page has, newest first."""
        box = query.box or (None if query.thread else Box.INBOX)
        conditions: list[sa.ColumnElement[bool]] = []
        if box is not None:
            conditions.append(messages.c.box == box.value)
        if query.thread is not None:
            conditions.append(messages.c.thread == query.thread)
        if query.sender is not None:
            conditions.append(messages.c.sender == query.sender)
        if query.since is not None:
            conditions.append(messages.c.stored >= milliseconds(query.since.timestamp()))
        if query.after is not None:
            conditions.append(messages.c.number < query.after)
        if query.unread is not None:
            unread = sa.and_(messages.c.box == Box.INBOX.value, messages.c.state == State.DELIVERED.value)
            conditions.append(unread if query.unread else sa.not_(unread))
        wanted = sa.select(messages.c.number, messages.c.box, messages.c.state, messages.c.summary).where(*conditions)
        return await self._session.scan(wanted.order_by(messages.c.number.desc()).limit(query.limit + 1))

    async def set_state(self, number: int, state: State) -> None:
        """Note what this bureau has told the sender of a message in the inbox."""
        await self._session.change(_set_state, {"of": number, "new_state": state.value})

    async def thread_exists(self, thread: str) -> bool:
        """Tell whether a conversation is in one of the boxes."""
        return bool(await self._session.look_up(_thread, {"of": thread}))

    async def thread_of(self, message_id: str) -> str | None:
        """Return the conversation of a message."""
        row = _one(await self._session.look_up(_thread_of, {"of": message_id}))
        return None if row is None else row.thread

    # --- on the way

    async def queue(self, number: int, recipients: Iterable[str], *, urgent: bool, at: int) -> None:
        """Put a message on its way to its recipients."""
        base = {"message": number, "urgent": int(urgent), "state": State.QUEUED.value, "at": at, "attempts": 0}
        await self._session.change(_add_delivery, [{**base, "recipient": each, "due": at} for each in recipients])

    async def claim(self, now: int, until: int, limit: int) -> Rows:
        """Return what is to be sent now, urgent first; nobody else gets it before a time."""
        rows = await self._session.look_up(_claim, {"now": now, "claimed_until": until, "at_most": limit})
        return sorted(rows, key=lambda row: (-row.urgent, row.message))

    async def to_seal(self, numbers: Sequence[int]) -> dict[int, Row[Any]]:
        """Return what travels of some messages."""
        rows = await self._session.look_up(_to_seal, {"numbers": list(numbers)})
        return {row.number: row for row in rows}

    async def settle_attempts(self, attempts: Sequence[Mapping[str, Any]]) -> None:
        """Note when each attempt is to be repeated: of, to, new_due."""
        await self._session.change(_settle_attempt, attempts)

    async def discount_attempts(self, attempts: Sequence[Mapping[str, Any]]) -> None:
        """Do not count what the network did not take, so that nothing waits the longer for it: of, to."""
        await self._session.change(_discount_attempt, attempts)

    async def mark_sent(self, sent: Sequence[Mapping[str, Any]]) -> None:
        """Note what the network took for the first time: of, to, new_at."""
        await self._session.change(_sent, sent)

    async def hasten(self, now: int) -> None:
        """Have everything that waits for a receipt, or for being noted, sent again at once."""
        await self._session.change(_hasten, {"now": now})
        await self._session.change(_hasten_receipts, {"now": now})

    async def overdue(self, now: int) -> Rows:
        """Return message and recipient of what was not delivered in time."""
        return await self._session.look_up(_overdue, {"now": now})

    async def earliest_due(self) -> int | None:
        """Return when there is something to be sent next."""
        found = [
            row[0]
            for statement in (_earliest, _earliest_receipt)
            for row in await self._session.look_up(statement)
            if row[0] is not None
        ]
        return min(found, default=None)

    async def move(self, moves: Sequence[Mapping[str, Any]]) -> None:
        """Move messages on for recipients: nothing more has to be sent. Each: of, to, new_state, new_at, new_reason."""
        if moves:
            await self._session.change(_move, moves)

    async def finished(self, number: int) -> Row[Any] | None:
        """Return id and attachments of a message for which nothing more has to be sent; None while there is."""
        [[unfinished]] = await self._session.look_up(_unfinished, {"of": number})
        return None if unfinished else _one(await self._session.look_up(_id_of, {"of": number}))

    async def deliveries(self, number: int) -> Rows:
        """Return how far a message has come to each of its recipients."""
        return await self._session.look_up(_deliveries_of, {"of": number})

    async def progress(self, numbers: Sequence[int]) -> dict[int, dict[State, int]]:
        """Return for some messages how many recipients are in each state."""
        found: dict[int, dict[State, int]] = {number: {} for number in numbers}
        for row in await self._session.look_up(_progress, {"numbers": list(numbers)}):
            found[row.message][State(row.state)] = row.recipients
        return found

    # --- receipts

    async def add_receipts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Remember receipts: id, message, bureau, state, signature, and due if it is to be sent until it is noted."""
        if rows:
            await self._session.change(_add_receipt, [{"attempts": 0, "due": None, **row} for row in rows])

    async def receipts_for(self, numbers: Iterable[int]) -> set[tuple[int, str, State]]:
        """Return which receipts there are for some messages: whose, and of which state."""
        rows = await self._session.look_up(_receipts_for, {"numbers": sorted(numbers)})
        return {(row.message, row.bureau, State(row.state)) for row in rows}

    async def receipts(self, number: int) -> Rows:
        """Return all receipts for a message."""
        return await self._session.look_up(_receipts_of, {"of": number})

    async def receipts_by(self, number: int, bureau: str) -> dict[State, Row[Any]]:
        """Return what a bureau has signed about a message."""
        rows = await self._session.look_up(_receipt_of, {"of": number, "by": bureau})
        return {State(row.state): row for row in rows}

    async def due_receipts(self, now: int, limit: int) -> Rows:
        """Return the receipts that are not noted yet and to be sent now."""
        return await self._session.look_up(_due_receipts, {"now": now, "at_most": limit})

    async def put_off_receipts(self, put_off: Sequence[Mapping[str, Any]]) -> None:
        """Note when each receipt is to be sent again: receipt, new_due."""
        await self._session.change(_put_off_receipt, put_off)

    async def note(self, receipt: str, *, by: str) -> None:
        """Take in that a receipt is noted by the sender of its message."""
        await self._session.change(_noted, {"receipt": receipt, "noted_by": by})

    # --- events

    async def tell(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add events for those who listen: `message` when one came, `state` when one moved on."""
        if rows:
            await self._session.change(_add_event, rows)

    async def events_after(self, last: int, limit: int) -> Rows:
        """Return the events that came after one."""
        return await self._session.look_up(_since, {"last": last, "at_most": limit})

    async def last_event(self) -> int:
        """Return the number of the latest event; 0 if there is none."""
        [row] = await self._session.look_up(_last_event)
        return row[0] or 0

    # --- attachments

    async def put_chunk(self, row: Mapping[str, Any]) -> None:
        """Remember a sealed chunk, in place of one that was left by an attempt before: see `tables`."""
        which = {
            "of": row["sender"],
            "in_message": row["message_id"],
            "in_attachment": row["attachment"],
            "which": row["number"],
        }
        await self._session.change(_drop_chunk, which)
        await self._session.change(_add_chunk, row)

    async def chunk(self, sender: str, message_id: str, attachment: int, number: int) -> bytes | None:
        """Return a sealed chunk."""
        values = {"of": sender, "in_message": message_id, "in_attachment": attachment, "which": number}
        row = _one(await self._session.scan(_chunk, values))
        return None if row is None else row.sealed

    async def drop_chunks(self, sender: str, message_id: str) -> None:
        """Forget the chunks of a message, unless it came into being all the same."""
        await self._session.change(_drop_chunks, {"of": sender, "in_message": message_id})

    async def count_chunks(self, sender: str, message_id: str) -> int:
        """Return how many chunks of a message are here."""
        [row] = await self._session.look_up(_count_chunks, {"of": sender, "in_message": message_id})
        number: int = row[0]
        return number

    async def drop_orphans(self, before: str) -> None:
        """Forget the chunks whose message, with an id before this one, did not come into being."""
        await self._session.change(_orphans, {"before": before})

    # --- groups

    async def group(self, name: str) -> str | None:
        """Return the content of a group."""
        row = _one(await self._session.look_up(_group, {"of": name}))
        return None if row is None else row.content

    async def all_groups(self) -> list[str]:
        """Return the contents of all groups, by name."""
        return [row.content for row in await self._session.look_up(_all_groups)]

    async def put_group(self, name: str, content: str) -> None:
        """Remember a group, in place of one of the same name."""
        await self.drop_group(name)
        await self._session.change(_add_group, {"name": name, "content": content})

    async def drop_group(self, name: str) -> bool:
        """Forget a group; tell whether there was one."""
        return await self._session.change(_drop_group, {"of": name}) > 0


def milliseconds(seconds: float) -> int:
    """Return milliseconds since 1970."""
    return int(seconds * 1000)


def _one(rows: Rows) -> Row[Any] | None:
    return rows[0] if rows else None
