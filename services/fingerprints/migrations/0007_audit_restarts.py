"""An audit log that was restored from a backup goes on in another generation."""

from shared.records.steps import let_logs_restart

revision = "0007_audit_restarts"
down_revision = "0006_under_way"


def upgrade() -> None:
    """Change the tables."""
    let_logs_restart()
