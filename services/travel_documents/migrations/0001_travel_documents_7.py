"""Creates the tables from the metadata, until the first release: see ADR 43."""

from alembic import op

from services.travel_documents.store import metadata

revision = "0001_travel_documents_7"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    metadata.create_all(op.get_bind())
