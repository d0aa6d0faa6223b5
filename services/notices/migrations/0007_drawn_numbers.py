"""Which numbers were given, in place of how many: they are drawn from now on, and those given stay."""

import sqlalchemy as sa
from alembic import op

revision = "0007_drawn_numbers"
down_revision = "0006_under_way"


def upgrade() -> None:
    """Change the tables."""
    counted = op.get_bind().execute(sa.text("SELECT year, last FROM notice_numbers")).all()
    op.drop_table("notice_numbers")
    given = op.create_table(
        "notice_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("year", "number"),
    )
    # Until now they had no gap.
    op.bulk_insert(given, [{"year": year, "number": number} for year, last in counted for number in range(1, last + 1)])
