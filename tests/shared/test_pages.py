"""Pages and rounds over the rows of a store, on both databases."""

import pytest
import sqlalchemy as sa

from shared.storage import PAGE_SIZE, BatchCursor, Database, comes_after, page_of

metadata = sa.MetaData()
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("at", sa.Float(53), primary_key=True),
    sa.Column("name", sa.String(8), primary_key=True),
)
ORDER = (marks.c.at, marks.c.name)
PAGE = (
    sa.select(marks).where(comes_after(*ORDER), marks.c.at < sa.bindparam("before")).order_by(*ORDER).limit(PAGE_SIZE)
)


@pytest.mark.parametrize(
    ("found", "page", "last"), [([], [], None), ([1], [1], None), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2], 2)]
)
def test_a_page_returns_its_last_item_only_if_more_follow(found: list[int], page: list[int], last: int | None) -> None:
    """One row more than the page holds is fetched to find out."""
    assert page_of(found, 2) == (page, last)


@pytest.mark.both_databases
async def test_a_batch_cursor_visits_all_rows_and_starts_over(database: Database) -> None:
    """In the order of several columns; rows added behind the cursor are visited in the next round."""
    await database.run_sync(metadata.create_all)
    rounds = BatchCursor(*ORDER, page_size=2)

    async def put(*rows: tuple[float, str]) -> None:
        async with database.writing() as session:
            await session.insert(marks, ("at", "name"), rows)

    async def page() -> tuple[str, bool]:
        rows = await rounds.page(database.reading, PAGE, before=9.0)
        return "".join(row.name for row in rows), rounds.is_over

    await put((0.5, "c"), (0.5, "b"), (0.25, "a"), (9.0, "z"))
    assert [await page(), await page()] == [("ab", False), ("c", True)]
    await put((0.75, "d"), (0.0, "0"))
    assert [await page() for _ in range(4)] == [("0a", False), ("bc", False), ("d", True), ("0a", False)]
