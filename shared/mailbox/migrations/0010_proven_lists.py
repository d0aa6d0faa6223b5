"""Services prove to a bureau its list of disclosures, and what they answer of leaves is held against checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0010_proven_lists"
down_revision = "0009_usage"


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "proven_lists",
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service"),
    )
    answer = sa.Column("answer", sa.Text(), nullable=False, server_default="")
    op.add_column("witness_alarms", answer)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("witness_alarms", "answer", existing_type=answer.type, server_default=None)
