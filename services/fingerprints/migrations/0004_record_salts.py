"""The salts of what was shown stand beside it, to be deleted with the record."""

from shared.records.steps import salt_disclosures

revision = "0004_record_salts"
down_revision = "0003_removed_records"


def upgrade() -> None:
    """Change the tables."""
    salt_disclosures()
