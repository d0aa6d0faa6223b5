"""What the Commission decided is remembered, so that it is carried out once."""

from shared.records.steps import remember_decisions

revision = "0004_decisions"
down_revision = "0003_record_salts"


def upgrade() -> None:
    """Change the tables."""
    remember_decisions()
