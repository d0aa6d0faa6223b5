"""The tables of a mailbox: messages with their recipients, receipts, events, attachments, quotes and webhooks.

A message is one row, with its `summary` as JSON. Times are milliseconds since 1970; `due` is when something has to be
done again, or NULL when nothing has. Rows stay, except for those that `pruning` removes.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.storage import Number, index_where
from shared.storage.migrations import TableSet

# The code of a bureau, or the name of a service.
_participant = sa.String(64)

metadata: Final = sa.MetaData()
TABLES: Final = TableSet(metadata, Path(__file__).parent / "migrations")

messages: Final = sa.Table(
    "messages",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("box", sa.String(6), nullable=False),
    sa.Column("sender", _participant, nullable=False),
    sa.Column("id", sa.String(36), nullable=False),
    sa.Column("thread", sa.String(36), nullable=False, index=True),
    sa.Column("urgency", sa.String(7), nullable=False),
    # NULL for plain text.
    sa.Column("form", sa.String(64)),
    sa.Column("state", sa.String(9), nullable=False),
    sa.Column("stored", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(43), nullable=False, index=True),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("content_key", sa.LargeBinary, nullable=False),
    sa.Column("blinds", sa.Text, nullable=False),
    sa.Column("attachments", sa.Integer, nullable=False),
    # The bytes that it counts in `usage`, without its attachments.
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("request_key", sa.String(255), unique=True),
    sa.Column("request_digest", sa.String(43)),
    # From when it may be removed, if no delivery is due; NULL if never.
    sa.Column("kept_until", sa.BigInteger),
    sa.UniqueConstraint("id", "sender", "box"),
    sa.Index("messages_state", "box", "state", "number"),
    index_where("form IS NOT NULL", "messages_form", "form", "box", "number"),
    index_where("kept_until IS NOT NULL", "messages_kept_until", "kept_until"),
    sqlite_autoincrement=True,
)

deliveries: Final = sa.Table(
    "deliveries",
    metadata,
    sa.Column("message", Number, sa.ForeignKey("messages.number"), primary_key=True),
    sa.Column("recipient", _participant, primary_key=True),
    sa.Column("urgent", sa.SmallInteger, nullable=False),
    sa.Column("state", sa.String(9), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String(64)),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger),
    # That of the message, for the index of overdue deliveries.
    sa.Column("expires", sa.BigInteger, nullable=False),
    # The bytes of the parcel on the broker.
    sa.Column("size", sa.Integer, nullable=False),
    # The order of sending. There is no index by `due` alone, which a database might prefer.
    index_where("due IS NOT NULL", "deliveries_turn", "urgent", "state", "due"),
    index_where("due IS NOT NULL", "deliveries_expires", "expires"),
    # Covers the queries of what is outstanding, so that the rows are not read.
    index_where("state = 'sent'", "deliveries_outstanding", "state", "recipient", "size"),
    index_where("reason = 'post-full'", "deliveries_post_full", "recipient", "message"),
)

receipts: Final = sa.Table(
    "receipts",
    metadata,
    sa.Column("message", Number, sa.ForeignKey("messages.number"), primary_key=True),
    sa.Column("bureau", _participant, primary_key=True),
    sa.Column("state", sa.String(9), primary_key=True),
    # Chosen by its signer, so that it may not be unique.
    sa.Column("id", sa.String(36), nullable=False, index=True),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger),
    index_where("due IS NOT NULL", "receipts_due", "due"),
)

events: Final = sa.Table(
    "events",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("message", Number, sa.ForeignKey("messages.number"), nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("bureau", _participant, nullable=False),
    sa.Column("state", sa.String(9), nullable=False),
    sa.Column("reason", sa.String(64)),
    sa.Column("at", sa.BigInteger, nullable=False),
    # When it was added here: it may have happened, and been signed, long before.
    sa.Column("added", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

chunks: Final = sa.Table(
    "attachment_chunks",
    metadata,
    sa.Column("sender", _participant, primary_key=True),
    sa.Column("message_id", sa.String(36), primary_key=True),
    sa.Column("attachment", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

usage: Final = sa.Table(
    "usage",
    metadata,
    sa.Column("sender", _participant, primary_key=True),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)

groups: Final = sa.Table(
    "groups",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)

# Records that may not be passed on without the owner's release, each as its service or its owner states.
bound_records: Final = sa.Table(
    "bound_records",
    metadata,
    sa.Column("record", sa.String(36), primary_key=True),
    # One row of each sender: what one states does not replace what another has stated.
    sa.Column("sender", _participant, primary_key=True),
    sa.Column("quote", sa.Text, nullable=False),
)

# To which bureau this one may pass on a record, by the word of `owner`, which is honoured for records of theirs alone.
releases: Final = sa.Table(
    "releases",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("owner", _participant, nullable=False),
    sa.Column("service", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("record", sa.String(36), nullable=False),
    sa.Column("bureau", _participant, nullable=False),
    sa.Column("until", sa.BigInteger),
    sa.Column("signed", sa.BigInteger, nullable=False),
    sa.Column("message", sa.String(36), nullable=False),
    sa.UniqueConstraint("record", "service", "owner", "bureau"),
    sqlite_autoincrement=True,
)

webhooks: Final = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("secret", sa.String(64), nullable=False),
    sa.Column("after_event", Number, nullable=False),
)

webhook_deliveries: Final = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("webhook", sa.String(36), sa.ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("event", Number, sa.ForeignKey("events.number"), primary_key=True, index=True),
    sa.Column("state", sa.String(9), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.String(64)),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger),
    # Each webhook has a queue of its own.
    index_where("due IS NOT NULL", "webhook_deliveries_due", "webhook", "due"),
)
