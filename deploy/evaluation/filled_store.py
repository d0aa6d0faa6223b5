"""A store that is made to be measured: filled with synthetic records of all members, and deleted afterwards."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from shared.bureaus import MEMBERS
from shared.service import Service
from shared.storage import Database, open_database
from shared.storage.migrations import upgraded

BATCH_SIZE: Final = 500
SEED: Final = 247
AT: Final = datetime(2026, 6, 1, tzinfo=UTC)
"""The time at which it is measured, the same for each run."""


@asynccontextmanager
async def filled_store(service: Service, records: int, advance: Callable[[int], None]) -> AsyncIterator[Database]:
    """Fill a store of a service, and call `advance` with the records of each batch."""
    with TemporaryDirectory() as folder:
        async with upgraded(open_database(f"sqlite:///{Path(folder) / 'store.db'}"), service.tables) as database:
            random, owners = Random(SEED), sorted(MEMBERS)  # noqa: S311 - nothing secret is drawn
            for start in range(0, records, BATCH_SIZE):
                count = min(BATCH_SIZE, records - start)
                async with database.writing() as session:
                    await service.seed(session, random, count, owners, AT)
                advance(count)
            yield database
