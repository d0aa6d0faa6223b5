"""Whether a service has refused what was decided, and not only failed to answer."""

import sqlalchemy as sa
from alembic import op

revision = "0007_remedies"
down_revision = "0006_pruning"


def upgrade() -> None:
    """Change the tables."""
    # SQLite adds no column without a value for the rows that are there, and cannot take it away again.
    op.add_column("subject_records", sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(
            "subject_records", "refused", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )
