"""What is kept of hits for a time is found by its age, to be forgotten."""

from alembic import op

revision = "0008_hits_in_time"
down_revision = "0007_remedies"


def upgrade() -> None:
    """Change the tables."""
    op.create_index("hits_stored", "hits", ["stored"])
    op.create_index(op.f("ix_early_requests_signed"), "early_requests", ["signed"])
    op.create_index(op.f("ix_withdrawn_records_at"), "withdrawn_records", ["at"])
