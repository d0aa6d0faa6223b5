"""The fixtures of those tests that keep records, or searches, and the log of a service without a service."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import FixedClock
from shared.storage import Database
from tests.shared.records import keeping as things
from tests.shared.records import seeking as lamps
from tests.shared.records.keeping import Keeping
from tests.shared.records.seeking import Seeking


@pytest.fixture
async def keeping(database: Database, clock: FixedClock) -> AsyncIterator[Keeping]:
    """Return things, what is shown of them, and the letters that go out."""
    await database.run_sync(things.metadata.create_all)
    keeping = Keeping(database, clock)
    yield keeping
    await keeping.log.close()


@pytest.fixture
async def seeking(database: Database, clock: FixedClock) -> AsyncIterator[Seeking]:
    """Return lamps, who searches for them, and who is told of them later."""
    await database.run_sync(lamps.metadata.create_all)
    seeking = Seeking(database, clock)
    yield seeking
    await seeking.log.close()
