"""Creates the tables from the metadata, until the first release: see ADR 43."""

from alembic import op

from services.missing_persons.store import metadata

revision = "0001_missing_persons_7"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    metadata.create_all(op.get_bind())
