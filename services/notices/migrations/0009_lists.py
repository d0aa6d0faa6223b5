"""Each owner has a list of the disclosures of its records, of which it can prove that it has no gap."""

from shared.records.steps import number_disclosures

revision = "0009_lists"
down_revision = "0008_audit_restarts"


def upgrade() -> None:
    """Change the tables."""
    number_disclosures()
