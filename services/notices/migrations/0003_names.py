"""The names of notices that were deleted go as well."""

from shared.records.steps import forget_names

revision = "0003_names"
down_revision = "0002_under_rules"


def upgrade() -> None:
    """Change the tables."""
    forget_names("notice")
