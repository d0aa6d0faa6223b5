"""The tables of a witness, in the mailbox of its bureau. Times are milliseconds since 1970."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.storage import Number
from shared.storage.migrations import TableSet

metadata: Final = sa.MetaData()
TABLES: Final = TableSet(metadata, Path(__file__).parent / "migrations")

# The last checkpoint seen of each log of a service: the one of the highest number grows, the others are retired.
witnessed: Final = sa.Table(
    "witnessed",
    metadata,
    sa.Column("service", sa.String(64), primary_key=True),
    sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)

# The lengths up to which services have proven that the bureau's list of disclosures has no gap.
proven_lists: Final = sa.Table(
    "proven_lists",
    metadata,
    sa.Column("service", sa.String(64), primary_key=True),
    sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("length", sa.BigInteger, nullable=False),
)

# One row for each fault and checkpoint that was contradicted, at most a few for each fault, with what came first.
alarms: Final = sa.Table(
    "witness_alarms",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("service", sa.String(64), nullable=False),
    sa.Column("fault", sa.String(16), nullable=False),
    sa.Column("seen_log", sa.Integer, nullable=False),
    sa.Column("seen_size", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("says", sa.Text, nullable=False),
    # With its signature; of new logs the first leaves.
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("service", "fault", "seen_log", "seen_size"),
    sqlite_autoincrement=True,
)
