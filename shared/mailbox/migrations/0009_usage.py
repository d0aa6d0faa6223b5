"""What each sender stores in the mailbox is counted, and what each recipient has outstanding is found by an index."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009_usage"
down_revision = "0008_hits_in_time"

# As `rows` counts them, but for what is not ASCII in the summary.
_MESSAGE = "length(sealed) + length(content) + length(signature) + length(blinds) + length(summary)"
_PARCEL = "(SELECT length(signature) + length(sealed) + 2048 FROM messages WHERE number = deliveries.message)"
_COUNT = """
INSERT INTO usage (sender, messages, bytes)
SELECT sender, sum(messages), sum(bytes) FROM (
    SELECT sender, count(*) AS messages, sum(size) AS bytes FROM messages GROUP BY sender
    UNION ALL
    SELECT sender, 0, sum(length(sealed)) FROM attachment_chunks GROUP BY sender
) AS kept GROUP BY sender
"""


def upgrade() -> None:
    """Change the tables, and count what is there."""
    op.create_table(
        "usage",
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sender"),
    )
    _add_filled("messages", "size", _MESSAGE)
    _add_filled("deliveries", "size", _PARCEL)
    op.execute(_COUNT)
    _index_where("state = 'sent'", "deliveries_outstanding", "state", "recipient", "size")
    _index_where("reason = 'post-full'", "deliveries_post_full", "recipient", "message")


def _index_where(condition: str, name: str, *columns: str) -> None:
    where: Any = sa.text(condition)
    op.create_index(name, "deliveries", list(columns), sqlite_where=where, postgresql_where=where)


def _add_filled(table: str, column: str, value: str) -> None:
    # SQLite adds no column without a value for the rows that are there, and cannot take it away again.
    op.add_column(table, sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
    op.execute(f"UPDATE {table} SET {column} = {value}")  # noqa: S608 - of names in this file
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(table, column, existing_type=sa.Integer(), existing_nullable=False, server_default=None)
