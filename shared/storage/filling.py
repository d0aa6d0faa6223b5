"""Fills tables with millions of rows in one transaction that has the store for itself, and makes their indexes after.

All are stored or none, however the process ends. With indexes in place the rows would go to random places of each, so
that on a file nearly every page is written anew with every few hundred rows.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

from shared.storage import Session, StoreInUse, open_database
from shared.storage.sqlite_filling import filling_file

__all__ = ["Batch", "Made", "StoreInUse", "filling", "indexes_apart"]

Batch = Callable[[], AbstractAsyncContextManager[Session]]
"""Opens a part of the transaction: what raises in it is undone, and the others stay."""

Made = Callable[[int], None]
"""Is called with the number of indexes that were made since."""


def indexes_apart(tables: Sequence[sa.Table]) -> Iterator[sa.Index]:
    """Yield the indexes that are made after the rows, in the order in which migrations make them; not unique ones."""
    for table in tables:
        in_order = sorted(table.indexes, key=lambda each: (-len(each.columns), str(each.name)))
        yield from (index for index in in_order if not index.unique)


@asynccontextmanager
async def filling(url: str, tables: Sequence[sa.Table], made: Made) -> AsyncIterator[Batch]:
    """Open the transaction that fills tables of an upgraded store, which nothing in this process has open.

    Raises StoreInUse if another process has it open.
    """
    parsed, indexes = sa.make_url(url), list(indexes_apart(tables))
    if parsed.get_backend_name() == "sqlite":
        async with filling_file(Path(f"{parsed.database}"), indexes, made) as batch:
            yield batch
        return
    # Only here, as most processes use files and need not wait for this import.
    from shared.storage.postgres_filling import filling_database

    database = open_database(url)
    try:
        async with filling_database(database, tables, indexes, made) as batch:
            yield batch
    finally:
        await database.close()
