"""Remembers messages, how far each has come, and the receipts for it. Never commits; see `tables` for what is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.mailbox.models import Box, MessageQuery, State
from shared.mailbox.quotas import Amount
from shared.mailbox.stores.chunks import ChunkStore
from shared.mailbox.stores.deliveries import DeliveryStore, earliest_delivery
from shared.mailbox.stores.events import EventStore
from shared.mailbox.stores.groups import GroupStore
from shared.mailbox.stores.notifications import NotificationStore
from shared.mailbox.stores.receipts import ReceiptStore, earliest_receipt
from shared.mailbox.stores.usage import UsageStore
from shared.mailbox.stores.webhooks import WebhookStore
from shared.mailbox.tables import messages
from shared.mailbox.times import milliseconds_at
from shared.storage import Rows, Session, first_or_none

# The header with the wrapped key of a message, and what else travels with it, in bytes.
_KEY_BYTES: Final = 2048
# In the order of the rows, so that each gets its own number.
_add_messages: Final = sa.insert(messages).returning(messages.c.number, sort_by_parameter_order=True)
# Not by the box as well: the index of the ids is the better one, and is not always chosen then.
_held: Final = sa.select(messages.c.number, messages.c.box, messages.c.sender, messages.c.id, messages.c.digest).where(
    messages.c.id.in_(sa.bindparam("ids", expanding=True))
)
_received_as: Final = sa.select(messages.c.number).where(
    messages.c.digest == sa.bindparam("of_digest"),
    messages.c.sender == sa.bindparam("of_sender"),
    messages.c.box == Box.INBOX.value,
)
_set_state: Final = (
    sa.update(messages).where(messages.c.number == sa.bindparam("of")).values(state=sa.bindparam("new_state"))
)
_found: Final = sa.select(messages).where(messages.c.id == sa.bindparam("message_id"))
_by_request: Final = sa.select(messages.c.summary, messages.c.request_digest).where(
    messages.c.request_key == sa.bindparam("key")
)
_thread: Final = sa.select(messages.c.thread).where(messages.c.thread == sa.bindparam("of")).limit(1)
_threads_of: Final = sa.select(messages.c.number, messages.c.thread).where(messages.c.id == sa.bindparam("of"))

_earliest: Final = sa.select(
    earliest_delivery.scalar_subquery().label("delivery"), earliest_receipt.scalar_subquery().label("receipt")
)


class Due(NamedTuple):
    """When something is to be sent next, in milliseconds since 1970: None if nothing is."""

    delivery: int | None
    receipt: int | None

    @property
    def earliest(self) -> int | None:
        """The one that is due first."""
        return min((due for due in self if due is not None), default=None)


class MailStore:
    """The messages of one bureau, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.usage = UsageStore(session)
        """What each sender stores: to be saved before the session is committed."""

    @property
    def deliveries(self) -> DeliveryStore:
        """How far messages have come, in one session."""
        return DeliveryStore(self._session)

    @property
    def receipts(self) -> ReceiptStore:
        """The receipts, in one session."""
        return ReceiptStore(self._session)

    @property
    def events(self) -> EventStore:
        """The events, in one session."""
        return EventStore(self._session)

    @property
    def chunks(self) -> ChunkStore:
        """The sealed chunks of attachments, in one session."""
        return ChunkStore(self._session, self.usage)

    @property
    def notifications(self) -> NotificationStore:
        """The messages that are kept for a time, in one session."""
        return NotificationStore(self._session, self.usage)

    @property
    def groups(self) -> GroupStore:
        """The groups, in one session."""
        return GroupStore(self._session)

    @property
    def webhooks(self) -> WebhookStore:
        """The webhooks, in one session."""
        return WebhookStore(self._session)

    @property
    def session(self) -> Session:
        """The session itself, for what others keep in a mailbox."""
        return self._session

    async def add(self, message: Mapping[str, Any]) -> int:
        """Remember a new message and return its number."""
        [number] = await self.add_all([message])
        return number

    async def add_all(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Remember new messages, count them, and return their numbers."""
        added = await self._session.fetch(_add_messages, rows)
        more: dict[str, Amount] = {}
        for row in rows:
            more[row["sender"]] = more.get(row["sender"], Amount()) + Amount(1, row["size"])
        for sender, amount in more.items():
            await self.usage.add(sender, amount)
        return [row.number for row in added]

    async def put_out(self, message: Mapping[str, Any], recipients: Sequence[str]) -> Amount:
        """Remember a message of the outbox, put it on its way to its recipients, and return what the outbox holds."""
        [row] = await self._session.fetch(_add_messages, [message])
        number = row.number
        urgent = message["urgency"] == "urgent"
        at, expires = message["stored"], message["expires"]
        size = parcel_bytes(message)
        await self.deliveries.queue(number, recipients, urgent=urgent, at=at, expires=expires, size=size)
        return await self.usage.add(message["sender"], Amount(1, message["size"]))

    async def held(self, box: Box, ids: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
        """Return number, id and digest of the messages that are in a box already, by sender and id."""
        rows = await self._session.fetch(_held, {"ids": list(ids)})
        return {(row.sender, row.id): row for row in rows if row.box == box}

    async def received_as(self, digest: str, sender: str) -> int | None:
        """Return the number of the message of the inbox whose signature header has a digest."""
        row = first_or_none(await self._session.fetch(_received_as, {"of_digest": digest, "of_sender": sender}))
        return None if row is None else row.number

    async def find(self, message_id: str) -> Rows:
        """Return every message with an id: more than one only if two bureaus chose the same."""
        return await self._session.fetch(_found, {"message_id": message_id})

    async def requested(self, key: str) -> Row[Any] | None:
        """Return the message that was made with an Idempotency-Key."""
        return first_or_none(await self._session.fetch(_by_request, {"key": key}))

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
            conditions.append(messages.c.stored >= milliseconds_at(query.since))
        if query.after is not None:
            conditions.append(messages.c.number < query.after)
        if query.unread is not None:
            unread = sa.and_(messages.c.box == Box.INBOX.value, messages.c.state == State.DELIVERED.value)
            conditions.append(unread if query.unread else sa.not_(unread))
        wanted = sa.select(messages.c.number, messages.c.box, messages.c.state, messages.c.summary).where(*conditions)
        return await self._session.fetch(
            wanted.order_by(messages.c.number.desc()).limit(query.limit + 1), in_thread=True
        )

    async def set_state(self, number: int, state: State) -> None:
        """Note what this bureau has signed about a message in the inbox."""
        await self._session.execute(_set_state, {"of": number, "new_state": state.value})

    async def thread_exists(self, thread: str) -> bool:
        """Tell whether a conversation is in one of the boxes."""
        return bool(await self._session.fetch(_thread, {"of": thread}))

    async def thread_of(self, message_id: str) -> str | None:
        """Return the conversation of a message; of several with one id it is that of the first that was here."""
        rows = await self._session.fetch(_threads_of, {"of": message_id})
        return min(rows, key=lambda row: int(row.number)).thread if rows else None

    async def resend_all(self, now: int, limit: int) -> bool:
        """Have what waits for a receipt, or for being noted, sent again at once, up to a limit of each.

        Tell whether that was all of it.
        """
        hastened = (await self.deliveries.resend_all(now, limit), await self.receipts.resend_all(now, limit))
        return max(hastened) < limit

    async def earliest_due(self) -> Due:
        """Return when there is something to be sent next."""
        [row] = await self._session.fetch(_earliest, {"at_most": 1})
        return Due(row.delivery, row.receipt)


def parcel_bytes(message: Mapping[str, Any]) -> int:
    """Return what a message takes on the broker for each recipient, without attachments."""
    return len(message["signature"]) + len(message["sealed"]) + _KEY_BYTES
