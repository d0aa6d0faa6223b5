"""What the bureau saw of the audit logs as their witness, and what convicts one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004_witness"
down_revision = "0003_hits"


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "witnessed",
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service"),
    )
    op.create_table(
        "witness_alarms",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("fault", sa.String(length=16), nullable=False),
        sa.Column("seen_size", sa.BigInteger(), nullable=False),
        sa.Column("seen_note", sa.Text(), nullable=False),
        sa.Column("shown_note", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("service", "fault", "seen_size"),
        sqlite_autoincrement=True,
    )
