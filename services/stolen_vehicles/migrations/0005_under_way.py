"""Whoever is shown a record after he was told that it is withdrawn or corrected is told again."""

from shared.records.steps import follow_answers_under_way

revision = "0005_under_way"
down_revision = "0004_decisions"


def upgrade() -> None:
    """Change the tables."""
    follow_answers_under_way()
