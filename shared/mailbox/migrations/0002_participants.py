"""A service writes to bureaus, too: there is room for its name wherever there was for the code of a bureau.

SQLite keeps a text of any length in a column of any length, so that nothing changes there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_participants"
down_revision = "0001_mailbox"

COLUMNS = (
    ("messages", "sender"),
    ("deliveries", "recipient"),
    ("receipts", "bureau"),
    ("events", "bureau"),
    ("attachment_chunks", "sender"),
)


def upgrade() -> None:
    """Change the tables."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column in COLUMNS:
        op.alter_column(table, column, existing_type=sa.String(4), type_=sa.String(64), existing_nullable=False)
