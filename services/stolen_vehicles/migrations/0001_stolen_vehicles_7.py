"""Creates the tables from the metadata, until the first release: see ADR 43."""

from alembic import op

from services.stolen_vehicles.store import metadata

revision = "0001_stolen_vehicles_7"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    metadata.create_all(op.get_bind())
