"""The tables of hits, in the mailbox of each bureau with the messages that brought them.

A hit is one row for each side that the bureau has: keys, its `details` as JSON from the service, and the state of the
confirmation. Each message about it is one row of `hit_steps`, each conclusion of an examiner one of `hit_conclusions`.
Times are milliseconds since 1970; `due` is when the deadline passes, or NULL; `escalate_at` is when the finder checks
whether it can prove that to the Secretariat, or NULL. Nothing is stored for ever: see `worker`.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.bureaus import MAX_CODE
from shared.storage import Number, index_where
from shared.storage.migrations import TableSet

metadata: Final = sa.MetaData()
TABLES: Final = TableSet(metadata, Path(__file__).parent / "migrations")

hits: Final = sa.Table(
    "hits",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(36), nullable=False),
    sa.Column("side", sa.String(11), nullable=False),
    sa.Column("service", sa.String(40), nullable=False),
    sa.Column("record", sa.String(36), nullable=False),
    sa.Column("owner", sa.String(MAX_CODE), nullable=False),
    sa.Column("finder", sa.String(MAX_CODE), nullable=False),
    sa.Column("thread", sa.String(36), nullable=False),
    sa.Column("stored", sa.BigInteger, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("state", sa.String(13), nullable=False),
    sa.Column("requests", sa.SmallInteger, nullable=False),
    sa.Column("promised", sa.Boolean, nullable=False),
    sa.Column("late", sa.Boolean),
    sa.Column("due", sa.BigInteger),
    sa.Column("corrected", sa.BigInteger),
    sa.Column("escalate_at", sa.BigInteger),
    sa.UniqueConstraint("id", "side"),
    sa.Index("hits_record", "service", "record"),
    sa.Index("hits_stored", "stored"),
    index_where("due IS NOT NULL", "hits_due", "due"),
    index_where("escalate_at IS NOT NULL", "hits_escalate_at", "escalate_at"),
    # The number of a deleted hit is never given to another: pages go by it.
    sqlite_autoincrement=True,
)

steps: Final = sa.Table(
    "hit_steps",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("hit", Number, sa.ForeignKey("hits.number", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("message", sa.String(36), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("signed", sa.BigInteger, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("form", sa.Text, nullable=False),
)

# What examiners of the bureau concluded of its hits.
conclusions: Final = sa.Table(
    "hit_conclusions",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("hit", Number, sa.ForeignKey("hits.number", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("conclusion", sa.String(12), nullable=False),
    sa.Column("remark", sa.Text, nullable=False),
)

# Requests that came before the hit that they are about.
early_requests: Final = sa.Table(
    "early_requests",
    metadata,
    sa.Column("hit", sa.String(36), primary_key=True),
    sa.Column("sender", sa.String(MAX_CODE), primary_key=True),
    sa.Column("message", sa.String(36), primary_key=True),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("signed", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("form", sa.Text, nullable=False),
)

# So that a hit that comes after the withdrawal of its record, having been held up on the way, is not kept.
withdrawn: Final = sa.Table(
    "withdrawn_records",
    metadata,
    sa.Column("service", sa.String(40), primary_key=True),
    sa.Column("record", sa.String(36), primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
)
