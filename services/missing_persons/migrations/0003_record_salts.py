"""The salts of what was shown stand beside it, to be deleted with the record."""

from shared.records.steps import salt_disclosures

revision = "0003_record_salts"
down_revision = "0002_under_rules"


def upgrade() -> None:
    """Change the tables."""
    salt_disclosures()
