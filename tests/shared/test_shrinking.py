"""The file of a store becomes smaller when rows are deleted, beside others who use it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.storage import open_database, shrinking
from shared.storage.shrinking import PAGES_AT_ONCE, shrink

metadata = sa.MetaData()
texts = sa.Table("texts", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


async def test_the_space_of_deleted_rows_is_given_back_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many pages at once; another connection reads and writes meanwhile, and finds what is left."""
    file = tmp_path / "store.db"
    database = open_database(f"sqlite:///{file}")
    await database.run_sync(metadata.create_all)
    async with database.writing() as session:
        await session.execute(sa.insert(texts), [{"id": number, "text": "x" * 4000} for number in range(3_000)])
    async with database.writing() as session:
        await session.execute(sa.delete(texts).where(texts.c.id % 100 != 0))
    pauses = list[float]()
    monkeypatch.setattr(shrinking, "sleep", pauses.append)
    await shrink(f"sqlite:///{file}")
    assert len(pauses) <= 3_000 // PAGES_AT_ONCE + 2
    assert len(await database.reading.fetch(sa.select(texts.c.id))) == 30
    async with database.writing() as session:
        await session.execute(sa.insert(texts), {"id": 1, "text": "y"})
    await database.close()
    assert file.stat().st_size < 1_000_000


async def test_a_store_on_a_server_is_left_to_the_server() -> None:
    await shrink("postgresql://nobody@/nowhere?host=/nonexistent")
