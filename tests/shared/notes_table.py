"""A table of notes, and statements on it, for tests of stores."""

import pytest
import sqlalchemy as sa

from shared.storage import Session
from tests.stores import Tables

metadata = sa.MetaData()
notes = sa.Table(
    "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("count", sa.Integer, nullable=False)
)

INSERT = sa.insert(notes)
COUNT_UP = sa.update(notes).values(count=notes.c.count + 1)
READ = sa.select(notes.c.id, notes.c.count).order_by(notes.c.id)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of this module."""
    return metadata


async def rows_of(session: Session) -> list[tuple[int, int]]:
    return [tuple(row) for row in await session.fetch(READ)]
