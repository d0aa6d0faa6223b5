"""The application of missing persons."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import missing_persons
from shared.clock import FixedClock
from tests.conftest import client_of
from tests.support import ServiceClient


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(missing_persons.SERVICE, tmp_path, clock) as client:
        yield client
