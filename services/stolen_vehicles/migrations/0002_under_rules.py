"""Records under rules: former versions, the audit log, what is told to bureaus, retention, inquiries."""

from shared.records.steps import put_under_rules

revision = "0002_under_rules"
down_revision = "0001_vehicles"


def upgrade() -> None:
    """Change the tables."""
    put_under_rules()
