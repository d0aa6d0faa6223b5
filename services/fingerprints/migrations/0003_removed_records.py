"""Records that were deleted, for every gallery to take out."""

import sqlalchemy as sa
from alembic import op

revision = "0003_removed_records"
down_revision = "0002_under_rules"


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "removed_records",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index(op.f("ix_removed_records_changed"), "removed_records", ["changed"], unique=False)
