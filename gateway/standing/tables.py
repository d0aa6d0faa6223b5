"""What the Secretariat has told each bureau of its standing, in the mailbox of the Secretariat alone."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.storage.migrations import TableSet

metadata: Final = sa.MetaData()
TABLES: Final = TableSet(metadata, Path(__file__).parent / "migrations")

# One row for each bureau that was ever told: the standing of the last message, as JSON.
told: Final = sa.Table(
    "standings_told",
    metadata,
    sa.Column("bureau", sa.String(64), primary_key=True),
    sa.Column("standing", sa.Text, nullable=False),
)
