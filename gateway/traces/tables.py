"""The tables of traces, in the mailbox of each bureau with the messages that brought them.

A trace is one row: the requester has one for each that it began, a bureau that is asked one for each that it was asked
in, whatever the requester called it. Each request is a row of `trace_requests`, each message about it one of
`trace_steps`. The state of the latest request is in the row of the trace as well, to be listed by. Times are
milliseconds since 1970; `escalate_at` is when the requester checks whether it can prove to the Secretariat that the
time for an answer is over, or NULL. What record a trace follows is with the requester alone. Kept as long as hits: see
`worker`.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.bureaus import MAX_CODE
from shared.storage import Number, index_where
from shared.storage.migrations import TableSet

metadata: Final = sa.MetaData()
TABLES: Final = TableSet(metadata, Path(__file__).parent / "migrations")

traces: Final = sa.Table(
    "traces",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(36), nullable=False),
    sa.Column("requester", sa.String(MAX_CODE), nullable=False),
    sa.Column("side", sa.String(11), nullable=False),
    sa.Column("firearm", sa.Text, nullable=False),
    sa.Column("found", sa.Text),
    sa.Column("service", sa.String(40)),
    sa.Column("record", sa.String(36), index=True),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("stored", sa.BigInteger, nullable=False),
    sa.Column("requests", sa.SmallInteger, nullable=False),
    sa.Column("asked", sa.String(MAX_CODE), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("late", sa.Boolean),
    sa.UniqueConstraint("id", "requester"),
    sa.Index("traces_requester", "requester", "state"),
    sa.Index("traces_stored", "stored"),
    # The number of a deleted trace is never given to another: pages go by it.
    sqlite_autoincrement=True,
)

trace_requests: Final = sa.Table(
    "trace_requests",
    metadata,
    sa.Column("trace", Number, sa.ForeignKey("traces.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("request", sa.SmallInteger, primary_key=True),
    sa.Column("asked", sa.String(MAX_CODE), nullable=False),
    sa.Column("thread", sa.String(36), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("late", sa.Boolean),
    sa.Column("escalate_at", sa.BigInteger),
    index_where("escalate_at IS NOT NULL", "trace_requests_escalate_at", "escalate_at"),
)

trace_steps: Final = sa.Table(
    "trace_steps",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("trace", Number, sa.ForeignKey("traces.number", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("request", sa.SmallInteger, nullable=False),
    sa.Column("message", sa.String(36), nullable=False),
    sa.Column("sender", sa.String(MAX_CODE), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("signed", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("form", sa.Text, nullable=False),
)
