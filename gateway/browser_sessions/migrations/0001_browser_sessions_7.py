"""The first tables, until the first release as the code declares them: see ADR 43."""

from alembic import op

from gateway.browser_sessions.tables import metadata

revision = "0001_browser_sessions_7"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    metadata.create_all(op.get_bind())
