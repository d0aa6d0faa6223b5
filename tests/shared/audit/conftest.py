"""Fixtures: the audit log of a service in a store, on both databases."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import FixedClock
from shared.storage import Database
from tests.shared.audit.logged_service import LoggedService, metadata
from tests.stores import Tables


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return metadata


@pytest.fixture
async def service(database: Database, clock: FixedClock) -> AsyncIterator[LoggedService]:
    """Return a service with an empty log."""
    service = LoggedService(database, clock)
    yield service
    await service.log.close()
