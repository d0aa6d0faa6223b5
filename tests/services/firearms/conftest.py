"""The application of firearms."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import firearms
from shared.clock import FixedClock
from tests.conftest import client_of
from tests.stores import Tables
from tests.support import ServiceClient


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(firearms.SERVICE, tmp_path, clock) as client:
        yield client


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return firearms.SERVICE
