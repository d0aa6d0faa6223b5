"""The first tables, until the first release as the code declares them: see ADR 43."""

from alembic import op

from gateway.traces.tables import metadata

revision = "0001_traces_7"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    metadata.create_all(op.get_bind())
