"""The application of stolen vehicles."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import stolen_vehicles
from shared.clock import FixedClock
from tests.conftest import client_of
from tests.support import ServiceClient


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(stolen_vehicles.SERVICE, tmp_path, clock) as client:
        yield client
