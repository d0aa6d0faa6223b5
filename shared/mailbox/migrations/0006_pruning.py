"""What is kept for a time alone is told from what is kept for good; what is overdue, or next, has its own index."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006_pruning"
down_revision = "0005_subject_requests"


def upgrade() -> None:
    """Change the tables."""
    op.add_column("messages", sa.Column("kept_until", sa.BigInteger(), nullable=True))
    _index_where_set("kept_until", "messages_kept_until", "messages", "kept_until")
    _add_filled("events", "told", "at")
    op.create_index(op.f("ix_events_message"), "events", ["message"])
    _add_filled("deliveries", "expires", "(SELECT expires FROM messages WHERE number = deliveries.message)")
    op.drop_index("deliveries_due", "deliveries")
    _index_where_set("due", "deliveries_turn", "deliveries", "urgent", "state", "due")
    _index_where_set("due", "deliveries_expires", "deliveries", "expires")
    op.create_index(op.f("ix_webhook_deliveries_event"), "webhook_deliveries", ["event"])


def _index_where_set(column: str, name: str, table: str, *columns: str) -> None:
    is_set: Any = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, list(columns), sqlite_where=is_set, postgresql_where=is_set)


def _add_filled(table: str, column: str, value: str) -> None:
    # SQLite adds no column without a value for the rows that are there, and cannot take it away again.
    op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(f"UPDATE {table} SET {column} = {value}")  # noqa: S608 - of names in this file
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(table, column, existing_type=sa.BigInteger(), existing_nullable=False, server_default=None)
