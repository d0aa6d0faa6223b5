"""Fixtures: a store of records or of searches with its audit log, without a running service."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import FixedClock
from shared.storage import Database
from tests.shared.records.record_kind import ThingRecords, metadata
from tests.shared.records.searchable_kind import LampService
from tests.stores import Tables
from tests.support import Counting


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of things."""
    return metadata


@pytest.fixture
async def records(database: Database, clock: FixedClock) -> AsyncIterator[ThingRecords]:
    """Return a store of things with their disclosures and notifications."""
    records = ThingRecords(database, clock)
    yield records
    await records.log.close()


@pytest.fixture
def counted(records: ThingRecords, monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Count the rows that are read from the store."""
    counting = Counting(records.database.reading)
    monkeypatch.setattr(records.database, "reading", counting)
    return counting


@pytest.fixture
async def service(database: Database, clock: FixedClock) -> AsyncIterator[LampService]:
    """Return a store of lamps with saved searches and their matches."""
    service = LampService(database, clock)
    yield service
    await service.log.close()
