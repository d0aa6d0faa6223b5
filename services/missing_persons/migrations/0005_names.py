"""The names of persons whose records were deleted go as well."""

from shared.records.steps import forget_names

revision = "0005_names"
down_revision = "0004_decisions"


def upgrade() -> None:
    """Change the tables."""
    forget_names("person")
