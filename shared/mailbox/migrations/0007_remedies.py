"""Whether a service has refused what was decided, and not only failed to answer; until when it is to be carried out."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0007_remedies"
down_revision = "0006_pruning"

requests = sa.table("subject_requests", sa.column("sequence"), sa.column("state", sa.String), sa.column("due", sa.Date))
steps = sa.table("subject_steps", sa.column("request"), sa.column("step", sa.String), sa.column("at", sa.BigInteger))


def upgrade() -> None:
    """Change the tables."""
    # SQLite adds no column without a value for the rows that are there, and cannot take it away again.
    op.add_column("subject_records", sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(
            "subject_records", "refused", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )
    _let_clocks_run()


def _let_clocks_run() -> None:
    undone = sa.select(requests.c.sequence, steps.c.at).join(steps, steps.c.request == requests.c.sequence)
    for row in op.get_bind().execute(undone.where(requests.c.state == "decided", steps.c.step == "decided")).all():
        due = datetime.fromtimestamp(row.at / 1000, UTC).date() + timedelta(days=30)
        op.execute(sa.update(requests).where(requests.c.sequence == row.sequence).values(due=due))
