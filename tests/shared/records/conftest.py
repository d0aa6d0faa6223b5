"""The fixtures of those tests that keep records, or searches, and the log of a service without a service."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import FixedClock
from shared.storage import Database
from tests.shared.records.record_kind import Keeping, metadata
from tests.shared.records.searchable_kind import Seeking
from tests.stores import Tables
from tests.support import Counting


@pytest.fixture
def store_tables() -> Tables:
    """Return those of things."""
    return metadata


@pytest.fixture
async def keeping(database: Database, clock: FixedClock) -> AsyncIterator[Keeping]:
    """Return things, what is shown of them, and the letters that go out."""
    keeping = Keeping(database, clock)
    yield keeping
    await keeping.log.close()


@pytest.fixture
def counted(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Count the rows that are read of what is kept."""
    counting = Counting(keeping.database.reading)
    monkeypatch.setattr(keeping.database, "reading", counting)
    return counting


@pytest.fixture
async def seeking(database: Database, clock: FixedClock) -> AsyncIterator[Seeking]:
    """Return lamps, who searches for them, and who is told of them later."""
    seeking = Seeking(database, clock)
    yield seeking
    await seeking.log.close()
