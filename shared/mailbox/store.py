"""Stores messages, with their deliveries and receipts. Never commits; see `tables` for what is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.mailbox.models import TEXT, Box, MessageQuery, MessageState
from shared.mailbox.quotas import Amount
from shared.mailbox.stores.chunks import ChunkStore
from shared.mailbox.stores.deliveries import DeliveryStore, earliest_delivery
from shared.mailbox.stores.events import EventStore
from shared.mailbox.stores.groups import GroupStore
from shared.mailbox.stores.notifications import NotificationStore
from shared.mailbox.stores.publications import PublicationStore
from shared.mailbox.stores.quotes import QuoteStore
from shared.mailbox.stores.receipts import ReceiptStore, earliest_receipt
from shared.mailbox.stores.usage import UsageStore
from shared.mailbox.stores.webhooks import WebhookStore
from shared.mailbox.tables import messages
from shared.mailbox.times import milliseconds_at
from shared.storage import Rows, Session, first_or_none, having

# The header with the wrapped key of a message, and what else travels with it, in bytes.
_KEY_BYTES: Final = 2048
# In the order of the rows, so that each gets its own number.
_add_messages: Final = sa.insert(messages).returning(messages.c.number, sort_by_parameter_order=True)
# Not by the box as well: the index of the ids is the better one, and is not always chosen then.
_with_ids: Final = messages.c.id.in_(sa.bindparam("ids", expanding=True))
_held: Final = sa.select(*messages.c["number", "box", "sender", "id", "digest"]).where(_with_ids)
_received: Final = (having(messages, digest="of_digest", sender="of_sender"), messages.c.box == Box.INBOX.value)
_received_as: Final = sa.select(messages.c.number).where(*_received)
_set_state: Final = sa.update(messages).where(having(messages, number="of")).values(state=sa.bindparam("new_state"))
_found: Final = sa.select(messages).where(messages.c.id == sa.bindparam("message_id"))
_by_request: Final = sa.select(*messages.c["summary", "request_digest"]).where(having(messages, request_key="key"))
_thread: Final = sa.select(messages.c.thread).where(messages.c.thread == sa.bindparam("of")).limit(1)

_earliest: Final = sa.select(
    earliest_delivery.scalar_subquery().label("delivery"), earliest_receipt.scalar_subquery().label("receipt")
)


def page_statement(query: MessageQuery) -> sa.Select[Any]:
    """Return the statement of one page, with one message more than it has, newest first."""
    of = messages.c
    box = query.box or (None if query.thread else Box.INBOX)
    equal = ((of.box, box), (of.thread, query.thread), (of.sender, query.sender))
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if query.form is not None:
        conditions.append(of.form.is_(None) if query.form == TEXT else of.form == query.form)
    if query.since is not None:
        conditions.append(of.stored >= milliseconds_at(query.since))
    if query.after is not None:
        conditions.append(of.number < query.after)
    if query.unread is not None:
        unread = sa.and_(of.box == Box.INBOX.value, of.state == MessageState.DELIVERED.value)
        conditions.append(unread if query.unread else sa.not_(unread))
    wanted = sa.select(of.number, of.box, of.state, of.summary).where(*conditions)
    return wanted.order_by(of.number.desc()).limit(query.limit + 1)


class MailStore:
    """The messages of one bureau, in one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        # To be saved before the session is committed.
        self.usage = UsageStore(session)
        self.deliveries = DeliveryStore(session)
        self.receipts = ReceiptStore(session)
        self.events = EventStore(session)
        self.chunks = ChunkStore(session, self.usage)
        self.notifications = NotificationStore(session, self.usage)
        self.groups = GroupStore(session)
        self.publications = PublicationStore(session, self.usage, self.deliveries)
        self.quotes = QuoteStore(session)
        self.webhooks = WebhookStore(session)

    async def add_all(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Store new messages, count them, and return their numbers."""
        added = await self.session.fetch(_add_messages, rows)
        more: dict[str, Amount] = {}
        for row in rows:
            more[row["sender"]] = more.get(row["sender"], Amount()) + Amount(1, row["size"])
        for sender, amount in more.items():
            await self.usage.add(sender, amount)
        return [row.number for row in added]

    async def enqueue(self, message: Mapping[str, Any], recipients: Sequence[str]) -> Amount:
        """Store a message of the outbox, queue it for its recipients, and return what the outbox holds."""
        [row] = await self.session.fetch(_add_messages, [message])
        # What a parcel takes on the broker, without attachments.
        size = len(message["signature"]) + len(message["sealed"]) + _KEY_BYTES
        await self.deliveries.queue(row.number, message, recipients, size)
        return await self.usage.add(message["sender"], Amount(1, message["size"]))

    async def held(self, box: Box, ids: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
        """Return number, id and digest of the messages that are in a box already, by sender and id."""
        rows = await self.session.fetch(_held, {"ids": list(ids)})
        return {(row.sender, row.id): row for row in rows if row.box == box}

    async def received_as(self, digest: str, sender: str) -> int | None:
        """Return the number of the message of the inbox whose signature header has a digest."""
        row = first_or_none(await self.session.fetch(_received_as, {"of_digest": digest, "of_sender": sender}))
        return None if row is None else row.number

    async def find(self, message_id: str) -> Rows:
        """Return every message with an id: more than one only if two bureaus chose the same."""
        return await self.session.fetch(_found, {"message_id": message_id})

    async def requested(self, key: str) -> Row[Any] | None:
        """Return the message that was sent with an Idempotency-Key."""
        return first_or_none(await self.session.fetch(_by_request, {"key": key}))

    async def page(self, query: MessageQuery) -> Rows:
        """Return one message more than a page has, newest first."""
        return await self.session.fetch(page_statement(query), in_thread=True)

    async def set_state(self, number: int, state: MessageState) -> None:
        """Set the state that this bureau has signed for a message in the inbox."""
        await self.session.execute(_set_state, {"of": number, "new_state": state.value})

    async def thread_exists(self, thread: str) -> bool:
        """Return whether a conversation is in one of the boxes."""
        return bool(await self.session.fetch(_thread, {"of": thread}))

    async def resend_all(self, now: int, limit: int) -> bool:
        """Make due now what waits for a receipt or an acknowledgement, up to a limit of each; return whether all is."""
        return max(await self.deliveries.resend_all(now, limit), await self.receipts.resend_all(now, limit)) < limit

    async def earliest_due(self) -> Row[Any]:
        """Return when the next `delivery` and `receipt` are due, in milliseconds since 1970; None if none is."""
        [row] = await self.session.fetch(_earliest, {"at_most": 1})
        return row
