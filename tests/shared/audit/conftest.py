"""A log in a store, on both kinds of databases."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import FixedClock
from shared.storage import Database
from tests.shared.audit.logged import LoggedService, metadata
from tests.stores import Tables


@pytest.fixture
def store_tables() -> Tables:
    """Return those above."""
    return metadata


@pytest.fixture
async def service(database: Database, clock: FixedClock) -> AsyncIterator[LoggedService]:
    """Return a service whose log is empty."""
    service = LoggedService(database, clock)
    yield service
    await service.log.close()
