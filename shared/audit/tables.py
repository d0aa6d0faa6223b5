"""The tables of the audit log, and of changes that it does not have yet. Times are seconds since 1970."""

from typing import Final, Literal

import sqlalchemy as sa

from shared.bureaus import MAX_CODE
from shared.storage import Number, index_where

audit_metadata: Final = sa.MetaData()

handled: Final = sa.Table(
    "handled_requests",
    audit_metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    # What the request changed, until the audit log has it.
    sa.Column("account", sa.Text),
)

# The logs of the service, of which the last one grows; the others are retired.
audit_logs: Final = sa.Table(
    "audit_logs",
    audit_metadata,
    sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
    # The number of its first leaf among those of all logs.
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    # From which the keys of all lists of disclosures are derived.
    sa.Column("secret", sa.LargeBinary, nullable=False),
    # The length of each of them, as JSON.
    sa.Column("lengths", sa.LargeBinary, nullable=False),
)

# Numbered over all logs, so that a number names one leaf.
audit_leaves: Final = sa.Table(
    "audit_leaves",
    audit_metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float(53), nullable=False, index=True),
    sa.Column("bureau", sa.String(MAX_CODE), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("operation", sa.String(64), nullable=False),
    sa.Column("request", sa.String(36), nullable=False, index=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.Index("audit_leaves_bureau", "bureau", "number"),
)

# The hash of each full block of 256 at each level: of leaves, of blocks, of blocks of blocks.
audit_blocks: Final = sa.Table(
    "audit_blocks",
    audit_metadata,
    sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

audit_checkpoints: Final = sa.Table(
    "audit_checkpoints",
    audit_metadata,
    sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    # The length of each list of disclosures at that size.
    sa.Column("lengths", sa.LargeBinary, nullable=False),
)

audit_cosignatures: Final = sa.Table(
    "audit_cosignatures",
    audit_metadata,
    sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("witness", sa.String(64), primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
)

# The parts of each log whose leaves are in files: of them the store keeps those that showed or made records.
audit_archives: Final = sa.Table(
    "audit_archives",
    audit_metadata,
    sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
    # The number of the part, from 0: all have the same size.
    sa.Column("part", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float(53), nullable=False),
    # The SHA-256 of the file, in hexadecimal.
    sa.Column("digest", sa.String(64), nullable=False),
    # Whether its leaves are still in the store as well, as after a crash.
    sa.Column("moved", sa.Boolean, nullable=False),
)

# The versions of records that were shown and created, by bureau and officer: what the leaves commit to.
disclosures: Final = sa.Table(
    "disclosures",
    audit_metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("leaf", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("request", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("record_id", sa.String(36), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(MAX_CODE), nullable=False),
    sa.Column("bureau", sa.String(MAX_CODE), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("rule", sa.String(32), nullable=False),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("score", sa.Float(53), nullable=False),
    # Emptied when the record is deleted.
    sa.Column("match", sa.Text, nullable=False),
    # In whose list it is, and under which number from 1.
    sa.Column("listed_for", sa.String(MAX_CODE), nullable=False),
    sa.Column("nth", sa.BigInteger, nullable=False),
    # Of all that, as it was then: without it nothing could be proven of others.
    sa.Column("digest", sa.String(43), nullable=False),
    # Of that digest, deleted with the record: without it no guess of the content can be tested.
    sa.Column("salt", sa.LargeBinary),
    sa.Index("disclosures_record", "record_id", "bureau"),
    sa.Index("disclosures_listed", "listed_for", "leaf", "nth"),
    # Changes are few among thousands of searches a second.
    index_where("how = 'change'", "disclosures_changes", "number"),
    sqlite_autoincrement=True,
)

REMOVED: Final[tuple[Literal["withdrawn", "cancelled"], ...]] = ("withdrawn", "cancelled")
"""What a bureau is notified of by which it removes its copies, and does not replace them."""

# Which bureaus were notified to remove or replace their copies of a record, by which message.
withdrawals: Final = sa.Table(
    "withdrawals",
    audit_metadata,
    sa.Column("message", sa.String(36), primary_key=True),
    sa.Column("bureau", sa.String(MAX_CODE), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("record_id", sa.String(36), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    # The number of the last disclosure to the bureau at that time: it covers no later one.
    sa.Column("seen", sa.BigInteger, nullable=False),
)
